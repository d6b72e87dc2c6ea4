// Every variable of the environment, in every spelling, with and without an address: library and command line send to
// the same target as Consul's own command, with the same scheme, token, credentials and partition, or refuse.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, before, describe, test } from "node:test";
import { chooseCluster } from "../../pkg/cli/clusters.js";
import { list } from "../../pkg/node.js";
import { Budget } from "../../pkg/serve/body.js";
import { chooseServed } from "../../pkg/serve/clusters.js";
import { LIMITS, pass } from "../../pkg/serve/proxy.js";
import { makeCertificates } from "./certificates.js";
import { aclToken } from "./secrets.js";

const TOKEN = aclToken("2b1d2c0e-4a55-4f0e-9a5e-0123456789ab");
const FILE_TOKEN = aclToken("6f8a9c1d-7b66-4e1f-8b6f-ba9876543210");
const PASSWORD = aclToken("hunter2:and:colons");
const TRUE = ["1", "t", "T", "TRUE", "true", "True"];
const FALSE = ["0", "f", "F", "FALSE", "false", "False"];
const NEITHER = ["yes", "tRUE", "2"];

const folder = mkdtempSync(join(tmpdir(), "consul-peering-environment-"));
const { server: certificate } = makeCertificates(folder, "dc1");
const CONSUL_CACERT = certificate.ca_file;
const token_file = join(folder, "token");
writeFileSync(token_file, `${FILE_TOKEN}\n`);
const empty_file = join(folder, "empty");
writeFileSync(empty_file, "\n");
const ca_path = join(folder, "authorities");
mkdirSync(ca_path);
copyFileSync(CONSUL_CACERT, join(ca_path, "ca.pem"));

/** A port that accepts HTTP and TLS, by `scheme`. Resolves to the first request. */
async function listen(port = 0) {
  let arrived;
  const answer = (scheme) => (request, response) => {
    const { "x-consul-token": token = null, authorization = null, "x-consul-partition": named } = request.headers;
    const { pathname, searchParams } = new URL(request.url, "http://any");
    arrived?.({
      scheme,
      path: pathname,
      token,
      authorization,
      partition: searchParams.get("partition") ?? named ?? null,
    });
    response.setHeader("Content-Type", "application/json").end("[]");
  };
  const http = createHttpServer(answer("http"));
  const pem = { cert: readFileSync(certificate.cert_file), key: readFileSync(certificate.key_file) };
  const https = createHttpsServer(pem, answer("https"));
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (first) => {
      socket.pause().unshift(first);
      (first[0] === 0x16 ? https : http).emit("connection", socket); // a TLS handshake record
      process.nextTick(() => socket.resume());
    });
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    port: server.address().port,
    next: () => new Promise((resolve) => (arrived = resolve)),
    close: () => (server.close(), https.closeAllConnections(), http.closeAllConnections()),
  };
}

const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("CONSUL_")));

/** What Consul's own command sends; undefined if it refuses. */
async function byConsul(env, server) {
  const child = spawn(process.env.CONSUL, ["peering", "list"], { env: { ...inherited, ...env }, stdio: "ignore" });
  const came = await Promise.race([server.next(), once(child, "exit").then(() => undefined)]);
  child.kill("SIGKILL");
  return came;
}

/** What the library sends; the fields of its findings if it refuses. */
async function byLibrary(env) {
  let came;
  const fetch = async (url, { headers }) => {
    const { protocol, host, pathname, searchParams } = new URL(url);
    const { "X-Consul-Token": token = null, Authorization: authorization = null } = headers;
    const partition = searchParams.get("partition");
    came = { scheme: protocol.slice(0, -1), host, path: pathname, token, authorization, partition };
    return new Response("[]");
  };
  const saved = { ...process.env };
  const global = globalThis.fetch;
  for (const name of Object.keys(process.env)) if (name.startsWith("CONSUL_")) delete process.env[name];
  Object.assign(process.env, env);
  globalThis.fetch = fetch; // not the cluster's own, which would handle the TLS settings
  try {
    await list({});
  } catch (error) {
    assert.equal(error.code, "invalid", error.message);
    assert.ok(!error.message.includes(PASSWORD) && !JSON.stringify(error).includes(TOKEN));
    return error.findings.filter(({ severity }) => severity === "error").map(({ field }) => field);
  } finally {
    globalThis.fetch = global;
    Object.assign(process.env, saved);
    for (const name of Object.keys(process.env)) if (!(name in saved)) delete process.env[name];
  }
  return came;
}

