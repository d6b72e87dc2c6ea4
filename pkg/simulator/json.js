// Callers' values as JSON for the module, which validates them. Values that JSON lacks become null, which is never
// valid, instead of being dropped.

/** @param {unknown} value */
export const toJson = (value) => JSON.stringify(value, asJson) ?? "null";

/**
 * @param {string} _
 * @param {unknown} value
 */
function asJson(_, value) {
  if (value === Infinity) return "Infinity";
  return ["function", "symbol", "bigint"].includes(typeof value) ? null : value;
}
