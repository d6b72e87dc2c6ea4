// All texts of the page, except those of the package (findings, errors, hints, reasons), which are shown unchanged.
import { RETRY_MS } from "./clusters/retry.js";
import { SLOW_MS } from "./elements/elapsed.js";
import { clock, count, list, number, seconds } from "./format.js";

const missingPermission = (/** @type {string} */ right, /** @type {boolean} */ hasToken) =>
  hasToken ? `the ACL token lacks ${right}` : "no ACL token is in use";

/**
 * "3 of 7 links, 1 unknown"
 * @returns {(shown: number, all: number, unknown: number) => string}
 */
const shownOf = (/** @type {string} */ one, /** @type {string} */ other) => (shown, all, unknown) =>
  (shown === all ? count(all, one, other) : `${number(shown)} of ${count(all, one, other)}`) +
  (unknown > 0 ? `, ${number(unknown)} unknown` : "");

export const texts = {
  title: "Consul peering",
  titleOf: (/** @type {string} */ what) => `${what} · Consul peering`,
  views: { list: "Peerings", topology: "Topology" },
  start: {
    failed: "The page cannot start.",
    notJson: "clusters.json is not JSON.",
    noAddress: (/** @type {string} */ alias) => `clusters.json: “${alias}” has no address.`,
    reload: "Reload",
    unknown: (/** @type {string} */ detail) => `Error: ${detail}`,
  },
  was: (/** @type {string} */ state) => `was ${state}`,
  asOf: "as of",
  clusters: {
    heading: "Clusters",
    all: "All clusters",
    address: "Address",
    through: "proxied by the server of this page",
    datacenter: "Datacenter",
    version: "Consul version",
    unidentified: "unknown",
    state: "Status",
    summary: (/** @type {number} */ clusters, /** @type {number} */ stale) =>
      `Clusters: ${number(clusters)}${stale ? `, ${number(stale)} not up to date` : ""}`,
    status: {
      reading: "reading",
      current: "up to date",
      slow: "slow",
      lost: "no response",
      failed: "no response",
      error: "error",
      denied: "access denied",
    },
    none: "No clusters are configured.",
    noneHint:
      "Add one to clusters.json next to this page, or to the clusters.json of the server of this page, then reload.",
    unknown: (/** @type {string} */ alias) => `There is no cluster “${alias}” on this page`,
    unknownHint: (/** @type {string[]} */ aliases) =>
      `The clusters of this page are ${list(aliases)}. The link may come from a page with other clusters.`,
  },
  connection: {
    reading: (/** @type {number} */ ms) =>
      `Waiting for the first response${ms >= SLOW_MS ? `, ${seconds(ms)} so far` : ""}.`,
    current: (/** @type {string} */ ago) => `Up to date, last checked ${ago}.`,
    slow: (/** @type {string} */ alias, /** @type {number} */ ms) =>
      `${alias} is slow: no response for ${seconds(ms)}.`,
    silent: (/** @type {string} */ alias, /** @type {string} */ cause) => `No response from ${alias} (${cause}).`,
    /** @type {Record<string, string | undefined>} */
    causes: {
      refused: "connection refused",
      unknownHost: "host name not found",
      closed: "connection closed",
      timedOut: "timed out",
      timeout: "timed out",
      noRoute: "no route",
      wrongName: "its certificate has another name",
      untrusted: "its certificate is not trusted",
      network: "network error",
      bad_port: "the port is blocked by Node.js: use another one",
      unknown: "unknown network error",
    },
    error: (/** @type {string} */ alias, /** @type {string} */ what) => `${alias} returns an error (${what}).`,
    /** @type {Record<string, string | undefined>} */
    codes: {
      not_ready: "no leader or no CA yet",
      leader_unreachable: "the agent cannot reach the leader",
      rate_limited: "too many requests",
      server_error: "server error",
      peering_disabled: "peering is disabled",
      connect_disabled: "the service mesh is disabled",
      endpoint_blocked: "the endpoint is blocked",
      unsupported: "not Consul 1.13 or later",
      unexpected_answer: "not a response from Consul",
      redirected: "redirects are not followed",
      invalid_status: "an invalid status",
      too_large: "the response is too large",
      wrong_datacenter: "the agent is in another datacenter than clusters.json says",
      busy: "the server of this page is busy",
    },
    denied: (/** @type {string} */ alias, /** @type {boolean} */ hasToken) =>
      `${alias} cannot be read: ${missingPermission("peering:read", hasToken)}.`,
    tokenUnknown: (/** @type {string} */ alias) =>
      `${alias} rejected the ACL token. Check that it belongs to this cluster and still exists.`,
    checked: (/** @type {number} */ at) => `Last checked at ${clock(at)}.`,
    retrying: `Retrying every ${seconds(RETRY_MS)}.`,
    next: (/** @type {number} */ ms) => `Next attempt in ${seconds(ms)}.`,
    unconfirmed: (/** @type {number} */ amount) => `${count(amount, "cluster", "clusters")} could not be read`,
    retry: "Retry now",
    server: "The server of this page",
    serverSilent: `No response from the server of this page. Retrying every ${seconds(RETRY_MS)}.`,
    restored: (/** @type {string} */ alias) => `${alias} responds again.`,
    lost: (/** @type {string} */ alias) => `No response from ${alias}.`,
  },
  session: {
    ended: "You are signed out.",
    signIn: "Sign in",
    signOut: "Sign out",
    failed: "Signing out failed: the server of this page did not confirm it.",
  },
  rights: {
    heading: "Permissions",
    write: "Can read and change peerings.",
    read: (/** @type {boolean} */ hasToken) =>
      `Can read peerings, but not change them: ${missingPermission("peering:write", hasToken)}.`,
    none: (/** @type {boolean} */ hasToken) => `Cannot read peerings: ${missingPermission("peering:read", hasToken)}.`,
    unknown: "Unknown.",
    readOnly: (/** @type {string} */ alias) =>
      `Changing peerings of ${alias} requires an ACL token with peering:write.`,
    readOnlyEverywhere: "Read-only: no ACL token on this page has peering:write.",
  },
  token: {
    label: (/** @type {string} */ alias) => `ACL token for ${alias}`,
    hint: "Kept in the memory of this page until you close or reload it, and never shown.",
    use: "Use this ACL token",
    forget: "Remove this ACL token",
    typed: "Entered by you.",
    added: "Added by the server of this page, from its clusters.json or environment.",
    none: "None: requests are anonymous.",
    heading: "ACL token",
    inUse: (/** @type {string} */ alias) => `The ACL token for ${alias} is in use.`,
    removed: (/** @type {string} */ alias) => `The ACL token for ${alias} was removed.`,
    enter: "Enter an ACL token",
  },
  list: {
    heading: "Peerings",
    states: "Filter by state",
    clear: "Show all",
    sortBy: "Sort by",
    peerings: {
      search: "Search peerings",
      caption: "Peerings",
      noMatch: "No peering matches",
      columns: {
        name: "Name",
        verdict: "Health",
        state: "State",
        role: "Role",
        remote: "Remote",
        services: "Services",
        heartbeat: "Heartbeat",
        meta: "Meta",
      },
      shown: shownOf("peering", "peerings"),
    },
    links: {
      search: "Search links",
      caption: "Links between clusters",
      noMatch: "No link matches",
      columns: {
        name: "Link",
        verdict: "Health",
        dialer: "Dialer",
        acceptor: "Acceptor",
        services: "Services",
        heartbeat: "Heartbeat",
        meta: "Meta",
      },
      shown: shownOf("link", "links"),
    },
    services: (/** @type {number} */ imported, /** @type {number} */ exported) =>
      `${number(imported)} in, ${number(exported)} out`,
    noHeartbeat: "none",
    empty: "No peerings yet",
    emptyHint:
      "A link is a pair of peerings, one on each of two clusters: one generates a peering token, and the other establishes its peering with it. If both are on this page, Connect does both.",
    unread: "No peerings in the clusters that respond",
    unreadHint: "Not every cluster could be read: see above.",
    noMatchHint: "Change the search, or show all.",
  },
  link: {
    name: (/** @type {string} */ dialer, /** @type {string} */ acceptor) => `${dialer} → ${acceptor}`,
    as: (/** @type {string} */ alias, /** @type {string} */ name) => `“${name}” on ${alias}`,
    /**
     * Replaces the state of a side without a known peering; empty if both are known.
     * @param {{ missing?: import("./clusters/links.js").Link["missing"], missingSince?: number }} link
     */
    missing({ missing, missingSince = 0 }) {
      const why = {
        absent: "missing",
        unread: "not read yet",
        silent: `no response since ${clock(missingSince)}`,
        error: `error since ${clock(missingSince)}`,
        denied: "access denied",
        elsewhere: "not on this page",
      };
      return missing ? why[missing] : "";
    },
    reason: (/** @type {string} */ alias, /** @type {string} */ text) => `${alias}: ${text}`,
    services: (/** @type {number} */ toAcceptor, /** @type {number} */ toDialer) =>
      toAcceptor + toDialer === 0 ? "–" : `${number(toAcceptor)} →, ${number(toDialer)} ←`,
    servicesOf: (
      /** @type {string} */ dialer,
      /** @type {string} */ acceptor,
      /** @type {number} */ toAcceptor,
      /** @type {number} */ toDialer,
    ) =>
      toAcceptor + toDialer === 0
        ? "none"
        : `${number(toAcceptor)} from ${dialer} to ${acceptor}, ${number(toDialer)} from ${acceptor} to ${dialer}`,
  },
  peering: {
    between: (/** @type {string} */ alias, /** @type {string} */ peer) => `${alias}’s peering with ${peer}`,
    back: "Peerings",
    unknown: (/** @type {string} */ alias, /** @type {string} */ peer) => `${alias} has no peering “${peer}”`,
    unknownHint: "It may have been deleted, or have another name.",
    all: (/** @type {string} */ alias) => `All peerings of ${alias}`,
    deleted: (/** @type {number} */ at) => `Deleted at ${clock(at)}. The data from before the deletion follows.`,
    deletedShort: "Deleted",
    reading: (/** @type {string} */ alias) => `Reading ${alias}.`,
    link: "URL of this peering:",
    linkWhat: "the URL",
    side: (/** @type {string} */ alias) => `On ${alias}`,
    health: (/** @type {string} */ verdict) => `Peering health: ${verdict}`,
    verdicts: {
      healthy: "Healthy",
      starting: "Starting",
      degraded: "Degraded",
      broken: "Broken",
      ending: "Ending",
      unknown: "Unknown",
    },
    /** @type {Record<string, ((alias: string) => string[]) | undefined>} */
    summary: {
      healthy: () => ["Connected, with heartbeats."],
      unknown: (alias) => [`${alias} cannot be read at the moment. The last known data follows.`],
    },
    field: "Field",
    fields: {
      peer_name: "Peer name",
      state: "State",
      role: "Role",
      deleted_at: "Deletion began",
      remote: "Remote datacenter",
      remotePartition: "Remote partition",
      locality: "Remote locality",
      partition: "Partition",
      heartbeat: "Last heartbeat",
      receive: "Last received",
      send: "Last sent",
      imported: "Services imported",
      exported: "Services exported",
      meta: "Meta",
      addresses: "Server addresses",
      serverName: "Server name",
      cas: "Certificate authorities",
      id: "ID",
      peerId: "ID on the other side",
      created: "Create index",
      modified: "Modify index",
    },
    roles: {
      dialer: "dialer: this side established the peering",
      acceptor: "acceptor: this side generated the peering token",
    },
    none: "none",
    never: "none yet",
    more: (/** @type {number} */ amount) => `${number(amount)} more`,
    ca: (/** @type {string} */ from, /** @type {string} */ to) => `valid from ${from} to ${to}`,
    caExpired: (/** @type {string} */ to) => `expired ${to}`,
    caInvalid: "cannot be read",
  },
  copy: {
    button: "Copy",
    label: (/** @type {string} */ what) => `Copy ${what}`,
    short: "Copied",
    done: (/** @type {string} */ what) => `Copied: ${what}.`,
    failed: "Copying is not allowed here: select the text instead.",
    failedShort: "Not copied",
  },
  unknown: { heading: "Page not found", hint: "The link is incomplete, or does not belong to this page." },
  dialog: { close: "Close and keep the input" },
  field: {
    /** @type {import("./dialogs/field.js").FieldFinding} */
    missing: { severity: "error", message: "A value is required.", fix: "Enter a value." },
  },
};
