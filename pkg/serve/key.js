// The way in on one's own machine: a link with a key that works once.

import { newSecret, same } from "./secret.js";
import { Sessions } from "./sessions.js";
import { html, plainStatus } from "./notices.js";

/**
 * The page lives below a path that nobody else knows. Cookies do not know of ports: without it, a page that another user
 * serves on another port of this host would be sent the cookie by the browser.
 * @param {{ port: number, secure: boolean }} server
 */
export function keyDoor({ port, secure }) {
  const key = newSecret();
  const home = `/${newSecret(9)}/`; // short: people see it
  const sessions = new Sessions({ port, path: home, secure });
  let used = false;
  return {
    home,
    sessions,
    link: `?key=${key}`,
    /** At the door: `/` alone. */
    async answer({ method, query }) {
      if (method !== "GET") return plainStatus(405, { Allow: "GET" });
      const given = /^key=([\w-]+)$/.exec(query)?.[1];
      if (given === undefined || !same(given, key)) return this.unknown();
      // Whoever comes a second time is let in where the first time was in the same browser: it has the cookie there.
      const cookie = used ? {} : { "Set-Cookie": sessions.open() };
      used = true;
      return { status: 303, headers: { Location: home, ...cookie } };
    },
    /** For a browser that has not been let in. */
    unknown: () => html(401, used ? "used" : "link"),
  };
}
