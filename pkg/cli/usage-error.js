// A usage error (exit code 2): the subject and the reason as the message, the next step as the hint.

export class UsageError extends Error {
  name = "UsageError";

  /**
   * @param {string} message
   * @param {string} [hint]
   * @param {string} [code]
   */
  constructor(message, hint = "", code = "usage") {
    super(message);
    this.hint = hint;
    this.code = code;
  }
}

/**
 * The most similar candidate, if it is similar enough.
 * @param {string} word
 * @param {Iterable<string>} candidates
 */
export function nearest(word, candidates) {
  const ranked = [...candidates].map((name) => ({ name, distance: distance(word, name) }));
  ranked.sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  return best && best.distance <= Math.min(3, Math.ceil(word.length / 3)) ? best.name : undefined;
}

/**
 * Levenshtein's distance, one row at a time.
 * @param {string} a
 * @param {string} b
 */
function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[b.length];
}
