// The session at the server of this page, where that is `consul-peering serve`. It ends when the server restarts, when it
// expires, and when someone signs out.

/** Set by the server on its own 401, and passed on from no Consul. */
const HEADER = "Consul-Peering-Session";
const SIGNED_OUT = "none";

/** Emits "over", once. */
export class Session extends EventTarget {
  isOver = false;

  /** @param {boolean} isServed  any other server has no sessions */
  constructor(isServed) {
    super();
    this.isServed = isServed;
  }

  /** `fetch`, which notices the end of the session. */
  fetch = async (url, init) => {
    const response = await fetch(url, init);
    this.#heed(response);
    return response;
  };

  /** @throws where the server does not confirm it */
  async signOut() {
    const response = await fetch("sign-out", { method: "POST", headers: { "Content-Type": "application/json" } });
    this.#heed(response);
    if (!this.isOver) throw new Error(`${response.status}`);
  }

  #heed({ headers }) {
    if (this.isOver || !this.isServed || headers.get(HEADER) !== SIGNED_OUT) return;
    this.isOver = true;
    this.dispatchEvent(new Event("over"));
  }
}
