// Options of more than one command. `value` is the placeholder of the value in the help; an option without it is a switch.

/**
 * @typedef {object} Option  as for node:util's parseArgs, with its help
 * @property {"string" | "boolean"} type
 * @property {boolean} [multiple]
 * @property {string} [short]
 * @property {string} [value]
 * @property {string} [help]
 * @property {boolean} [hidden]  a former name, omitted from the help
 *
 * @typedef {Record<string, Option>} Options
 *
 * @typedef {object} Values  the given options, of all commands
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
 * @property {boolean} [strict]
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
 * The file of the aliases.
 * @satisfies {Options}
 */
export const CLUSTERS = {
  clusters: { type: "string", value: "FILE", help: "file of aliases (default: ./clusters.json, if it exists)" },
};
/** @satisfies {Options} */
const TIMEOUT = {
  timeout: {
    type: "string",
    value: "TIME",
    help: "time limit for the whole call, with a unit: ms, s, m or h (default: 60s)",
  },
};

/**
 * Options of a command that uses one cluster and has no time limit.
 * @satisfies {Options}
 */
export const ENDLESS_OPTIONS = {
  cluster: {
    type: "string",
    value: "ALIAS|URL",
    help: "cluster to use (default: CONSUL_HTTP_ADDR, then http://127.0.0.1:8500)",
  },
  ...CLUSTERS,
  datacenter: { type: "string", value: "NAME", help: "fail unless the agent is in this datacenter" },
  partition: { type: "string", value: "NAME", help: "admin partition (Consul Enterprise)" },
};

/** Options of a command that uses one cluster. */
export const CLUSTER_OPTIONS = { ...ENDLESS_OPTIONS, ...TIMEOUT };

/**
 * For a command that can also use several clusters.
 * @satisfies {Option}
 */
export const ALL = { type: "boolean", help: "use every cluster of clusters.json" };

/** Options of a command whose operands are clusters. */
export const SEVERAL_OPTIONS = { ...CLUSTERS, ...TIMEOUT };

/** @satisfies {Options} */
export const COMMON_OPTIONS = {
  json: { type: "boolean", help: "print one JSON document on stdout, and errors as one on stderr" },
  quiet: { type: "boolean", help: "print no progress and no notes on stderr" },
  help: { type: "boolean", short: "h", help: "show this help; after a command, the command's help" },
  version: { type: "boolean", short: "v", help: "show the version of this package" },
};

/** @satisfies {Option} */
export const META = {
  type: "string",
  multiple: true,
  value: "KEY=VALUE",
  help: "metadata to store with the peering; may be repeated (default: meta of the alias)",
};

/** @satisfies {Option} */
export const EXTERNAL_ADDRESS = {
  type: "string",
  multiple: true,
  value: "HOST:PORT",
  help: "address at which the other cluster reaches the servers, such as a load balancer; may be repeated",
};

/** @satisfies {Option} */
export const YES = { type: "boolean", help: "skip confirmation (required when stdin is not a terminal)" };

/** @satisfies {Option} */
export const DRY_RUN = {
  type: "boolean",
  help: "preview the changes without making them; exit code 3 if there are any",
};

/** @satisfies {Option} */
export const VERBOSE = { type: "boolean", help: "report every step and state, including unchanged ones" };

/**
 * The names of the two clusters' peerings.
 * @satisfies {Options}
 */
export const NAMES = {
  "a-name": { type: "string", value: "NAME", help: "name of the peering on A (default: B's alias)" },
  "b-name": { type: "string", value: "NAME", help: "name of the peering on B (default: A's alias)" },
};

/**
 * The settings of the two sides of a link.
 * @satisfies {Options}
 */
export const SIDES = {
  ...NAMES,
  "a-meta": {
    ...META,
    help: "metadata to store on A when it is created; may be repeated (default: meta of A's alias)",
  },
  "b-meta": { ...META, help: "metadata to store on B; may be repeated (default: meta of B's alias)" },
  "external-address": {
    ...EXTERNAL_ADDRESS,
    help: "address at which B reaches A's servers; may be repeated (default: from clusters.json)",
  },
  "no-external-addresses": { type: "boolean", help: "let B use the addresses of A's servers themselves" },
};

/**
 * @param {string} until
 * @returns {Option}
 */
export const NO_WAIT = (until) => ({
  type: "boolean",
  help: `return when Consul has accepted the request, not when ${until}`,
});
