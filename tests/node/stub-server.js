// Clusters whose responses a test determines, over a fetch or a socket, and the error that a call rejects with.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { inspect } from "node:util";
import { isPeeringError } from "../../pkg/node.js";
import { listen } from "./listen.js";
import { aclToken, peeringToken } from "./secrets.js";

/** A limit for calls that take milliseconds, on a busy machine. */
export const SOON_MS = 30_000;

const PACKAGE = new URL("../../pkg/node.js", import.meta.url).href;
export const ACL = aclToken("5e5cd2ba-11aa-4c8e-9d3a-acacacacacac");
export const SECRET = aclToken("77777777-5ec2-e700-0000-abcdefabcdef");
export const TOKEN = peeringToken(
  Buffer.from(
    JSON.stringify({
      CA: null,
      ManualServerAddresses: null,
      ServerAddresses: ["10.0.0.1:8503"],
      ServerName: "server.us.peering.us.consul",
      PeerID: "p1",
      EstablishmentSecret: SECRET,
      Remote: { Partition: "", Datacenter: "us" },
    }),
  ).toString("base64"),
);
export const spec = { peer_name: "us", peering_token: TOKEN };
export const raw = { ID: "1", Name: "us", State: "ACTIVE", PeerID: "p1", CreateIndex: 7, ModifyIndex: 7 };

export const ok = (body = raw) => new Response(JSON.stringify(body));
export const absent = () => new Response('Peering not found for "us"', { status: 404 });
export const busy = (status, text, headers) => new Response(text, { status, headers });
/** A fetch that never responds; it rejects when its signal aborts. */
export const hang = (url, init) =>
  new Promise((_, reject) => init.signal.addEventListener("abort", () => reject(init.signal.reason)));

/** A cluster whose fetch is `answer(url, init, n)`, n counting from 1; `calls` are the requests. */
export function stub(answer, more) {
  const calls = [];
  const fetch = async (url, init) => {
    calls.push({ at: performance.now(), method: init.method, path: url.slice("http://eu.test".length), ...init });
    return answer(url, init, calls.length);
  };
  return { cluster: { address: "http://eu.test", fetch, ...more }, calls };
}

/** A server on loopback; `requests` are those received, `reads()` counts reads of peerings. */
export async function serve(t, handler) {
  const requests = [];
  const server = createServer((request, response) => {
    requests.push(request);
    response.on("error", () => {});
    handler(request, response, requests.length);
  });
  const address = await listen(t, server);
  const reads = () => requests.filter(({ url }) => /^\/v1\/peering\/us$|^\/v1\/peerings$/.test(url)).length;
  return { address, requests, reads };
}

export function assertNoSecret(subject, secrets = [ACL, TOKEN, SECRET]) {
  const shown = [
    inspect(subject, { showHidden: true, depth: Infinity, maxStringLength: Infinity }),
    JSON.stringify(subject) ?? "",
    String(subject),
    `${subject?.message} ${subject?.stack} ${subject?.hint}`,
  ].join("\n");
  for (const secret of secrets) assert.ok(!shown.includes(secret), "a secret is in an error");
}

/** The `PeeringError` that a call rejects with. */
export async function failure(promise, code, { within = Infinity } = {}) {
  const started = performance.now();
  const error = await promise.then(
    (value) => assert.fail(`it resolved with ${inspect(value)}`),
    (error) => error,
  );
  const took = performance.now() - started;
  assert.ok(took < within, `took ${Math.round(took)} ms, ${within} at most`);
  assert.ok(isPeeringError(error) && error instanceof Error, inspect(error));
  assertNoSecret(error);
  assert.equal(error.code, code, error.message);
  assert.ok(error.hint.length > 20 && Array.isArray(error.findings) && Array.isArray(error.left_behind));
  return error;
}

export const fields = (error) => error.findings.map(({ field, rule }) => `${field} ${rule}`);

/** Runs an ES module in a process of its own; the last line that it prints is JSON. */
export async function child(code, env = {}) {
  const clean = Object.entries(process.env).filter(([name]) => !name.startsWith("CONSUL_"));
  const script = `import * as consul from ${JSON.stringify(PACKAGE)};\n${code}`;
  const process_ = spawn(process.execPath, ["--input-type=module", "-e", script], {
    env: { ...Object.fromEntries(clean), ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let out = "";
  let said;
  process_.stdout.setEncoding("utf8").on("data", (text) => {
    out += text;
    said = performance.now();
  });
  const kill = setTimeout(() => process_.kill(), 60_000);
  const [exit] = await once(process_, "close");
  clearTimeout(kill);
  return { exit, lingered: performance.now() - said, result: out === "" ? undefined : JSON.parse(out) };
}
