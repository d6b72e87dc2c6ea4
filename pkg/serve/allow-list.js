// The allow-list: exactly these calls of Consul's API, in this spelling, with these parameters.

/**
 * @typedef {{ path: string, query: URLSearchParams }} Call
 * @typedef {{ status: 404 | 405 | 400, allow?: string }} NoCall
 *
 * @typedef {Record<string, string[] | undefined>} Methods  which pass, each with its parameters
 * @typedef {Record<string, string>} Parameters
 * @typedef {(parameters: Parameters, name: string | undefined) => boolean} Condition
 *   of the parameters together, and with the name in the path
 */

const NAME = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const PARTITION = "[\\w-]{1,128}";
const SERVICE = "[\\w-][\\w.-]{0,254}";
const READ = ["partition", "index", "wait"];
const LIST = { GET: ["partition"] };

/** @type {(...names: string[]) => Condition} */
const required =
  (...names) =>
  (parameters) =>
    names.every((name) => Object.hasOwn(parameters, name));
/** The exported services of a partition have its name. @type {Condition} */
const ofPartition = ({ partition = "default" }, name) => name === partition;

/** @type {[path: string, methods: Methods, condition?: Condition][]} */
const PATHS = [
  ["peering/(?:token|establish)", { POST: [] }],
  [`peering/${NAME}`, { GET: READ, DELETE: ["partition"] }],
  ["peerings", { GET: READ }],
  ["internal/acl/authorize", { POST: [] }],
  ["connect/ca/roots", { GET: [] }],
  ["catalog/datacenters", { GET: [] }],
  ["agent/version", { GET: [] }],
  // What `troubleshoot` reads.
  ["config/(?:mesh/mesh|proxy-defaults/global|service-resolver|service-defaults)", LIST],
  [`config/exported-services/(${PARTITION})`, LIST, ofPartition],
  ["connect/intentions", LIST],
  ["connect/intentions/check", { GET: ["source", "destination", "partition"] }, required("source", "destination")],
  ["catalog/services", { GET: ["filter", "partition"] }, required("filter")],
  ["catalog/service/consul", { GET: [] }],
  [`health/service/${SERVICE}`, { GET: ["peer", "partition"] }],
  [`health/connect/${SERVICE}`, { GET: ["partition"] }],
];
const CALLS = PATHS.map(([path, methods, condition]) => ({ path: new RegExp(`^v1/${path}$`), methods, condition }));
/** Their responses grow with the cluster. A config entry alone does not. */
const LISTS = /^v1\/(?:peerings$|config\/[^/]+$|connect\/intentions$|catalog\/service|health\/)/;

/** The only parameter whose value needs escapes: it is allowed in exactly this spelling. */
export const GATEWAYS = `filter=${encodeURIComponent('ServiceKind == "mesh-gateway"')}`;

const LONGEST_WAIT_MS = 600_000; // Consul's own
/** @type {(text: string) => boolean} */
const isUnheardOf = (text) => text === "unheard-of";
/** @type {Record<string, (text: string) => boolean>} */
const VALUES = {
  partition: (text) => new RegExp(`^${PARTITION}$`).test(text),
  index: (text) => /^\d{1,20}$/.test(text),
  wait: (text) => /^\d{1,6}ms$/.test(text) && parseInt(text) <= LONGEST_WAIT_MS,
  peer: (text) => new RegExp(`^${NAME}$`).test(text),
  source: isUnheardOf,
  destination: isUnheardOf,
  filter: (text) => `filter=${text}` === GATEWAYS,
};

/**
 * @param {string} method
 * @param {string} path   below the cluster, as it was sent
 * @param {string} query  as it was sent
 * @returns {Call | NoCall} the call, or the reason that it is not allowed
 */
export function readCall(method, path, query) {
  const found = CALLS.find((call) => call.path.test(path));
  if (!found) return { status: 404 };
  const allowed = Object.hasOwn(found.methods, method) ? found.methods[method] : undefined;
  if (!allowed) return { status: 405, allow: Object.keys(found.methods).join(", ") };
  const pairs = query ? query.split("&").map((pair) => pair.split("=")) : [];
  /** @param {string[]} pair */
  const fits = ([name, value, ...more]) =>
    allowed.includes(name) && value !== undefined && VALUES[name](value) && more.length === 0;
  if (!pairs.every(fits)) return { status: 400 };
  /** @type {Parameters} */
  const parameters = Object.fromEntries(pairs.map(([name, value]) => [name, decodeURIComponent(value)]));
  const once = Object.keys(parameters).length === pairs.length;
  const [, name] = found.path.exec(path) ?? [];
  const complete = found.condition?.(parameters, name) ?? true;
  return once && complete ? { path, query: new URLSearchParams(parameters) } : { status: 400 };
}

/**
 * Whether the response may be as large as a list.
 * @param {Call} call
 */
export const isList = ({ path }) => LISTS.test(path);

/** @type {Record<string, string | undefined>} */
const WRITES = { "POST v1/peering/token": "generate-token", "POST v1/peering/establish": "establish" };

/**
 * What a call changes: the action's name in the log; undefined for a read.
 * @param {string} method
 * @param {Call} call
 */
export const actionOf = (method, { path }) => (method === "DELETE" ? "delete" : WRITES[`${method} ${path}`]);

/**
 * The peer of a write, if its name is a valid peer name.
 * @param {Call} call
 * @param {Buffer} body
 */
export function peerOf({ path }, body) {
  const [, deleted] = /^v1\/peering\/(.+)$/.exec(path) ?? [];
  const name = body.length > 0 ? nameIn(body) : deleted;
  return typeof name === "string" && new RegExp(`^${NAME}$`).test(name) ? name : undefined;
}

/**
 * @param {Buffer} body
 * @returns {unknown}
 */
function nameIn(body) {
  try {
    return JSON.parse(body.toString())?.PeerName;
  } catch {
    return undefined; // Consul refuses it
  }
}

/**
 * The requested wait of a call, in ms.
 * @param {URLSearchParams} query
 */
export const waitOf = (query) => parseInt(query.get("wait") ?? "0");
