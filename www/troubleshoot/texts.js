// The texts of troubleshooting. Messages, fixes and missing rules of checks are those of the package.
import { count, list, number } from "../format.js";

/** @import { Status } from "./groups.js" */

/** @type {[status: Status, word: string][]} */
const WORDS = [
  ["fail", "failed"],
  ["warning", "with a warning"],
  ["skipped", "skipped"],
  ["pass", "passed"],
];

export const texts = {
  heading: "Services",
  run: "Troubleshoot",
  cancel: "Cancel",
  checked: "Checked",
  reading: (/** @type {string[]} */ aliases) => `Checking ${list(aliases)}.`,
  cancelled: "Cancelled.",
  idle: "Not checked yet.",
  about: "Troubleshoot checks exports, imports, intentions, mesh gateways and routing. It changes nothing.",
  /** Why the other cluster is not checked. */
  oneSide: {
    elsewhere: (/** @type {string} */ alias) =>
      `Only ${alias} is checked. To check both sides, add the other cluster to clusters.json.`,
    silent: (/** @type {string} */ alias, /** @type {string} */ other) =>
      `Only ${alias} is checked: ${other} does not respond.`,
  },
  inactive: "No services, because the peering is not ACTIVE",
  inactiveHint: "Run Troubleshoot to find the reason.",
  none: "Nothing is exported to this peer yet",
  noneHint: "Export a service on one of the clusters to call it from the other. Troubleshoot shows the config entry.",
  noneCheckedHint:
    "Export a service on one of the clusters to call it from the other: the failed check has the config entry.",
  caption: "Services that cross this peering",
  columns: {
    name: "Service",
    direction: "Direction",
    exported: "Exported",
    imported: "Imported",
    instances: "Passing",
    problems: "Problems",
    use: "Use",
  },
  direction: (/** @type {string} */ exporter, /** @type {string} */ importer) => `${exporter} → ${importer}`,
  yes: "yes",
  no: "no",
  unknown: "unknown",
  noProblems: "none",
  passing: (/** @type {number} */ passing, /** @type {number} */ total) => `${number(passing)} of ${number(total)}`,
  use: "DNS, upstream",
  useOf: (/** @type {string} */ name, /** @type {string} */ importer) => `DNS, upstream: ${name} in ${importer}`,
  dns: (/** @type {string} */ importer) => `DNS names in ${importer}`,
  dnsWhat: "the DNS name",
  upstream: (/** @type {string} */ importer) => `Upstream for a sidecar proxy in ${importer}`,
  upstreamWhat: "the upstream",
  more: (/** @type {number} */ amount) => `Show ${count(amount, "more service", "more services")}`,
  /** @param {(status: Status) => number} amountOf @param {string[]} failed  titles */
  summary: (amountOf, failed) => {
    const parts = WORDS.flatMap(([status, word]) => {
      const names = status === "fail" ? ` (${list(failed)})` : "";
      return amountOf(status) ? `${number(amountOf(status))} ${word}${names}` : [];
    });
    return `Service checks: ${list(parts)}.`;
  },
  /** @type {Record<Status, string>} */
  groups: { fail: "Failed", warning: "Warnings", skipped: "Skipped", pass: "Passed" },
  on: (/** @type {string} */ title, /** @type {string} */ alias) => `${title} on ${alias}`,
  fix: "Fix",
  fixOf: (/** @type {string[]} */ titles) => `Fix of ${list(titles)}`,
  fixedBy: (/** @type {string} */ title) => `Fixed by the fix of “${title}”.`,
  fixWhat: "the fix",
  rules: (/** @type {string} */ alias) => `Missing ACL rules on ${alias}`,
  rulesWhat: "the ACL rules",
  skipped: (/** @type {string[]} */ titles) => `Not checked: ${list(titles)}.`,
  /** @type {Record<string, string | undefined>} by kind of evidence */
  evidence: {
    addresses: "Addresses",
    datacenters: "Datacenters",
    dialed: "Dialed addresses",
    entries: "Referenced by",
    gateways: "Mesh gateways",
    mode: "Mode",
    nodes: "Nodes",
    peers: "Peers",
    servers: "Servers",
    services: "Services",
  },
  /** @type {Record<string, string | undefined>} by id */
  checks: {
    "peering.state": "State of the peering",
    "peering.heartbeat": "Heartbeat",
    "peering.other_side": "Other side of the peering",
    "peering.rebuilt": "Rebuilt cluster",
    "peering.certificates": "Certificates",
    "peering.addresses": "Dialed addresses",
    "peering.address_drift": "Changed addresses",
    "mode.gateway": "Peering through mesh gateways",
    "mode.addresses": "Addresses and peering mode",
    "gateways.registered": "Mesh gateway",
    "gateways.passing": "Health of mesh gateways",
    "gateways.address": "WAN addresses of mesh gateways",
    "gateways.proxy_mode": "Mesh gateway mode of proxies",
    "exports.any": "Exported services",
    "exports.consumers": "Consumers of exported services",
    "exports.reserved": "Reserved names in exports",
    "exports.instances": "Instances of exported services",
    "exports.sidecar": "Sidecars of exported services",
    "exports.arrived": "Arrival of exported services",
    "imports.instances": "Instances of imported services",
    "imports.local_name": "Local services with the same name",
    "intentions.allowed": "Intentions",
    "intentions.peers": "Peers of intentions",
    "routing.peers": "Peers of failover and redirects",
    "routing.protocol": "Protocol of failover and redirects",
    "datacenters.primary": "Federated datacenters",
  },
};
