// Creates links like those of www/clusters/links.js, for tests of views.
let made = 0;

const peering = (peer_name, role, state) => ({ id: `id-${++made}`, peer_name, role, state, stream: {} });
const end = (alias, peer_name, role, state, staleSince) =>
  state === null
    ? { alias, peering: null, state: null }
    : {
        alias,
        peering: peering(peer_name, role, state),
        state: staleSince === undefined ? state : "Unknown",
        staleSince,
      };

/**
 * A link between two clusters of the page. A state of null: that side has no peering.
 * @param {{ dialing?: string | null, accepting?: string | null, verdict?: string, missing?: string, staleSince?: number }} [how]
 */
export function linkOf(dialer, acceptor, how = {}) {
  const { dialing = "ACTIVE", accepting = "ACTIVE", verdict = "healthy", missing = null, staleSince } = how;
  const ends = {
    dialer: end(dialer, acceptor, "dialer", dialing, staleSince),
    acceptor: end(acceptor, dialer, "acceptor", accepting),
  };
  const [state] = [ends.dialer.state, ends.acceptor.state].filter((each) => each !== null && each !== "ACTIVE");
  return { key: `link-${++made}`, ...ends, missing, state: state ?? "ACTIVE", verdict, reasons: [] };
}

/** A link between a cluster and one that is not on the page; the cluster accepts or dials. */
export function outerLink(alias, name, { dials = false, state = "ACTIVE", verdict = "healthy" } = {}) {
  const own = end(alias, name, dials ? "dialer" : "acceptor", state);
  const other = { alias: null, peering: null, state: null };
  const ends = dials ? { dialer: own, acceptor: other } : { acceptor: own, dialer: other };
  return { key: `link-${++made}`, ...ends, missing: "elsewhere", state, verdict, reasons: [] };
}

/** A full mesh. */
export const meshOf = (aliases) =>
  aliases.flatMap((acceptor, i) => aliases.slice(i + 1).map((dialer) => linkOf(dialer, acceptor)));
