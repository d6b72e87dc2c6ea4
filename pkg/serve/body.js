// Bodies, up to a length.

/**
 * A request's.
 * @param {import("node:http").IncomingMessage} incoming
 * @param {number} longest
 * @returns {Promise<Buffer | undefined>} nothing, where there is more than that
 */
export async function readBody(incoming, longest) {
  // The rest of an oversized body is not read; its connection is needed for the response.
  const body = await readUpTo(incoming.iterator({ destroyOnReturn: false }), longest);
  return body.length > longest ? undefined : body;
}

/**
 * Any body: slightly more than that, if there is more.
 * @param {AsyncIterable<Uint8Array> | Iterable<Uint8Array>} body
 * @param {number} longest
 * @param {(bytes: number) => void} [take]  called before each piece is kept; may throw
 */
export async function readUpTo(body, longest, take = () => {}) {
  /** @type {Uint8Array[]} */
  const pieces = [];
  let length = 0;
  for await (const piece of body) {
    take(piece.length);
    pieces.push(piece);
    if ((length += piece.length) > longest) break;
  }
  return Buffer.concat(pieces);
}

/** The number of response bytes held at once, of all clusters and for all browsers. */
export class Budget {
  #left;

  /** @param {number} bytes */
  constructor(bytes) {
    this.#left = bytes;
  }

  /**
   * Reads bytes until `signal` aborts.
   * @param {AbortSignal} signal
   * @returns {(bytes: number) => void} throws a {@link BudgetSpent}
   */
  taker(signal) {
    let taken = 0;
    signal.addEventListener("abort", () => {
      this.#left += taken;
      taken = 0;
    });
    return (bytes) => {
      if (signal.aborted || bytes > this.#left) throw new BudgetSpent();
      this.#left -= bytes;
      taken += bytes;
    };
  }
}

export class BudgetSpent extends Error {
  name = "BudgetSpent";
}
