// Every call that sends requests, to a cluster whose responses the test determines. Each URL is checked, and each error is
// searched for the secrets, in any encoding.
import assert from "node:assert/strict";
import { Console } from "node:console";
import { PassThrough } from "node:stream";
import { afterEach } from "node:test";
import { inspect } from "node:util";
import * as peering from "../../pkg/node.js";
import { aclToken, peeringToken } from "./secrets.js";

const { generateToken, isPeeringError, list, permissions, read, remove, wait } = peering;

/** With characters that URLs and JSON escape. */
export const ACL = aclToken('5e"c\\ret+/=acacacac-11aa-4c8e-9d3a');
export const SECRET = aclToken("88888888-5ec2-e700-0000-abcdefabcdef");
export const CONTENT = {
  CA: null,
  ServerAddresses: ["10.0.0.1:8503"],
  ServerName: "server.us.peering.us.consul",
  // In base64 it has a + and a /.
  PeerID: "p1>>>???",
  EstablishmentSecret: SECRET,
};
export const TOKEN = peeringToken(Buffer.from(JSON.stringify(CONTENT)).toString("base64"));
assert.ok(TOKEN.includes("+") && TOKEN.includes("/"));

export const raw = { ID: "1", Name: "us", State: "ACTIVE", PeerID: CONTENT.PeerID, CreateIndex: 7, ModifyIndex: 7 };
export const PEERING = "/v1/peering/us";
const PATHS = [
  PEERING,
  "/v1/peerings",
  "/v1/peering/establish",
  "/v1/peering/token",
  "/v1/internal/acl/authorize",
].concat(["/v1/connect/ca/roots", "/v1/catalog/datacenters", "/v1/config/mesh/mesh"]);

/** Every function that sends requests; `more` is added to its spec or reference. */
export const CALLS = {
  establish: (cluster, more, options) =>
    peering.establish(cluster, { peer_name: "us", peering_token: TOKEN, ...more }, options),
  generateToken: (cluster, more, options) => generateToken(cluster, { peer_name: "us", ...more }, options),
  read: (cluster, more, options) => read(cluster, { peer_name: "us", ...more }, options),
  remove: (cluster, more, options) => remove(cluster, { peer_name: "us", ...more }, options),
  wait: (cluster, more, options) => wait(cluster, { peer_name: "us", ...more }, "ACTIVE", options),
  list: (cluster, more, options) => list(cluster, options),
  permissions: (cluster, more, options) => permissions(cluster, options),
};
export const NAMED = Object.entries(CALLS).filter(([name]) => !["list", "permissions"].includes(name));

/** Consul's responses; its peering exists from the first establish, or from the beginning. */
export function consul(exists = false) {
  const answers = {
    "GET /v1/peerings": () => [raw],
    "POST /v1/internal/acl/authorize": () => ["read", "write"].map((Access) => ({ Access, Allow: true })),
    "GET /v1/connect/ca/roots": () => ({ TrustDomain: "eu.consul" }),
    "GET /v1/catalog/datacenters": () => ["eu"],
    "POST /v1/peering/token": () => ({ PeeringToken: TOKEN }),
    "POST /v1/peering/establish": () => ((exists = true), {}),
    [`DELETE ${PEERING}`]: () => ((exists = false), {}),
    [`GET ${PEERING}`]: () => (exists ? raw : undefined),
  };
  return (method, path) => {
    const body = answers[`${method} ${path}`]?.();
    return body === undefined ? [404, 'Peering not found for "us"'] : [200, JSON.stringify(body)];
  };
}

/** Unexpected requests, checked after each test, since an error of a fetch would be caught. */
const astray = [];
afterEach(() => assert.deepEqual(astray.splice(0), []));

