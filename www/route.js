// Addresses within the page. `#/eu/us` names a cluster by its alias and a peering by its name: never an address, never a
// secret, so that a link can be sent to anybody.

/**
 * @typedef {object} Path
 * @property {"list" | "topology" | "peering" | "unknown"} view
 * @property {string} [alias]
 * @property {string} [peer]
 *
 * @typedef {Path & { query: URLSearchParams }} Route  what a list shows is in `query`
 */

export const LIST = "#/";
export const TOPOLOGY = "#topology";
/** What the topology was called in older links. */
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
 * The current address for one from an older link.
 * @param {string} whole
 */
export const currentHash = (whole) => whole.replace(FORMER_TOPOLOGY, TOPOLOGY);

/**
 * The address of a view with another query; without one, where that is empty.
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
    return { view: "unknown" }; // a lone % is no address
  }
}
