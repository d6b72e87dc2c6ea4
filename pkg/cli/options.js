// The options that more than one command takes. `value` names what an option takes in the help; without it, it is a
// switch.

/** Where the aliases are. */
export const CLUSTERS = {
  clusters: { type: "string", value: "FILE", help: "what the aliases mean (default: ./clusters.json when there)" },
};
const TIMEOUT = {
  timeout: { type: "string", value: "TIME", help: "for the whole call: 500ms, 60s, 2m (default: 60s)" },
};

/** Of a command that works on one cluster, and as long as it takes. */
export const ENDLESS_OPTIONS = {
  cluster: {
    type: "string",
    value: "ALIAS|URL",
    help: "the cluster to work on (default: CONSUL_HTTP_ADDR, then http://127.0.0.1:8500)",
  },
  ...CLUSTERS,
  datacenter: { type: "string", value: "NAME", help: "the datacenter this must happen in" },
  partition: { type: "string", value: "NAME", help: "the admin partition (Consul Enterprise)" },
};

/** Of a command that works on one cluster. */
export const CLUSTER_OPTIONS = { ...ENDLESS_OPTIONS, ...TIMEOUT };

/** Of a command that also gives an overview over several clusters. */
export const ALL = { type: "boolean", help: "every cluster of clusters.json" };

/** Of a command whose operands are clusters. */
export const SEVERAL_OPTIONS = { ...CLUSTERS, ...TIMEOUT };

export const COMMON_OPTIONS = {
  json: { type: "boolean", help: "one JSON document on stdout; errors as one on stderr" },
  quiet: { type: "boolean", help: "no progress and no notes on stderr" },
  help: { type: "boolean", short: "h", help: "this text; after a command, that command's" },
  version: { type: "boolean", short: "v", help: "the version of this package" },
};

export const META = {
  type: "string",
  multiple: true,
  value: "KEY=VALUE",
  help: "a pair to keep with the peering; may be repeated",
};

export const EXTERNAL_ADDRESS = {
  type: "string",
  multiple: true,
  value: "HOST:PORT",
  help: "where the other cluster reaches the servers, e.g. a load balancer; may be repeated",
};

export const YES = { type: "boolean", help: "skip confirmation (required when stdin is not a terminal)" };

export const DRY_RUN = {
  type: "boolean",
  help: "change nothing, tell what would be done; exit code 3 if it is something",
};

export const VERBOSE = { type: "boolean", help: "report every step and state, also of what stays as it is" };

/** What each of two clusters calls the other. */
export const NAMES = {
  "a-name": { type: "string", value: "NAME", help: "what A calls B (default: B's alias)" },
  "b-name": { type: "string", value: "NAME", help: "what B calls A (default: A's alias)" },
};

/** How the two sides of a link are to be. */
export const SIDES = {
  ...NAMES,
  "a-meta": { ...META, help: "a pair to keep on A, when it is made; may be repeated (default: meta of A's alias)" },
  "b-meta": { ...META, help: "a pair to keep on B; may be repeated (default: meta of B's alias)" },
  "external-address": {
    ...EXTERNAL_ADDRESS,
    help: "where B reaches A's servers; may be repeated (default: what clusters.json says)",
  },
  "no-external-addresses": { type: "boolean", help: "B reaches A's servers at their own addresses" },
};

export const NO_WAIT = (until) => ({ type: "boolean", help: `return when Consul has accepted it, not when ${until}` });
