// Signing in on one's own machine: a link with a key that works once.

import { digestOf, newSecret } from "./secret.js";
import { Sessions } from "./sessions.js";
import { html, plainStatus } from "./notices.js";

/**
 * @import { Audit } from "./audit.js"
 * @import { Door } from "./server.js"
 */

/** Of the links that were used, so many are remembered. */
const USED_MAX = 100;

/**
 * The page lives below a path that nobody else knows. Cookies do not know of ports: without it, a page that another user
 * serves on another port of this host would be sent the cookie by the browser.
 * @param {{ port: number, secure: boolean, audit: Audit }} server
 * @returns {Door}
 */
export function keyDoor({ port, secure, audit }) {
  const home = `/${newSecret(9)}/`; // short: people see it
  const sessions = new Sessions({ port, path: home, secure });
  /** @type {string | undefined} the digest of the link's key */
  let unused;
  /** @type {Set<string>} */
  const used = new Set();
  return {
    home,
    sessions,
    /** A new link. One that was not used yet stops working. */
    link() {
      const key = newSecret();
      unused = digestOf(key);
      return `?key=${key}`;
    },
    /** At `/` alone. */
    async answer({ method, query, incoming }) {
      if (method !== "GET") return plainStatus(405, { Allow: "GET" });
      const digest = digestOf(/^key=([\w-]+)$/.exec(query)?.[1] ?? "");
      // A second time, the link leads a browser that has the cookie to the page, and no other.
      if (used.has(digest)) return { status: 303, headers: { Location: home } };
      if (digest !== unused) return this.unknown();
      used.add(digest);
      const [earliest] = used;
      if (used.size > USED_MAX) used.delete(earliest);
      unused = undefined;
      const { session, cookie } = sessions.open(incoming.socket.remoteAddress);
      audit({ session, action: "sign-in" });
      return { status: 303, headers: { Location: home, "Set-Cookie": cookie } };
    },
    /** For a browser that has not signed in. */
    unknown: () => html(401, used.size > 0 ? "used" : "link"),
  };
}