/** Checks that a URL has the intended path, without anything that a client or a server would read in another way. */
export function checkUrl(url, at = "http://eu.test") {
  const { href, origin, pathname, search, hash } = new URL(url);
  const plain = href === url && url.startsWith(at) && origin === new URL(at).origin && hash === "";
  const known = PATHS.some((path) => pathname === new URL(at + path).pathname);
  if (!plain || !known || !["", "?partition=team-a"].includes(search)) astray.push(url);
  if ([ACL, TOKEN, SECRET].some((secret) => embedded(secret).some((text) => url.includes(text))))
    astray.push("a secret");
}

/** A cluster whose fetch is `answer(method, path, init)`; `calls` are the requests. */
export function stub(answer = consul(), more = {}) {
  const calls = [];
  const fetch = async (url, init) => {
    checkUrl(url, more.address);
    const path = url.slice((more.address ?? "http://eu.test").length).replace(/\?.*/, "");
    calls.push({ url, path, ...init });
    const given = await answer(init.method, path, init);
    return Array.isArray(given) ? new Response(given[1], { status: given[0] }) : given;
  };
  return { cluster: { address: "http://eu.test", token: ACL, fetch, ...more }, calls };
}

/** The `PeeringError` that a call rejects with. */
export async function failure(promise, code) {
  const error = await promise.then(
    (value) => assert.fail(`it resolved with ${inspect(value)}`),
    (error) => error,
  );
  assert.ok(isPeeringError(error), inspect(error));
  assertHidden(error);
  assert.equal(error.code, code, error.message);
  return error;
}

/** Asserts that a call is refused before a request; returns `field rule` of each finding. */
export async function refused(call, calls) {
  const error = await failure(call, "invalid");
  assert.deepEqual(calls, [], "something was sent");
  return error.findings.filter(({ severity }) => severity === "error").map(({ field, rule }) => `${field} ${rule}`);
}

/** The encodings of a text: as it is, in a URL, in JSON, in base64 of either alphabet with any prefix. */
function embedded(secret) {
  const base64 = ["", "a", "ab"].map((before) => Buffer.from(`${before}${secret}:`).toString("base64"));
  const texts = [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), ...base64];
  return texts.flatMap((text) => [text, text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")]);
}
/** A peering token is recognised by its length: parts are redacted too, also in a call without it. */
const PARTS = [TOKEN.replaceAll("/", "\\/"), TOKEN.slice(0, -40), TOKEN.slice(40), TOKEN.replace(/.{76}/g, "$&\r\n")];
export const echoes = (name) => [
  ...[ACL, TOKEN, ...(name === "establish" ? [SECRET] : [])].flatMap(embedded),
  ...PARTS,
];

/** All printed forms of a value. */
function shown(subject) {
  const printed = new PassThrough();
  const console = new Console(printed);
  console.log(subject);
  console.dir(subject, { showHidden: true, depth: Infinity, getters: true });
  console.error("%s %o %j", subject, subject, subject);
  const copy = structuredClone(subject);
  return [
    printed.read().toString(),
    ...[subject, copy].map((it) => inspect(it, { showHidden: true, depth: Infinity, maxStringLength: Infinity })),
    JSON.stringify(subject),
    JSON.stringify(copy),
    String(subject),
    `${subject.message}\n${subject.stack}\n${subject.hint}\n${subject.cause?.stack}\n${subject.cause?.message}`,
  ].join("\n");
}

/** The part of a text that must not be shown: in base64, its first and last characters depend on their neighbours. */
const CORES = [
  ...[ACL, SECRET, TOKEN].flatMap(embedded).map((text) => text.slice(4, -4)),
  ...Array.from({ length: (TOKEN.length - 64) / 4 }, (_, i) => TOKEN.slice(4 * i, 4 * i + 64)),
];
export function assertHidden(subject, more = []) {
  const text = shown(subject);
  for (const core of [...CORES, ...more]) {
    assert.ok(!text.includes(core) && !text.includes(JSON.stringify(core).slice(1, -1)), "a secret is shown");
  }
}
