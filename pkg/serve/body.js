// Bodies, up to a length.

/** A request's. @returns {Promise<Buffer | undefined>} nothing, where there is more than that */
export async function readBody(incoming, longest) {
  // What is left of one that is too long is not read; its connection is still needed for the answer.
  const body = await readUpTo(incoming.iterator({ destroyOnReturn: false }), longest);
  return body.length > longest ? undefined : body;
}

/**
 * Anybody's: a little more than that, where there is more.
 * @param {(bytes: number) => void} [take]  called before each piece is kept; may throw
 */
export async function readUpTo(body, longest, take = () => {}) {
  const pieces = [];
  let length = 0;
  for await (const piece of body) {
    take(piece.length);
    pieces.push(piece);
    if ((length += piece.length) > longest) break;
  }
  return Buffer.concat(pieces);
}

/** How many bytes of responses are held at once, of all clusters and for all browsers. */
export class Budget {
  #left;

  constructor(bytes) {
    this.#left = bytes;
  }

  /** Takes bytes until `signal` aborts. @throws {BudgetSpent} */
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
