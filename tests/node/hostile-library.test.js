// The package's functions against a server that sends arbitrary data: every call settles within its timeout, with a
// peering as the types describe it or with a PeeringError, and nothing is thrown that no caller can catch.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as api from "../../pkg/node.js";
import { consul } from "../hostile/consul.js";
import { fields, filledWith, peering, texts, times, values, withField } from "../hostile/peerings.js";
import { response, responses } from "../hostile/responses.js";
import { startHostile } from "../hostile/server.js";
import { aclToken, peeringToken } from "./secrets.js";

const { isPeeringError } = api;
const ACL = aclToken("7c1d9a52-0000-4c8e-9d3a-acacacacacac");
const TOKEN = peeringToken(
  Buffer.from(
    JSON.stringify({
      CA: null,
      ServerAddresses: ["10.0.0.1:8503"],
      ServerName: peering.PeerServerName,
      PeerID: peering.PeerID,
      EstablishmentSecret: aclToken("99999999-5ec2-e700-0000-abcdefabcdef"),
    }),
  ).toString("base64"),
);
const TIMEOUT_MS = 400;

/** Each function that sends requests, as `call(cluster, options)`. */
const CALLS = {
  list: (cluster, options) => api.list(cluster, options),
  read: (cluster, options) => api.read(cluster, "us", options),
  establish: (cluster, options) => api.establish(cluster, { peer_name: "us", peering_token: TOKEN }, options),
  generateToken: (cluster, options) => api.generateToken(cluster, { peer_name: "us" }, options),
  remove: (cluster, options) => api.remove(cluster, "us", options),
  permissions: (cluster, options) => api.permissions(cluster, options),
  wait: (cluster, options) => api.wait(cluster, "us", "TERMINATED", options),
  connect: (cluster, options) => api.connect({ cluster, peer_name: "us" }, { cluster, peer_name: "eu" }, options),
  mesh: (cluster, options) => api.mesh({ eu: cluster, us: cluster }, options),
  watch: async (cluster, { timeout }) => {
    for await (const observed of api.watch(cluster, { signal: AbortSignal.timeout(timeout) })) return observed;
  },
};

async function withServer(t, respond) {
  const server = await startHostile(respond);
  t.after(() => server.close());
  return { address: server.address, token: ACL };
}

/** The result of a call. An error must be one of the package's or the timeout's, and contain no secret. */
async function outcome(call, cluster) {
  try {
    return { value: await call(cluster, { timeout: TIMEOUT_MS }) };
  } catch (error) {
    assert.ok(isPeeringError(error) || error.name === "TimeoutError", String(error.stack));
    const shown = `${error.stack} ${JSON.stringify(error)}`;
    for (const secret of [ACL, TOKEN]) assert.ok(!shown.includes(secret), "a secret is shown");
    return { error };
  }
}

const isText = (value) => typeof value === "string";
const isTextOrNull = (value) => value === null || isText(value);
const isTimeOrNull = (value) => value === null || !Number.isNaN(Date.parse(value));
const isIndex = (value) => Number.isSafeInteger(value) && value >= 0;
const areTexts = (value) => Array.isArray(value) && value.every(isText);
const isLocality = (value) => value === null || (isText(value.region) && isText(value.zone));
const SHAPE = {
  id: isText,
  peer_name: isText,
  state: isText,
  role: (value) => ["dialer", "acceptor"].includes(value),
  deleted_at: isTimeOrNull,
  meta: (value) => Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isText),
  peer_id: isTextOrNull,
  peer_ca_pems: areTexts,
  peer_server_name: isTextOrNull,
  peer_server_addresses: areTexts,
  partition: isTextOrNull,
  remote: { datacenter: isTextOrNull, partition: isTextOrNull, locality: isLocality },
  stream: {
    imported_services: areTexts,
    exported_services: areTexts,
    last_heartbeat: isTimeOrNull,
    last_receive: isTimeOrNull,
    last_send: isTimeOrNull,
  },
  create_index: isIndex,
  modify_index: isIndex,
};

/** Checks that a peering is as index.d.ts describes it. */
function fits(found, shape = SHAPE, path = "peering") {
  assert.deepEqual(Object.keys(found), Object.keys(shape), path);
  for (const [key, rule] of Object.entries(shape)) {
    if (typeof rule !== "function") fits(found[key], rule, `${path}.${key}`);
    else assert.ok(rule(found[key]), `${path}.${key} is ${JSON.stringify(found[key])?.slice(0, 100)}`);
  }
}

