// The options of a simulator and of its clusters, checked and filled in. A name that nobody knows is a mistake, not a
// wish; so is a value of another kind.

import { randomInt } from "node:crypto";
import { createRandom } from "./random.js";
import { NEWEST } from "./version.js";

const FIRST_SERVER_PORT = 8_503;

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const isText = (value) => typeof value === "string" && value !== "";
const isTexts = (value) => Array.isArray(value) && value.every((each) => typeof each === "string");

// What a value must be, in words, and whether one is.
const TEXT = ["a text", isText];
const TEXTS = ["a list of texts", isTexts];
const FLAG = ["true or false", (value) => typeof value === "boolean"];
const ACCESS = ['"read" or "write"', (value) => value === "read" || value === "write"];
const TEXT_BY_NAME = ["texts by name", (value) => isObject(value) && Object.values(value).every(isText)];
const TEXTS_BY_NAME = ["lists of texts by name", (value) => isObject(value) && Object.values(value).every(isTexts)];
const OBJECT = ["an object", isObject];

const SIMULATOR = {
  clusters: [
    'a list of names, or of options with a name, such as ["eu", "us"]',
    (value) => Array.isArray(value) && value.length > 0,
  ],
  speed: ["a number above 0", (value) => value > 0 && value < Infinity],
  seed: ["a whole number", Number.isInteger],
  listen: FLAG,
  clock: ["a clock", (value) => typeof value?.now === "function" && typeof value.setTimeout === "function"],
};
const SIMULATOR_DEFAULTS = { clusters: ["eu", "us"], speed: 1, listen: true };

/** Named as in Consul's own configuration, where that has them. */
const CLUSTER = {
  name: TEXT,
  datacenter: TEXT,
  version: TEXT,
  acl: ["true, or an object", (value) => value === true || isObject(value)],
  peering: FLAG,
  connect: FLAG,
  grpc_tls: FLAG,
  mesh_gateways: TEXTS,
  trust_domain: TEXT,
  other_datacenters: TEXTS,
  node_name: TEXT,
  response_headers: TEXT_BY_NAME,
  block_endpoints: TEXTS,
  restrict_writes: FLAG,
  server_address: TEXT,
  external_addresses: TEXTS,
  reachable: TEXTS,
  exported_services: TEXTS_BY_NAME,
};
const CLUSTER_DEFAULTS = {
  version: NEWEST,
  peering: true,
  connect: true,
  grpc_tls: true,
  other_datacenters: [],
  response_headers: {},
  block_endpoints: [],
  restrict_writes: false,
  external_addresses: [],
  exported_services: {},
};

const ACL = {
  default_policy: ['"allow" or "deny"', (value) => value === "allow" || value === "deny"],
  management: TEXT,
  tokens: OBJECT,
};
const RULES = { peering: ACCESS, operator: ACCESS, agent: ACCESS, management: FLAG, accessor: TEXT };

export function readOptions(given) {
  const options = { ...SIMULATOR_DEFAULTS, seed: randomInt(2 ** 32), ...checked(SIMULATOR, given, "options") };
  const random = createRandom(options.seed ^ 0x5eed);
  options.clusters = options.clusters.map((each, index) => readCluster(each, index, random));
  const names = options.clusters.map(({ name }) => name);
  if (new Set(names).size < names.length) {
    throw new TypeError(`clusters must have different names, not ${names.join(", ")}`);
  }
  return options;
}

function readCluster(given, index, random) {
  const where = `clusters[${index}]`;
  const options = {
    ...CLUSTER_DEFAULTS,
    ...checked(CLUSTER, typeof given === "string" ? { name: given } : given, where),
  };
  const { name } = options;
  if (name === undefined) throw new TypeError(`${where}.name must be a text`);
  options.datacenter ??= name;
  options.node_name ??= `${name}-server`;
  options.server_address ??= `127.0.0.1:${FIRST_SERVER_PORT + index}`;
  options.reachable ??= [options.server_address, ...options.external_addresses, ...(options.mesh_gateways ?? [])];
  if (options.acl) Object.assign(options, readAcl(options.acl === true ? {} : options.acl, `${where}.acl`, random));
  return options;
}

/** With the token that may do everything among the others, and by itself. */
function readAcl(given, where, random) {
  const { management = random.uuid(), tokens = {}, ...acl } = checked(ACL, given, where);
  // The secrets themselves are not for an error's text.
  const rules = Object.entries(tokens).map(([secret, each]) => [secret, checked(RULES, each, `${where}.tokens[…]`)]);
  return {
    token: management,
    acl: { ...acl, tokens: { ...Object.fromEntries(rules), [management]: { management: true } } },
  };
}

/** What was given, without what was left undefined. */
function checked(kinds, given, where) {
  if (!isObject(given)) throw new TypeError(`${where} must be an object`);
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  for (const [key, value] of set) {
    if (!Object.hasOwn(kinds, key)) {
      throw new TypeError(`${where}.${key} is not known here; known are ${Object.keys(kinds).join(", ")}`);
    }
    const [what, is] = kinds[key];
    if (!is(value)) throw new TypeError(`${where}.${key} must be ${what}`);
  }
  return Object.fromEntries(set);
}
