// Signing in with a password, on a separate page.

import { SignInLimit } from "./sign-in-limit.js";
import { readBody } from "./body.js";
import { html, plainStatus } from "./pages.js";
import { newSecret, same } from "./secret.js";
import { Sessions } from "./sessions.js";

/**
 * @import { Audit } from "./audit.js"
 * @import { SignIn } from "./server.js"
 */

const LONGEST = 4096;
const LIFETIME_MS = 12 * 60 * 60_000;

/**
 * On a loopback address, the page is below a secret path, as with a link. Browsers send the cookie of a loopback host to
 * its other ports too, a `Secure` one even without TLS.
 * @param {{ port: number, secure: boolean, loopback: boolean, password: string, audit: Audit, now?: () => number }} server
 * @returns {SignIn}
 */
export function passwordSignIn({ port, secure, loopback, password, audit, now }) {
  const home = loopback ? `/${newSecret(9)}/` : "/"; // short, since it is visible
  const sessions = new Sessions({ port, path: home, secure, lifetime: LIFETIME_MS, now });
  const attempts = new SignInLimit(now);
  return {
    home,
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
      return { status: 303, headers: { Location: home, "Set-Cookie": cookie } };
    },
    /** The form posts to its own address, so it is shown where `answer` receives it. A redirect keeps the view. */
    unknown: ({ path }) =>
      loopback && path !== "/" ? { status: 303, headers: { Location: "/" } } : html(401, "password"),
  };
}