describe("a response that Consul never sends", { concurrency: 8 }, () => {
  for (const [title, respond] of Object.entries(responses)) {
    test(title, async (t) => {
      const cluster = await withServer(t, respond);
      for (const [name, call] of Object.entries(CALLS)) {
        const { value, error } = await outcome(call, cluster);
        if (error || name === "mesh") continue; // its result has the error of each pair
        assert.ok(value === null || Array.isArray(value) || name === "remove", `${name}: ${JSON.stringify(value)}`);
      }
    });
  }
});

describe("a peering with unusual values", () => {
  for (const [title, value] of Object.entries(texts)) {
    test(`${title} in every field`, async (t) => {
      const odd = filledWith(value, "us");
      const cluster = await withServer(t, consul({ peerings: [filledWith(value), odd], peering: odd }));
      for (const found of [...(await api.list(cluster)), await api.read(cluster, "us")]) {
        fits(found);
        assert.equal(found.deleted_at, null);
        const { last_heartbeat, last_receive, last_send } = found.stream;
        assert.deepEqual([last_heartbeat, last_receive, last_send], [null, null, null]);
        assert.ok(isText(api.health(found).verdict));
      }
      for (const call of Object.values(CALLS)) await outcome(call, cluster);
    });
  }

  for (const [title, value] of Object.entries(values)) {
    test(`${title} in each field by itself`, async (t) => {
      for (const field of fields) {
        const odd = withField(field, value);
        const cluster = await withServer(t, consul({ peerings: [odd], peering: odd }));
        const { value: found, error } = await outcome(CALLS.list, cluster);
        if (["ID", "Name", "State"].includes(field)) assert.equal(error?.code, "unexpected_answer", field);
        else fits(found[0]);
        assert.equal((await outcome(CALLS.read, cluster)).error?.code, error?.code, field);
      }
      assert.equal({}.polluted, undefined);
    });
  }

  test("an invalid time is null, and not a deletion", async (t) => {
    const never = ["", "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z"];
    for (const time of [...times, ...never, ...Object.values(values), ...Object.values(texts)]) {
      const odd = filledWith("ACTIVE", "us");
      Object.assign(odd, { DeletedAt: time, StreamStatus: { LastHeartbeat: time, LastReceive: time, LastSend: time } });
      const cluster = await withServer(t, consul({ peerings: [odd], peering: odd }));
      const [found] = await api.list(cluster);
      assert.deepEqual([found.deleted_at, found.state], [null, "ACTIVE"]);
      assert.deepEqual(Object.values(found.stream).slice(2), [null, null, null]);
      // The module's own reader decides the same: a DELETING peering would be waited for.
      const states = [];
      const onProgress = ({ state }) => states.push(state);
      await api.wait(cluster, "us", () => true, { onProgress });
      assert.deepEqual(states.filter(Boolean), ["ACTIVE"]);
    }
  });

  test("a time is kept as Consul wrote it", async (t) => {
    for (const time of ["2026-11-24T05:58:13Z", "2028-02-29T23:59:59.1Z", "9999-12-31T00:00:00.123456789Z"]) {
      const odd = { ...peering, StreamStatus: { LastHeartbeat: time }, DeletedAt: time };
      const cluster = await withServer(t, consul({ peerings: [odd], peering: odd }));
      const [found] = await api.list(cluster);
      assert.deepEqual([found.deleted_at, found.stream.last_heartbeat, found.state], [time, time, "DELETING"]);
    }
  });
});

test("a server whose index changes at once is not read in a tight loop", async (t) => {
  for (const modify_index of [7, 0]) {
    let index = 10;
    const raw = { ...peering, ModifyIndex: modify_index };
    const respond = () => [response("200 OK", JSON.stringify([raw]), [`X-Consul-Index: ${index++}`])];
    const one = () => [response("200 OK", JSON.stringify(raw), [`X-Consul-Index: ${index++}`])];
    for (const [ref, answer] of [
      [undefined, respond],
      ["us", one],
    ]) {
      const server = await startHostile(answer);
      t.after(() => server.close());
      const began = performance.now();
      const controller = new AbortController();
      const watching = (async () => {
        for await (const _ of api.watch(server.address, ref, { interval: 600_000, signal: controller.signal }));
      })();
      while (server.requests.length < 3) await new Promise(setImmediate);
      controller.abort("enough");
      await watching.catch(() => {});
      const elapsed = performance.now() - began;
      assert.ok(server.requests.length <= elapsed / 250 + 2, `${server.requests.length} reads in ${elapsed} ms`);
    }
  }
});
