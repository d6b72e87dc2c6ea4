// The options of a simulator and of its clusters, checked and filled in.

import { randomInt } from "node:crypto";
import { createRandom } from "./random.js";
import { NEWEST } from "./version.js";

const SIMULATOR = { clusters: ["eu", "us"], speed: 1, seed: undefined, listen: true, clock: undefined };
const FIRST_SERVER_PORT = 8_502;

/** A cluster's options as Consul's own configuration names them, where it has them. */
const CLUSTER = {
  name: undefined,
  datacenter: undefined, // the name
  version: NEWEST,
  acl: undefined,
  peering: true,
  connect: true,
  trust_domain: undefined, // its own
  other_datacenters: [],
  node_name: undefined, // `<name>-server`
  response_headers: {},
  block_endpoints: [],
  restrict_writes: false,
  server_address: undefined, // one on the loopback interface
  external_addresses: [],
  reachable: undefined, // the server's and the external ones
  exported_services: {},
};

export function readOptions(given) {
  const options = { ...known(SIMULATOR, given, "options"), seed: given.seed ?? randomInt(2 ** 32) };
  if (!(options.speed > 0)) throw new TypeError("speed must be a number above 0");
  if (!Array.isArray(options.clusters) || options.clusters.length === 0) {
    throw new TypeError('clusters must be a list of names, or of options with a name, such as ["eu", "us"]');
  }
  const random = createRandom(options.seed ^ 0x5eed);
  options.clusters = options.clusters.map((each, index) => readCluster(each, index, random));
  const names = options.clusters.map(({ name }) => name);
  if (new Set(names).size < names.length)
    throw new TypeError(`clusters must have different names, not ${names.join(", ")}`);
  return options;
}

function readCluster(given, index, random) {
  const options = known(CLUSTER, typeof given === "string" ? { name: given } : given, `clusters[${index}]`);
  const { name } = options;
  if (typeof name !== "string" || name === "") throw new TypeError(`clusters[${index}].name must be a text`);
  options.datacenter ??= name;
  options.node_name ??= `${name}-server`;
  options.server_address ??= `127.0.0.1:${FIRST_SERVER_PORT + index}`;
  options.reachable ??= [options.server_address, ...options.external_addresses];
  if (options.acl) {
    const { management = random.uuid(), ...acl } = options.acl === true ? {} : options.acl;
    options.token = management;
    options.acl = { ...acl, tokens: { ...acl.tokens, [management]: { management: true } } };
  } else options.acl = undefined;
  return options;
}

/** The defaults with what was given over them. A name that nobody knows is a mistake, not a wish. */
function known(defaults, given, where) {
  if (given === null || typeof given !== "object") throw new TypeError(`${where} must be an object`);
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(defaults, key)) {
      throw new TypeError(`${where}.${key} is not known here; known are ${Object.keys(defaults).join(", ")}`);
    }
  }
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(set) };
}
