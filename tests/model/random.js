// Random choices, determined by a seed.

export function chooser(seed) {
  const random = mulberry32(seed);
  const between = (low, high) => low + random() * (high - low);
  const whole = (low, high) => Math.floor(between(low, high + 1));
  return {
    /** From 0 to below 1. */
    fraction: () => between(0, 1),
    /** A whole number from `low` to `high`. */
    whole,
    chance: (share) => between(0, 1) < share,
    pick: (list) => list[whole(0, list.length - 1)],
    /** A key of `weights`, with a probability in proportion to its weight. */
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

/** A seeded generator of numbers from 0 to below 1. */
function mulberry32(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
