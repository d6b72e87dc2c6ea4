// Choices that a seed makes.

import { createRandom } from "../../pkg/simulator/random.js";

export function chooser(seed) {
  const { between } = createRandom(seed);
  const whole = (low, high) => Math.floor(between(low, high + 1));
  return {
    /** From 0 to below 1. */
    fraction: () => between(0, 1),
    /** A whole number from `low` to `high`. */
    whole,
    chance: (share) => between(0, 1) < share,
    pick: (list) => list[whole(0, list.length - 1)],
    /** A key of `weights`, the more often the heavier it is. */
    weighted(weights) {
      let left = between(
        0,
        Object.values(weights).reduce((sum, weight) => sum + weight),
      );
      for (const [key, weight] of Object.entries(weights)) if ((left -= weight) < 0) return key;
      return Object.keys(weights)[0];
    },
  };
}
