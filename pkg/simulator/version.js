// What Consul has answered differently over its versions.

/** The version that a cluster has unless told otherwise. */
export const NEWEST = "1.22.7";
const OLDEST = 13;

/** @param {string} version `1.22.7`, `1.19`, `1.13`, … */
export function versionOf(version) {
  const [, major, minor] = /^(\d+)\.(\d+)(\.\d+)?$/.exec(version) ?? [];
  if (major !== "1" || Number(minor) < OLDEST) {
    throw new TypeError(`version must be a Consul version from 1.${OLDEST} on, such as "${NEWEST}", not "${version}"`);
  }
  const from = (other) => Number(minor) >= other;
  return {
    text: version,
    /** Empty answers have a Content-Type. */
    typed: from(20),
    /** StreamStatus and Remote, in place of two counts. */
    remote: from(14),
    locality: from(16),
    /** External addresses stand beside the servers' own ones, not in their place. */
    manualAddresses: from(14),
    /** A refused exchange leaves a PENDING dialer. */
    writesBeforeExchange: from(14),
    anyCase: !from(15),
    neverIsNull: from(15),
    /** Reads wait for a change, and say their index. */
    blocking: from(16),
    unreachableStatus: from(16) ? 503 : 500,
    /** Texts of errors that came from another server have its words before them. */
    errorPrefix: from(16) ? "" : "rpc error: code = Unknown desc = ",
    sameCluster: (serverName) =>
      from(14)
        ? `cannot create a peering within the same cluster "${serverName}". Refer to the \`exported-services\` documentation if you want to export between partitions without peering`
        : "cannot create a peering within the same partition (ENT) or cluster (OSS)",
  };
}
