// Numbers that look random and can be had again from a seed (mulberry32), and the ids made of them.

export function createRandom(seed) {
  let state = seed >>> 0;
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  const hex = (digits) => Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join("");
  return {
    /** From `low` to below `high`. */
    between: (low, high) => low + random() * (high - low),
    hex,
    /** In the form of a UUID, as Consul makes them: no version in it. */
    uuid: () => [8, 4, 4, 4, 12].map(hex).join("-"),
  };
}
