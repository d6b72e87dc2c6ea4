// The calls under test, and the moments at which a fault can occur: the columns of the table.
//
// For each moment: `meets` picks the requests, given those sent before; `prepare` creates the initial state and returns
// the input; `call` calls; `goal` asserts that the request is fulfilled on both clusters; `acted` checks whether Consul
// has carried out the write.

import assert from "node:assert/strict";
import * as consul from "../../pkg/node.js";
import { readToken } from "./world.js";

const READ = "GET /v1/peering/eu";
const ESTABLISH = "POST /v1/peering/establish";
const GENERATE = "POST /v1/peering/token";
const DELETE = "DELETE /v1/peering/eu";

/** A request without its body and headers, which contain secrets. */
export const line = ({ method, path }) => `${method} ${path}`;
const is = (wanted) => (request) => line(request) === wanted;
const first = (wanted) => (request, sent) => is(wanted)(request) && !sent.some(isWrite);
const after = (write) => (request, sent) => is(READ)(request) && sent.some(is(write));

/** Whether a request can change something. (A token request for `-`, which Consul always refuses, is a probe.) */
export function isWrite(request) {
  return [ESTABLISH, GENERATE, DELETE].includes(line(request)) && !request.body?.includes('"PeerName":"-"');
}

/** Asserts that a record reaches a state. */
export async function comesTo(world, side, state) {
  for (let tried = 0; ; tried++) {
    const record = (await world.records())[side];
    if (record?.State === state) return record;
    assert.ok(tried < 100, `${side} is ${record?.State}, not ${state}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A peering that `here` has dialed, ACTIVE on both sides. */
async function peered(world, Meta) {
  const PeeringToken = await world.token(world.there, "us");
  await world.raw(world.here, "POST", "/v1/peering/establish", { PeerName: "eu", PeeringToken, Meta });
  for (const side of ["here", "there"]) await comesTo(world, side, "ACTIVE");
}

const establish = {
  operation: "establish",
  prepare: async (world) => ({ peering_token: await world.token(world.there, "us") }),
  call: (cluster, { peering_token }, options) =>
    consul.establish(cluster, { peer_name: "eu", peering_token, meta: { team: "new" } }, options),
  goal: async (world, peering, { peering_token }) => {
    const { here } = await world.records();
    assert.deepEqual([peering.state, here?.State], ["ACTIVE", "ACTIVE"]);
    const there = await comesTo(world, "there", "ACTIVE"); // a moment later
    assert.deepEqual([peering.id, peering.meta], [here.ID, { team: "new" }]);
    assert.deepEqual(here.Meta, { team: "new" });
    assert.equal(here.PeerID, readToken(peering_token).PeerID);
    assert.equal(there.ID, here.PeerID);
  },
  acted: ({ here }, { peering_token }) =>
    here?.PeerID === readToken(peering_token).PeerID && here.Meta?.team === "new" && here.State !== "PENDING",
};

const renewing = {
  ...establish,
  /** If the response is lost, the token is sent a second time. */
  sendsAgain: true,
  prepare: async (world) => {
    await peered(world, { team: "old" });
    return establish.prepare(world);
  },
};

const generate = {
  operation: "generateToken",
  prepare: async () => ({}),
  call: (cluster, _, options) => consul.generateToken(cluster, { peer_name: "eu" }, options),
  /** The token works: the other cluster is peered with it. */
  goal: async (world, PeeringToken) => {
    world.keep(PeeringToken);
    const { here } = await world.records();
    assert.deepEqual([here.State, here.ID], ["PENDING", readToken(PeeringToken).PeerID]);
    await world.raw(world.there, "POST", "/v1/peering/establish", { PeerName: "us", PeeringToken });
    for (const side of ["here", "there"]) await comesTo(world, side, "ACTIVE");
  },
  acted: ({ here }) => here !== null && here.PeerID === undefined,
};

const remove = {
  operation: "delete",
  prepare: async (world) => {
    await peered(world);
    return {};
  },
  call: (cluster, _, options) => consul.remove(cluster, "eu", options),
  goal: async (world, peering, { again }) => {
    const { here } = await world.records();
    assert.equal(here, null);
    if (!again || peering !== null) assert.equal(peering.peer_name, "eu");
  },
  acted: ({ here }) => here === null || here.DeletedAt !== undefined,
};

/** A call that only reads. */
const looking = (operation, call, found, meets) => ({
  operation,
  prepare: remove.prepare,
  call,
  goal: async (world, answer) => found(answer, (await world.records()).here),
  acted: () => true,
  meets,
});

const isExisting = (peering, here) => assert.deepEqual([peering.id, peering.peer_id], [here.ID, here.PeerID]);

export const OPERATIONS = {
  establish: {
    "first read": { ...establish, meets: first(READ) },
    "identity reads": {
      ...establish,
      meets: ({ path }) => path === "/v1/connect/ca/roots" || path === "/v1/catalog/datacenters",
      width: 2,
    },
    POST: { ...establish, meets: is(ESTABLISH) },
    "POST, renewal": { ...renewing, meets: is(ESTABLISH) },
    "until ACTIVE": { ...establish, meets: after(ESTABLISH) },
  },
  generateToken: {
    "first read": { ...generate, meets: first(READ) },
    POST: { ...generate, meets: (request) => is(GENERATE)(request) && isWrite(request) },
    "POST, another token": {
      ...generate,
      prepare: async (world) => ({ first: await world.token(world.here, "eu") }),
      meets: (request) => is(GENERATE)(request) && isWrite(request),
    },
  },
  delete: {
    "first read": { ...remove, meets: first(READ) },
    DELETE: { ...remove, meets: is(DELETE) },
    "until gone": { ...remove, meets: after(DELETE) },
  },
  reads: {
    read: looking("read", (cluster, _, options) => consul.read(cluster, "eu", options), isExisting, is(READ)),
    list: looking(
      "list",
      (cluster, _, options) => consul.list(cluster, options),
      ([peering, ...more], here) => {
        isExisting(peering, here);
        assert.deepEqual(more, []);
      },
      is("GET /v1/peerings"),
    ),
    wait: looking(
      "wait",
      (cluster, _, options) => consul.wait(cluster, "eu", "ACTIVE", options),
      (peering, here) => {
        isExisting(peering, here);
        assert.deepEqual([peering.state, here.State], ["ACTIVE", "ACTIVE"]);
      },
      is(READ),
    ),
    permissions: looking(
      "permissions",
      (cluster, _, options) => consul.permissions(cluster, options),
      (permissions) => assert.deepEqual(permissions, { read: true, write: true }),
      is("POST /v1/internal/acl/authorize"),
    ),
  },
};
