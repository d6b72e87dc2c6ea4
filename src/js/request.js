// The light `Request` and `Headers` for gloo-net; the build adds them to the glue. The host's own take most of the time
// of a call, write header names in lower case, and drop headers that a caller's fetch may send.

/**
 * @typedef {{ url: string, method: string, headers: Headers, redirect: "manual" }} Members  of a request
 */

export class Headers {
  /** @type {Map<string, [name: string, value: string]>} by lower-case name */
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
