// Addresses within the page. `#/eu/us` names a cluster by its alias and a peering by its name: never an address, never a
// secret, so that a link can be sent to anybody.

export const LIST = "#/";
export const TOPOLOGY = "#topology";
/** What the topology was called in older links. */
const FORMER_TOPOLOGY = /^#picture(?=\?|$)/;

export const hrefOf = (alias, peer) =>
  `#/${[alias, peer]
    .filter((part) => part !== undefined)
    .map(encodeURIComponent)
    .join("/")}`;

/**
 * `{ view: "list" | "topology" | "peering" | "unknown", alias?, peer?, query }`; what a list shows is in `query`, as
 * URLSearchParams.
 */
export function parseHash(whole) {
  const [hash, text = ""] = whole.split(/\?(.*)/s);
  return { ...parsePath(hash), query: new URLSearchParams(text) };
}

/** The current address for one from an older link. */
export const currentHash = (whole) => whole.replace(FORMER_TOPOLOGY, TOPOLOGY);

/** The address of a view with another query; without one, where that is empty. */
export const withQuery = (whole, query) => `${whole.split("?")[0] || LIST}${query.size ? `?${query}` : ""}`;

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
