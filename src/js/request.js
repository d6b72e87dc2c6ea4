// The `Request` and `Headers` that gloo-net makes in the package; the build puts them under the glue. The host's own take
// most of the time of a call, write names of headers in lower case, and leave out headers that a fetch of a caller's own
// may send.

/**
 * @typedef {{ url: string, method: string, headers: Headers, redirect: "manual" }} Members  of a request
 */

export class Headers {
  /** @type {Map<string, [name: string, value: string]>} by the name in lower case */
  #all = new Map();

  /**
   * @param {string} name
   * @param {string} value
   */
  set(name, value) {
    this.#all.set(name.toLowerCase(), [name, value]);
  }

  *[Symbol.iterator]() {
    yield* this.#all.values();
  }
}

export class Request {
  #body;

  /**
   * @param {string} url
   * @param {{ body?: string } & Partial<Members>} [init]
   */
  constructor(url, { body, ...init } = {}) {
    this.#body = body;
    Object.assign(this, init, { url });
  }

  async text() {
    return this.#body;
  }
}