/** What the command line would send; otherwise its error. */
function byCommandLine(env) {
  try {
    const { address, token = null, headers, partition = null } = chooseCluster({}, env).cluster;
    const { protocol, host, pathname } = new URL(address);
    const path = `${pathname === "/" ? "" : pathname}/v1/peerings`;
    return {
      scheme: protocol.slice(0, -1),
      host,
      path,
      token,
      authorization: headers?.Authorization ?? null,
      partition,
    };
  } catch (error) {
    assert.equal(error.name, "UsageError", error.stack);
    assert.ok(!`${error.message} ${error.hint}`.includes(PASSWORD) && !error.message.includes(TOKEN));
    return error.message;
  }
}

const PLAIN = { path: "/v1/peerings", token: null, authorization: null, partition: null };
const http = { ...PLAIN, scheme: "http" };
const https = { ...PLAIN, scheme: "https" };
const basic = (text) => `Basic ${Buffer.from(text).toString("base64")}`;

/** The result of Consul's command if it sends nothing. */
const NOTHING = Symbol("nothing is sent");
/**
 * `[variables, what is sent]`, or `[variables, what is refused, what Consul's command does]`. HERE is the address of
 * the port; without an address, it is the default one.
 */
const HERE = "here";
const ROWS = [
  [{}, http],
  [{ CONSUL_HTTP_ADDR: HERE }, http],
  [{ CONSUL_HTTP_ADDR: `http://${HERE}` }, http],
  [{ CONSUL_HTTP_ADDR: `https://${HERE}` }, https],
  [{ CONSUL_HTTP_ADDR: `http://${HERE}/a/consul` }, { ...http, path: "/a/consul/v1/peerings" }],
  ...["", HERE, `http://${HERE}`, `https://${HERE}`].flatMap((CONSUL_HTTP_ADDR) => [
    ...TRUE.map((CONSUL_HTTP_SSL) => [{ CONSUL_HTTP_ADDR, CONSUL_HTTP_SSL }, https]),
    ...["", ...FALSE].map((CONSUL_HTTP_SSL) => [
      { CONSUL_HTTP_ADDR, CONSUL_HTTP_SSL },
      CONSUL_HTTP_ADDR.startsWith("https") ? https : http,
    ]),
  ]),
  ...NEITHER.flatMap((text) => [
    // Consul's command warns, and continues without TLS, or without verifying the certificate.
    [{ CONSUL_HTTP_ADDR: HERE, CONSUL_HTTP_SSL: text }, "CONSUL_HTTP_SSL", http],
    [{ CONSUL_HTTP_ADDR: `https://${HERE}`, CONSUL_HTTP_SSL_VERIFY: text }, "CONSUL_HTTP_SSL_VERIFY", https],
  ]),
  ...TRUE.map((CONSUL_HTTP_SSL_VERIFY) => [{ CONSUL_HTTP_ADDR: `https://${HERE}`, CONSUL_HTTP_SSL_VERIFY }, https]),
  ...FALSE.map((text) => [
    { CONSUL_HTTP_ADDR: `https://${HERE}`, CONSUL_HTTP_SSL_VERIFY: text },
    "CONSUL_HTTP_SSL_VERIFY",
    https,
  ]),
  [{ CONSUL_HTTP_ADDR: "unix:///run/consul.sock" }, "CONSUL_HTTP_ADDR", NOTHING],
  [{ CONSUL_HTTP_ADDR: `ftp://${HERE}` }, "CONSUL_HTTP_ADDR", NOTHING],
  [
    { CONSUL_HTTP_ADDR: HERE, CONSUL_HTTP_TOKEN: TOKEN },
    { ...http, token: TOKEN },
  ],
  [{ CONSUL_HTTP_TOKEN: TOKEN }, { ...http, token: TOKEN }],
  [
    { CONSUL_HTTP_TOKEN: TOKEN, CONSUL_HTTP_SSL: "t" },
    { ...https, token: TOKEN },
  ],
  [
    { CONSUL_HTTP_ADDR: `http://${HERE}`, CONSUL_HTTP_TOKEN: TOKEN, CONSUL_HTTP_SSL: "1" },
    { ...https, token: TOKEN },
  ],
  [
    { CONSUL_HTTP_ADDR: HERE, CONSUL_HTTP_TOKEN: ` ${TOKEN} ` },
    { ...http, token: TOKEN },
  ],
  [
    { CONSUL_HTTP_ADDR: HERE, CONSUL_HTTP_TOKEN_FILE: token_file },
    { ...http, token: FILE_TOKEN },
  ],
  [
    { CONSUL_HTTP_ADDR: HERE, CONSUL_HTTP_TOKEN: TOKEN, CONSUL_HTTP_TOKEN_FILE: token_file },
    { ...http, token: FILE_TOKEN },
  ],
  [{ CONSUL_HTTP_ADDR: HERE, CONSUL_HTTP_TOKEN_FILE: "/nowhere" }, "token", NOTHING],
  // Consul's command continues with the other token, which was not intended.
  [
    { CONSUL_HTTP_ADDR: HERE, CONSUL_HTTP_TOKEN: TOKEN, CONSUL_HTTP_TOKEN_FILE: empty_file },
    "token",
    { ...http, token: TOKEN },
  ],
  [
    { CONSUL_HTTP_ADDR: HERE, CONSUL_HTTP_AUTH: `me:${PASSWORD}` },
    { ...http, authorization: basic(`me:${PASSWORD}`) },
  ],
  [
    { CONSUL_HTTP_ADDR: HERE, CONSUL_HTTP_AUTH: "me" },
    { ...http, authorization: basic("me:") },
  ],
  [
    { CONSUL_HTTP_ADDR: HERE, CONSUL_PARTITION: "team-a" },
    { ...http, partition: "team-a" },
  ],
  [{ CONSUL_HTTP_ADDR: HERE, CONSUL_NAMESPACE: "team-a" }, http], // peerings have no namespace
  [{ CONSUL_HTTP_ADDR: `https://${HERE}`, CONSUL_TLS_SERVER_NAME: "server.dc1.consul" }, https],
  [{ CONSUL_HTTP_ADDR: `https://${HERE}`, CONSUL_TLS_SERVER_NAME: "server.dc1.consul:8501" }, https],
  [{ CONSUL_HTTP_ADDR: `https://${HERE}`, CONSUL_CAPATH: "/nowhere" }, https], // CONSUL_CACERT wins
  [{ CONSUL_HTTP_ADDR: `https://${HERE}`, CONSUL_CACERT: "", CONSUL_CAPATH: ca_path }, "CONSUL_CAPATH", https],
];

