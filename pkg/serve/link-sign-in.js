// Signing in on the same machine: a link with a key that works once.

import { digestOf, newSecret } from "./secret.js";
import { Sessions } from "./sessions.js";
import { html, plainStatus } from "./pages.js";

/**
 * @import { Audit } from "./audit.js"
 * @import { SignIn } from "./server.js"
 */

/** The number of used links that are remembered. */
const USED_MAX = 100;

/**
 * The page is below a secret path. Cookies ignore ports: without the path, a page that another user serves on another
 * port of this host would receive the cookie.
 * @param {{ port: number, secure: boolean, audit: Audit }} server
 * @returns {SignIn}
 */
export function linkSignIn({ port, secure, audit }) {
  const home = `/${newSecret(9)}/`; // short, since it is visible
  const sessions = new Sessions({ port, path: home, secure });
  /** @type {string | undefined} the digest of the link's key */
  let unused;
  /** @type {Set<string>} */
  const used = new Set();
  return {
    home,
    sessions,
    /** A new link. An unused one becomes invalid. */
    link() {
      const key = newSecret();
      unused = digestOf(key);
      return `?key=${key}`;
    },
    /** At `/` alone. */
    async answer({ method, query, incoming }) {
      if (method !== "GET") return plainStatus(405, { Allow: "GET" });
      const [, key] = /^key=([\w-]+)$/.exec(query) ?? [];
      if (key === undefined) return html(401, "link");
      const digest = digestOf(key);
      // Again, the link leads only a browser with the cookie to the page.
      if (used.has(digest)) return { status: 303, headers: { Location: home } };
      if (digest !== unused) return html(401, "invalid");
      used.add(digest);
      const [earliest] = used;
      if (used.size > USED_MAX) used.delete(earliest);
      unused = undefined;
      const { session, cookie } = sessions.open(incoming.socket.remoteAddress);
      audit({ session, action: "sign-in" });
      return { status: 303, headers: { Location: home, "Set-Cookie": cookie } };
    },
    /** For a browser that has not signed in. */
    unknown: ({ path }) => html(401, path === home && used.size > 0 ? "used" : "link"),
  };
}
