// Recorded peerings of real Consul servers, passed to the package by a cluster's fetch: each is returned as documented.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import * as peerings from "../../pkg/node.js";
import { peering as toPeering, peerings as toPeerings } from "../../src/js/peering.js";
import "./virtual-time.js";
import { cluster, exchanges, json, raws, readJson } from "./recordings.js";

/** The documented keys of an interface, in their order, those of nested objects as `outer.inner`. */
function documentedKeys(name) {
  const types = readFileSync(new URL("../../pkg/index.d.ts", import.meta.url), "utf8");
  const [, body] = types.match(new RegExp(`export interface ${name} \\{\n([^]*?)\n\\}`));
  const keys = [];
  let outer;
  for (const [, indent, key] of body.matchAll(/^( +)(\w+)\??: /gm)) {
    if (indent.length === 2) outer = key;
    keys.push(indent.length === 2 ? key : `${outer}.${key}`);
  }
  return keys;
}

const keysOf = (object) =>
  Object.entries(object).flatMap(([key, value]) =>
    ["remote", "stream"].includes(key) ? [key, ...Object.keys(value).map((inner) => `${key}.${inner}`)] : [key],
  );

/** The package's peering, computed from Consul's without the package. */
function expected(raw) {
  const text = (value) => value || null;
  const time = (value) => (value === "0001-01-01T00:00:00Z" ? null : text(value)); // of a stream that has only begun
  const list = (value) => value || [];
  const stream = raw.StreamStatus;
  const locality = raw.Remote.Locality;
  return {
    id: raw.ID,
    peer_name: raw.Name,
    state: raw.DeletedAt ? "DELETING" : raw.State,
    role: raw.PeerID || raw.PeerServerAddresses ? "dialer" : "acceptor",
    deleted_at: text(raw.DeletedAt),
    meta: raw.Meta || {},
    peer_id: text(raw.PeerID),
    peer_ca_pems: list(raw.PeerCAPems),
    peer_server_name: text(raw.PeerServerName),
    peer_server_addresses: list(raw.PeerServerAddresses),
    partition: text(raw.Partition),
    remote: {
      datacenter: text(raw.Remote.Datacenter),
      partition: text(raw.Remote.Partition),
      locality: locality ? { region: locality.Region, zone: locality.Zone } : null,
    },
    stream: {
      imported_services: list(stream.ImportedServices),
      exported_services: list(stream.ExportedServices),
      last_heartbeat: time(stream.LastHeartbeat),
      last_receive: time(stream.LastReceive),
      last_send: time(stream.LastSend),
    },
    create_index: raw.CreateIndex,
    modify_index: raw.ModifyIndex,
  };
}

/** Equal in values, types, prototypes and in the order of keys, and plain data. */
function assertPeering(actual, wanted, message) {
  assert.deepStrictEqual(actual, wanted, message);
  assert.equal(JSON.stringify(actual), JSON.stringify(wanted), `${message}: the order of keys`);
  assert.deepStrictEqual(keysOf(actual), documentedKeys("Peering"), message);
  assert.deepStrictEqual(structuredClone(actual), actual, message);
}

describe("peerings", () => {
  test("converts the cases that other hosts convert too", () => {
    const cases = readJson("../peerings.json");
    // As text, so that the order of the members is the same too.
    for (const { what, raw, peering } of cases.peerings)
      assert.equal(JSON.stringify(toPeering(raw) ?? null), JSON.stringify(peering), what);
    for (const { raw, error } of cases.lists) assert.equal(toPeerings(raw), error);
  });

  test("read: returns each recorded peering as documented", async () => {
    assert.ok(raws.length > 150, `${raws.length} peerings`);
    assert.deepEqual([...new Set(raws.map(({ raw }) => expected(raw).state))].sort(), [
      "ACTIVE",
      "DELETING",
      "ESTABLISHING",
      "FAILING",
      "PENDING",
      "TERMINATED",
    ]);
    for (const { at, raw } of raws) {
      const answers = cluster({ "GET /v1/peering/x": json(raw) });
      assertPeering(await peerings.read(answers.cluster, "x"), expected(raw), at);
      assert.equal(answers.observed.length, 1);
    }
  });

  test("list: returns each recorded list, and a list of all", async () => {
    const lists = exchanges.filter(
      ({ request, status }) => request.method === "GET" && /^\/v1\/peerings($|\?)/.test(request.path) && status === 200,
    );
    assert.ok(lists.some(({ body }) => JSON.parse(body).length === 0));
    const all = { at: "all of them", body: JSON.stringify(raws.map(({ raw }) => raw)) };
    for (const { at, body } of [...lists, all]) {
      const wanted = JSON.parse(body).map(expected);
      const actual = await peerings.list(cluster({ "GET /v1/peerings": [200, body] }).cluster);
      assert.ok(Array.isArray(actual) && actual.length === wanted.length, at);
      actual.forEach((peering, index) => assertPeering(peering, wanted[index], at));
    }
  });

  test("those of older servers", async () => {
    const cases = ["1.13", "1.14"].flatMap((version) => readJson(`older/${version}.json`).peerings);
    assert.equal(cases.length, 8);
    for (const { why, answer, expected: wanted } of cases) {
      assertPeering(await peerings.read(cluster({ "GET /v1/peering/x": json(answer) }).cluster, "x"), wanted, why);
    }
    const list = await peerings.list(cluster({ "GET /v1/peerings": json(cases.map(({ answer }) => answer)) }).cluster);
    list.forEach((peering, index) => assertPeering(peering, cases[index].expected, cases[index].why));
  });

  test("a region and a zone, which servers report since 1.16", async () => {
    const raw = { ...raws[0].raw, Remote: { Partition: "", Datacenter: "eu", Locality: { Region: "r", Zone: "z" } } };
    const read = (raw) => peerings.read(cluster({ "GET /v1/peering/x": json(raw) }).cluster, "x");
    assertPeering(await read(raw), expected(raw), "locality");
  });

  test("either of a peer's id and its addresses makes a dialer", async () => {
    const acceptor = raws.find(({ raw }) => expected(raw).role === "acceptor").raw;
    for (const more of [{ PeerID: "1" }, { PeerServerAddresses: ["10.0.0.1:8503"] }]) {
      const raw = { ...acceptor, ...more };
      const peering = await peerings.read(cluster({ "GET /v1/peering/x": json(raw) }).cluster, "x");
      assertPeering(peering, { ...expected(raw), role: "dialer" }, JSON.stringify(more));
    }
  });

  test("another response than a peering is unexpected_answer", async () => {
    for (const raw of [{}, [], null, "", 7, { ID: "1", Name: "x" }]) {
      const one = peerings.read(cluster({ "GET /v1/peering/x": json(raw) }).cluster, "x");
      await assert.rejects(one, { name: "PeeringError", code: "unexpected_answer" }, JSON.stringify(raw));
      const all = peerings.list(cluster({ "GET /v1/peerings": json([raws[0].raw, raw]) }).cluster);
      await assert.rejects(all, { name: "PeeringError", code: "unexpected_answer" }, JSON.stringify(raw));
    }
  });
});
