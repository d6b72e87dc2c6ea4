// Addresses within the page. `#/east/west` is the peering "west" on the cluster with the alias "east". They contain no
// cluster addresses and no secrets, so links can be shared.

/**
 * @typedef {object} Path
 * @property {"list" | "topology" | "peering" | "unknown"} view
 * @property {string} [alias]
 * @property {string} [peer]
 *
 * @typedef {Path & { query: URLSearchParams }} Route  `query`: the state of the view, such as its filter
 */

export const LIST = "#/";
export const TOPOLOGY = "#topology";
/** The topology in links to earlier versions of the page. */
const FORMER_TOPOLOGY = /^#picture(?=\?|$)/;

/**
 * @param {string} [alias]
 * @param {string} [peer]
 */
export const hrefOf = (alias, peer) =>
  `#/${[alias, peer].flatMap((part) => (part === undefined ? [] : encodeURIComponent(part))).join("/")}`;

/**
 * @param {string} whole
 * @returns {Route}
 */
export function parseHash(whole) {
  const [hash, text = ""] = whole.split(/\?(.*)/s);
  return { ...parsePath(hash), query: new URLSearchParams(text) };
}

/**
 * Converts an address of an earlier version to its current form.
 * @param {string} whole
 */
export const currentHash = (whole) => whole.replace(FORMER_TOPOLOGY, TOPOLOGY);

/**
 * The address with its query replaced, or removed if the new one is empty.
 * @param {string} whole
 * @param {URLSearchParams} query
 */
export const withQuery = (whole, query) => `${whole.split("?")[0] || LIST}${query.size ? `?${query}` : ""}`;

/**
 * @param {string} hash
 * @returns {Path}
 */
function parsePath(hash) {
  if (hash === TOPOLOGY) return { view: "topology" };
  if (hash === "" || hash === "#" || hash === LIST) return { view: "list" };
  try {
    const [start, alias, peer, ...more] = hash.split("/").map(decodeURIComponent);
    if (start !== "#" || !alias || more.length > 0) return { view: "unknown" };
    return peer ? { view: "peering", alias, peer } : { view: "list", alias };
  } catch {
    return { view: "unknown" }; // malformed percent-encoding
  }
}
