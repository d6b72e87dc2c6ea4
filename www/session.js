// The session with the server of this page, if that is `consul-peering serve`. It ends when the server restarts, when it
// expires, or when a user signs out.

/** Set by the server on its own 401 responses; it removes the header from responses of Consul. */
const HEADER = "Consul-Peering-Session";
const SIGNED_OUT = "none";
/** Set by the server if it has no response of the cluster to forward: the reason, as a code. Removed from Consul's responses. */
const CAUSE = "Consul-Peering-Cause";

/** Identified by name: the package copies only the name, code and message of an error that fetch throws. */
class ServeError extends Error {
  name = "ServeError";
}
/** @param {unknown} error @returns {error is Error & { code: string }} */
export const isServeError = (error) => error instanceof Object && "name" in error && error.name === "ServeError";

/** Emits "ended", once. */
export class Session extends EventTarget {
  hasEnded = false;

  /** @param {boolean} isServed  whether `consul-peering serve` serves this page; other servers have no sessions */
  constructor(isServed) {
    super();
    this.isServed = isServed;
  }

  /**
   * `fetch` that detects the end of the session, and throws if the server could not reach the cluster. The package knows the
   * codes, and which of them mean that no request reached Consul.
   * @param {string} url
   * @param {RequestInit} init
   */
  fetch = async (url, init) => {
    const response = await fetch(url, init);
    this.#checkSession(response);
    const code = this.isServed && response.headers.get(CAUSE);
    if (code) throw Object.assign(new ServeError((await response.text()).trim()), { code });
    return response;
  };

  /** @throws if the server does not confirm it */
  async signOut() {
    const response = await fetch("sign-out", { method: "POST", headers: { "Content-Type": "application/json" } });
    this.#checkSession(response);
    if (!this.hasEnded) throw new Error(`${response.status}`);
  }

  /** @param {Response} response */
  #checkSession({ headers }) {
    if (this.hasEnded || !this.isServed || headers.get(HEADER) !== SIGNED_OUT) return;
    this.hasEnded = true;
    this.dispatchEvent(new Event("ended"));
  }
}
