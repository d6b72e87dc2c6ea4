// Browsers that have been let in, told by a cookie that no script can read and no other site's page can use.

import { newSecret, same } from "./secret.js";

const MOST = 100;

export class Sessions {
  #open = new Map(); // by number, oldest first
  #serial = 0;
  #name;
  #attributes;
  #lifetime;
  #now;

  /**
   * @param {{ port: number, path: string, secure: boolean, lifetime?: number, now?: () => number }} how  `path`: the
   *   cookie is sent to this one and what is below it; `lifetime` in ms
   */
  constructor({ port, path, secure, lifetime = Infinity, now = () => performance.now() }) {
    // Cookies do not know of ports: two servers on one host must not take each other's.
    this.#name = `${secure && path === "/" ? "__Host-" : ""}consul-peering-${port}`;
    this.#attributes = `Path=${path}; HttpOnly; SameSite=Strict${secure ? "; Secure" : ""}`;
    this.#lifetime = lifetime;
    this.#now = now;
  }

  /** Lets a browser in. Of too many, the oldest is put out. @returns {string} for Set-Cookie */
  open() {
    if (this.#open.size >= MOST) this.#open.delete(this.#open.keys().next().value);
    const secret = newSecret();
    this.#open.set(++this.#serial, { secret, until: this.#now() + this.#lifetime, held: 0 });
    return `${this.#name}=${secret}; ${this.#attributes}`;
  }

  /** @param {string} [cookies]  a Cookie header; another's cookie of the same name may stand beside ours */
  find(cookies = "") {
    const begin = `${this.#name}=`;
    const given = cookies.split(/; */).filter((cookie) => cookie.startsWith(begin));
    for (const [serial, session] of this.#open) {
      if (session.until <= this.#now()) this.#open.delete(serial);
      else if (given.some((cookie) => same(cookie.slice(begin.length), session.secret))) return session;
    }
    return undefined;
  }
}
