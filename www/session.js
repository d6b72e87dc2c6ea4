// The session at the server of this page, where that is `consul-peering serve`. It ends when the server restarts, when it
// expires, and when someone signs out.

/** Set by the server on its own 401, and passed on from no Consul. */
const HEADER = "Consul-Peering-Session";
const SIGNED_OUT = "none";
/** Set by the server, and passed on from no Consul, where it has no response of a cluster to pass on: why, as a code. */
const CAUSE = "Consul-Peering-Cause";

/** By its name, code and message: what the package copies of a fetch's error. */
class ServeError extends Error {
  name = "ServeError";
}
/** @param {unknown} error @returns {error is Error & { code: string }} */
export const isServeError = (error) => error instanceof Object && "name" in error && error.name === "ServeError";

/** Emits "over", once. */
export class Session extends EventTarget {
  isOver = false;

  /** @param {boolean} isServed  any other server has no sessions */
  constructor(isServed) {
    super();
    this.isServed = isServed;
  }

  /**
   * `fetch`, which notices the end of the session, and fails where the server's own has: the package knows the codes, and
   * which of them mean that nothing was sent.
   * @param {string} url
   * @param {RequestInit} init
   */
  fetch = async (url, init) => {
    const response = await fetch(url, init);
    this.#heed(response);
    const code = this.isServed && response.headers.get(CAUSE);
    if (code) throw Object.assign(new ServeError((await response.text()).trim()), { code });
    return response;
  };

  /** @throws where the server does not confirm it */
  async signOut() {
    const response = await fetch("sign-out", { method: "POST", headers: { "Content-Type": "application/json" } });
    this.#heed(response);
    if (!this.isOver) throw new Error(`${response.status}`);
  }

  /** @param {Response} response */
  #heed({ headers }) {
    if (this.isOver || !this.isServed || headers.get(HEADER) !== SIGNED_OUT) return;
    this.isOver = true;
    this.dispatchEvent(new Event("over"));
  }
}
