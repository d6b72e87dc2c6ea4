// The worker, in workerd: which requests it accepts and from whom, and that nothing else of a request reaches a
// cluster.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { request } from "node:http";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { aclToken } from "../node/secrets.js";
import { startWorkerd } from "../runtimes/workerd.js";
import { consul, startClusters } from "./clusters.js";
import { checkOutput } from "./document.js";
import { stage } from "./shell.js";

const { simulator, east, west, sides, denied, requests, secrets } = await startClusters();
const { folder } = stage("worker");
const key = aclToken(randomUUID());
const bindings = {
  ...{
    EAST_ADDR: east.address,
    EAST_TOKEN: east.token,
    WEST_ADDR: west.address,
    WEST_TOKEN: west.token,
    CALLER_KEY: key,
  },
};
let printed = "";

async function startWorker(env) {
  const onText = (text) => (printed += text);
  const worker = await startWorkerd(folder, { entry: "worker.js", env: { ...bindings, ...env }, onText });
  after(worker.stop);
  const call = async (method, path, authorization = `Bearer ${key}`, init = {}) => {
    const headers = authorization ? { Authorization: authorization } : {};
    const answer = await fetch(worker.address + path, { method, headers, ...init });
    const text = await answer.text();
    for (const secret of [key, ...secrets]) assert.ok(!text.includes(secret));
    return { call: `${method} ${path}${authorization ? "" : ", without the key"}`, status: answer.status, text };
  };
  return Object.assign(call, { address: worker.address });
}
const call = await startWorker();

test("output as documented", async () => {
  const observed = [await call("GET", "/link", ""), await call("GET", "/link"), await call("POST", "/link")];
  await consul.wait(west, "east", (peering) => consul.health(peering).verdict === "healthy");
  observed.push(await call("GET", "/link"), await call("POST", "/link"), await call("DELETE", "/link"));
  assert.deepEqual(
    observed.map(({ status }) => status),
    [401, 200, 200, 200, 200, 404],
  );
  checkOutput("worker", observed.map(({ call, status, text }) => `${call}\n${status} ${text}\n`).join("\n"));
});

test("without the key, no request reaches a cluster", async () => {
  requests.length = 0;
  const keys = ["", "Bearer ", `Bearer ${key.slice(1)}`, `Bearer ${key} `.repeat(2), key, `Basic ${btoa(`x:${key}`)}`];
  for (const authorization of keys) {
    for (const method of ["GET", "POST", "DELETE", "OPTIONS"]) {
      assert.equal((await call(method, "/link", authorization)).status, 401, authorization);
    }
  }
  assert.deepEqual(requests, []);
});

test("a worker without a key, or with a short one, refuses every request", async () => {
  requests.length = 0;
  for (const CALLER_KEY of ["", "short"]) {
    const call = await startWorker({ CALLER_KEY });
    for (const authorization of ["", "Bearer ", "Bearer short", "Bearer undefined", "Bearer null"]) {
      assert.equal((await call("GET", "/link", authorization)).status, 401);
    }
  }
  assert.deepEqual(requests, []);
});

test("with the key, it refuses other paths, and forwards nothing of a request", async () => {
  requests.length = 0;
  for (const path of ["/", "/v1/peerings", "/link/", `/${east.address}/v1/peerings`, "//link"]) {
    assert.equal((await call("GET", path)).status, 404, path);
  }
  assert.deepEqual(requests, []);
  const body = JSON.stringify({ address: "http://10.0.0.1", token: "x", peer_name: "other" });
  const { status } = await call("POST", "/link?peer_name=other&address=http://10.0.0.1", undefined, { body });
  assert.equal(status, 200);
  assert.ok(requests.length > 0);
  assert.ok(!requests.some((line) => /other|10\.0\.0\.1/.test(line)));
  assert.deepEqual(
    (await consul.list(east)).map(({ peer_name }) => peer_name),
    ["west"],
  );
});

test("a denied token, a cluster that is down: a code and a hint, and the reason in the log", async () => {
  const refused = await startWorker({ WEST_TOKEN: denied });
  const { status, text } = await refused("GET", "/link");
  assert.equal(status, 502);
  assert.deepEqual(Object.keys(JSON.parse(text)), ["code", "hint"]);
  assert.equal(JSON.parse(text).code, "permission_denied");
  const dropped = simulator.fault({ kind: "drop_before", match: { cluster: "west" }, times: Infinity });
  const down = await call("GET", "/link");
  assert.deepEqual([down.status, JSON.parse(down.text).code], [502, "network"]);
  assert.match(printed, /Permission denied/);
  dropped.remove();
});

test("a broken connection cancels its request", { timeout: 30_000 }, async (t) => {
  await consul.disconnect(...sides);
  const asked = simulator.fault({ kind: "delay", ms: 500, match: { path: "/v1/peering/token" } });
  const caller = request(`${call.address}/link`, { method: "POST", headers: { Authorization: `Bearer ${key}` } }).end();
  const broken = once(caller, "error");
  while (asked.hits === 0 && !t.signal.aborted) await sleep(5);
  // A connection closed in one direction could have a caller that still reads.
  caller.socket.resetAndDestroy();
  await broken;
  while (!printed.includes("The client has disconnected") && !t.signal.aborted) await sleep(5);
  await sleep(1_000);
  assert.deepEqual(await consul.list(west), [], "it would have continued with establish");
  assert.equal((await call("POST", "/link")).status, 200, "and the next call links them");
});

test("no secret is in what the worker prints", () => {
  assert.ok(printed.length > 0);
  for (const secret of [key, ...secrets]) assert.ok(!printed.includes(secret));
});
