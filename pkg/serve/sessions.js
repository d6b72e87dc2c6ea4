// Signed-in browsers, recognised by a cookie that no script can read and no other site's page can use.

import { setMaxListeners } from "node:events";
import { digestOf, newSecret } from "./secret.js";

const MOST = 100;
/** Another server on this host can set cookies of the same name; only so many of them are checked. */
const COOKIES_MAX = 8;

/**
 * @typedef {object} Session
 * @property {number} number     counted from 1, for the log
 * @property {string} address    from where it was opened
 * @property {number} held       how many of its connections wait for a change
 * @property {AbortSignal} ended
 *
 * @typedef {Session & { digest: string, until: number, end: AbortController }} Open  `digest`: of its cookie's value
 */
export class Sessions {
  /** @type {Map<string, Open>} by digest, oldest first */
  #open = new Map();
  #serial = 0;
  #name;
  #attributes;
  #lifetime;
  #now;

  /**
   * @param {{ port: number, path: string, secure: boolean, lifetime?: number, now?: () => number }} how  `path`: the
   *   cookie is sent to this one and paths below it; `lifetime` in ms
   */
  constructor({ port, path, secure, lifetime = Infinity, now = () => performance.now() }) {
    // Cookies ignore ports: two servers on one host must use different ones.
    this.#name = `${secure && path === "/" ? "__Host-" : ""}consul-peering-${port}`;
    this.#attributes = `Path=${path}; HttpOnly; SameSite=Strict${secure ? "; Secure" : ""}`;
    this.#lifetime = lifetime;
    this.#now = now;
  }

  /**
   * Signs a browser in. Beyond the limit, the oldest session ends.
   * @param {string} [address]
   * @returns {{ session: Session, cookie: string }}
   */
  open(address = "") {
    for (const session of this.#open.values()) if (session.until <= this.#now()) this.#end(session);
    const [oldest] = this.#open.values();
    if (this.#open.size >= MOST) this.#end(oldest);
    const secret = newSecret();
    const end = new AbortController();
    setMaxListeners(0, end.signal); // each open request listens; connections are limited
    const session = {
      ...{ number: ++this.#serial, address, held: 0, ended: end.signal },
      ...{ digest: digestOf(secret), until: this.#now() + this.#lifetime, end },
    };
    this.#open.set(session.digest, session);
    return { session, cookie: `${this.#name}=${secret}; ${this.#attributes}` };
  }

  /**
   * @param {string} [cookies]  a Cookie header; it may have another server's cookie of the same name
   * @returns {Session | undefined}
   */
  find(cookies = "") {
    const begin = `${this.#name}=`;
    const given = cookies.split(/; */).filter((cookie) => cookie.startsWith(begin));
    for (const cookie of given.slice(0, COOKIES_MAX)) {
      const session = this.#open.get(digestOf(cookie.slice(begin.length)));
      if (session && session.until > this.#now()) return session;
      if (session) this.#end(session);
    }
    return undefined;
  }

  /**
   * Signs a browser out.
   * @param {Session} session
   * @returns {string} for Set-Cookie
   */
  close(session) {
    this.#end(/** @type {Open} */ (session)); // made by open()
    return `${this.#name}=; ${this.#attributes}; Max-Age=0`;
  }

  /** @param {Open} session */
  #end(session) {
    this.#open.delete(session.digest);
    session.end.abort();
  }
}
