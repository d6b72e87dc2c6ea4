// Signing in from other machines: a password, on a separate page.

import { SignInLimit } from "./sign-in-limit.js";
import { readBody } from "./body.js";
import { html, plainStatus } from "./pages.js";
import { same } from "./secret.js";
import { Sessions } from "./sessions.js";

/**
 * @import { Audit } from "./audit.js"
 * @import { SignIn } from "./server.js"
 */

const LONGEST = 4096;
const LIFETIME_MS = 12 * 60 * 60_000;

/**
 * @param {{ port: number, secure: boolean, password: string, audit: Audit, now?: () => number }} server
 * @returns {SignIn}
 */
export function passwordSignIn({ port, secure, password, audit, now }) {
  const sessions = new Sessions({ port, path: "/", secure, lifetime: LIFETIME_MS, now });
  const attempts = new SignInLimit(now);
  return {
    home: "/",
    sessions,
    link: () => "",
    /** At `/`, without a session. */
    async answer(request) {
      const { method, incoming } = request;
      if (method === "GET") return this.unknown(request);
      if (method !== "POST") return plainStatus(405, { Allow: "GET, POST" });
      if (incoming.headers["content-type"] !== "application/x-www-form-urlencoded") return plainStatus(415);
      const address = incoming.socket.remoteAddress ?? "";
      const body = await readBody(incoming, LONGEST);
      if (!body) return plainStatus(413);
      const wait = attempts.retryAfter(address);
      if (wait > 0) return html(429, "later", { "Retry-After": String(Math.ceil(wait / 1000)) });
      attempts.count(address);
      if (!same(new URLSearchParams(body.toString()).get("password") ?? "", password)) {
        audit({ address, action: "wrong-password" });
        return html(401, "wrong");
      }
      attempts.reset(address);
      const { session, cookie } = sessions.open(address);
      audit({ session, action: "sign-in" });
      return { status: 303, headers: { Location: "/", "Set-Cookie": cookie } };
    },
    unknown: () => html(401, "password"),
  };
}
