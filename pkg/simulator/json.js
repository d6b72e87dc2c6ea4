// Values of callers as JSON for the module, which checks them. What JSON does not have becomes null, which is never valid,
// in place of being left out.

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