describe("the environment", () => {
  let server;
  let fallback; // at the default address, unless another program uses it
  before(async () => {
    server = await listen();
    fallback = await listen(8500).catch(() => undefined);
  });
  after(() => {
    server.close();
    fallback?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const shown = (env) =>
    Object.entries(env)
      .map(
        ([name, value]) =>
          `${name}=${value.replace(TOKEN, "token").replace(PASSWORD, "password").replace(folder, "…")}`,
      )
      .join(" ") || "nothing is set";
  for (const [given, expected, consuls = expected] of ROWS) {
    const refused = typeof expected === "string";
    test(`${shown(given)}: ${refused ? `${expected} is refused` : expected.scheme}`, async (t) => {
      const at = `127.0.0.1:${server.port}`;
      const env = { CONSUL_CACERT, ...given };
      if (env.CONSUL_HTTP_ADDR) env.CONSUL_HTTP_ADDR = env.CONSUL_HTTP_ADDR.replace(HERE, at);
      const host = env.CONSUL_HTTP_ADDR ? at : "127.0.0.1:8500";
      if (refused) {
        assert.deepEqual(await byLibrary(env), [expected]);
        assert.match(byCommandLine(env), new RegExp(expected === "token" ? "CONSUL_HTTP_TOKEN_FILE" : expected));
      } else {
        assert.deepEqual(await byLibrary(env), { ...expected, host });
        assert.deepEqual(byCommandLine(env), { ...expected, host });
      }
      const consulServer = env.CONSUL_HTTP_ADDR ? server : fallback;
      if (!consulServer) return t.diagnostic("another program uses port 8500: not compared with Consul's own command");
      assert.deepEqual((await byConsul(env, consulServer)) ?? NOTHING, consuls);
    });
  }

  test("the environment's token is never sent over http if TLS was requested", async () => {
    for (const address of ["", "127.0.0.1:1", "http://127.0.0.1:1", "HTTP://127.0.0.1:1", " http://127.0.0.1:1"]) {
      const env = { CONSUL_HTTP_ADDR: address, CONSUL_HTTP_SSL: "true", CONSUL_HTTP_TOKEN: TOKEN };
      const { scheme, token } = await byLibrary(env);
      assert.deepEqual([scheme, token], ["https", TOKEN], address);
      assert.equal(byCommandLine(env).scheme, "https", address);
    }
  });

  test("serve forwards CONSUL_HTTP_AUTH, and redacts it in responses", async () => {
    const env = { CONSUL_HTTP_ADDR: "eu.test:8500", CONSUL_HTTP_AUTH: `me:${PASSWORD}` };
    const cluster = chooseServed({}, env).get("consul");
    cluster.fetch = async (url, { headers }) => new Response(`you sent ${headers.Authorization}`);
    const call = { path: "v1/peerings", query: new URLSearchParams() };
    const incoming = Object.assign(Readable.from([]), { headers: {} });
    const request = { method: "GET", incoming, session: { held: 0 }, signal: new AbortController().signal };
    const bounds = { limits: LIMITS, budget: new Budget(LIMITS.held) };
    const { status, body } = await pass({ alias: "consul", cluster, call }, request, bounds);
    assert.deepEqual([status, body], [200, "you sent (hidden)"]);
  });
});
