// The options that more than one command takes. `value` names what an option takes in the help; without it, it is a
// switch.

/**
 * @typedef {object} Option  as node:util's parseArgs takes it, and what the help says about it
 * @property {"string" | "boolean"} type
 * @property {boolean} [multiple]
 * @property {string} [short]
 * @property {string} [value]
 * @property {string} [help]
 * @property {boolean} [hidden]  a former name, which the help leaves out
 *
 * @typedef {Record<string, Option>} Options
 *
 * @typedef {object} Values  what was given, of the options of all commands
 * @property {string} [cluster]
 * @property {string} [clusters]
 * @property {string} [datacenter]
 * @property {string} [partition]
 * @property {string} [timeout]
 * @property {boolean} [json]
 * @property {boolean} [quiet]
 * @property {boolean} [help]
 * @property {boolean} [version]
 * @property {boolean} [all]
 * @property {string[]} [meta]
 * @property {string[]} [external-address]
 * @property {boolean} [no-external-addresses]
 * @property {string} [a-name]
 * @property {string} [b-name]
 * @property {string[]} [a-meta]
 * @property {string[]} [b-meta]
 * @property {boolean} [yes]
 * @property {boolean} [dry-run]
 * @property {boolean} [verbose]
 * @property {boolean} [until-healthy]
 * @property {boolean} [force]
 * @property {boolean} [replace]
 * @property {boolean} [no-wait]
 * @property {string} [peering-token-file]
 * @property {string} [token-file]
 * @property {string} [out]
 * @property {string} [wait]
 * @property {string} [other]
 * @property {string} [other-name]
 * @property {string} [require]
 * @property {string} [service]
 * @property {string} [interval]
 * @property {string} [concurrency]
 * @property {string} [format]
 * @property {string} [fail-on]
 * @property {boolean} [rules]
 * @property {boolean} [simulated]
 * @property {boolean} [demo]
 * @property {string} [listen]
 * @property {string} [tls-cert]
 * @property {string} [tls-key]
 * @property {string} [password-file]
 */

/**
 * Where the aliases are.
 * @satisfies {Options}
 */
export const CLUSTERS = {
  clusters: { type: "string", value: "FILE", help: "what the aliases mean (default: ./clusters.json when there)" },
};
/** @satisfies {Options} */
const TIMEOUT = {
  timeout: { type: "string", value: "TIME", help: "for the whole call: 500ms, 60s, 2m (default: 60s)" },
};

/**
 * Of a command that works on one cluster, and as long as it takes.
 * @satisfies {Options}
 */
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

/**
 * Of a command that also gives an overview over several clusters.
 * @satisfies {Option}
 */
export const ALL = { type: "boolean", help: "every cluster of clusters.json" };

/** Of a command whose operands are clusters. */
export const SEVERAL_OPTIONS = { ...CLUSTERS, ...TIMEOUT };

/** @satisfies {Options} */
export const COMMON_OPTIONS = {
  json: { type: "boolean", help: "one JSON document on stdout; errors as one on stderr" },
  quiet: { type: "boolean", help: "no progress and no notes on stderr" },
  help: { type: "boolean", short: "h", help: "this text; after a command, that command's" },
  version: { type: "boolean", short: "v", help: "the version of this package" },
};

/** @satisfies {Option} */
export const META = {
  type: "string",
  multiple: true,
  value: "KEY=VALUE",
  help: "a pair to keep with the peering; may be repeated",
};

/** @satisfies {Option} */
export const EXTERNAL_ADDRESS = {
  type: "string",
  multiple: true,
  value: "HOST:PORT",
  help: "where the other cluster reaches the servers, e.g. a load balancer; may be repeated",
};

/** @satisfies {Option} */
export const YES = { type: "boolean", help: "skip confirmation (required when stdin is not a terminal)" };

/** @satisfies {Option} */
export const DRY_RUN = {
  type: "boolean",
  help: "change nothing, tell what would be done; exit code 3 if it is something",
};

/** @satisfies {Option} */
export const VERBOSE = { type: "boolean", help: "report every step and state, also of what stays as it is" };

/**
 * What each of two clusters calls the other.
 * @satisfies {Options}
 */
export const NAMES = {
  "a-name": { type: "string", value: "NAME", help: "what A calls B (default: B's alias)" },
  "b-name": { type: "string", value: "NAME", help: "what B calls A (default: A's alias)" },
};

/**
 * How the two sides of a link are to be.
 * @satisfies {Options}
 */
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

/**
 * @param {string} until
 * @returns {Option}
 */
export const NO_WAIT = (until) => ({ type: "boolean", help: `return when Consul has accepted it, not when ${until}` });
