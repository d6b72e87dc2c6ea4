// Recorded responses of real Consul servers, passed to the package by a cluster's fetch: every peering is returned as
// documented, every refusal becomes its PeeringError. tests/recordings/codes.json has the code of each refusal; the
// native tests compare it with the rules too.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import * as peerings from "../../pkg/node.js";
import { peering as toPeering, peerings as toPeerings } from "../../src/js/peering.js";
import "./virtual-time.js";
import { peeringToken } from "./secrets.js";

const RECORDINGS = new URL("../recordings/", import.meta.url);
const readJson = (path) => JSON.parse(readFileSync(new URL(path, RECORDINGS), "utf8"));

const VERSIONS = ["1.19.2", "1.22.3", "1.22.7"];
const exchanges = VERSIONS.flatMap((version) =>
  readdirSync(new URL(`${version}/`, RECORDINGS)).flatMap((file) =>
    readJson(`${version}/${file}`)
      .exchanges.filter(({ request }) => request) // rows without one are polls
      .map(({ request, response }, index) => ({ at: `${version}/${file} ${index}`, request, ...response })),
  ),
);

const PEERING_TOKEN = peeringToken(
  JSON.parse(exchanges.find(({ request, status }) => request.path === "/v1/peering/token" && status === 200).body)
    .PeeringToken,
);
const { EstablishmentSecret } = JSON.parse(Buffer.from(PEERING_TOKEN, "base64"));

/** A cluster with responses by method and path; any other request is a mistake of the test. */
function cluster(answers) {
  const observed = [];
  const fetch = async (url, { method }) => {
    const call = `${method} ${new URL(url).pathname}`;
    observed.push(call);
    assert.ok(call in answers, `unexpected ${call}`);
    const [status, body] = answers[call];
    return new Response(body, { status });
  };
  return { observed, cluster: { address: "http://c", fetch } };
}

const json = (value) => [200, JSON.stringify(value)];

// --- Peerings --------------------------------------------------------------------------------------------------------

const raws = exchanges.flatMap(({ at, request, status, body }) => {
  if (request.method !== "GET" || status !== 200 || !/^\/v1\/peering(\/|s($|\?))/.test(request.path)) return [];
  return [JSON.parse(body)].flat().map((raw) => ({ at, raw }));
});

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

// --- Refusals --------------------------------------------------------------------------------------------------------

/** The peering before a refused deletion. */
const EXISTING = { ...raws.find(({ raw }) => raw.State === "PENDING").raw, Name: "x" };
const NONE = [404, 'Peering not found for "x"'];

/** Each operation, and the cluster's responses up to the refused request. */
const OPERATIONS = [
  {
    name: "read",
    answers: (refusal) => ({ "GET /v1/peering/x": refusal }),
    run: (cluster, options) => peerings.read(cluster, "x", options),
  },
  {
    name: "list",
    answers: (refusal) => ({ "GET /v1/peerings": refusal }),
    run: (cluster, options) => peerings.list(cluster, options),
  },
  {
    name: "generateToken",
    answers: (refusal) => ({ "GET /v1/peering/x": NONE, "POST /v1/peering/token": refusal }),
    run: (cluster, options) => peerings.generateToken(cluster, { peer_name: "x" }, options),
  },
  {
    name: "establish",
    answers: (refusal) => ({
      "GET /v1/peering/x": NONE,
      "GET /v1/connect/ca/roots": json({ TrustDomain: "t.consul" }),
      "GET /v1/catalog/datacenters": json(["dc1"]),
      "POST /v1/peering/establish": refusal,
    }),
    run: (cluster, options) => peerings.establish(cluster, { peer_name: "x", peering_token: PEERING_TOKEN }, options),
  },
  {
    name: "delete",
    answers: (refusal) => ({ "GET /v1/peering/x": json(EXISTING), "DELETE /v1/peering/x": refusal }),
    run: (cluster, options) => peerings.delete(cluster, "x", options),
  },
];

const MEANINGS = readJson("codes.json");
/** It sets a scene: nothing registers a service here. */
const registers = ({ method, path }) => method === "PUT" && path !== "/v1/config";

/** Every recorded refusal, once, with its row of codes.json. Redirects are refused before their text is read. */
const refusals = [
  ...new Map(
    exchanges
      .filter(({ status, request }) => status >= 400 && !registers(request))
      .map(({ at, status, body }) => [`${status} ${body}`, { at, status, body }]),
  ).values(),
].map((refusal) => {
  const rows = MEANINGS.filter(
    ({ status, text, reason = "" }) =>
      status === refusal.status &&
      (text === "" ? refusal.body === "" : refusal.body.includes(text) && refusal.body.includes(reason)),
  );
  const mixed = rows.length > 1 && rows.every(({ reason }) => reason);
  assert.ok(rows.length === 1 || mixed, `${refusal.at}: ${rows.length} rows fit ${refusal.status} ${refusal.body}`);
  const codes = new Set(rows.map(({ code }) => code));
  // Two addresses that fail for different reasons: one that may become reachable decides.
  return { ...refusal, code: codes.size === 1 ? rows[0].code : "unreachable" };
});

describe("refusals", () => {
  test("every row of codes.json was recorded", () => {
    assert.deepEqual(new Set(refusals.map(({ code }) => code)), new Set(MEANINGS.map(({ code }) => code)));
    assert.ok(refusals.length > 100, `${refusals.length} refusals`);
  });

  for (const { name, answers, run } of OPERATIONS) {
    test(`${name} rejects with the code, a hint and no secret`, async () => {
      for (const { at, status, body, code } of refusals.filter(({ code }) => code !== null)) {
        const what = `${at}: ${status} ${body.slice(0, 200)}`;
        const stub = cluster(answers([status, body]));
        const error = await run(stub.cluster).then(
          () => assert.fail(`${what}: resolved`),
          (error) => error,
        );
        assert.ok(peerings.isPeeringError(error) && error instanceof peerings.PeeringError, `${what}: ${error}`);
        const { operation, peer_name, cluster: place, findings, left_behind, hint, message } = error;
        assert.deepEqual(
          { code: error.code, status: error.status, operation, peer_name, place, findings },
          {
            code,
            status,
            operation: name,
            peer_name: name === "list" ? undefined : "x",
            place: "http://c",
            findings: [],
          },
          what,
        );
        // The request may have had an effect only if the response is not Consul's, or is empty.
        const lost = code === "unexpected_answer" || !body.trim() || body.startsWith("<");
        if (!lost) assert.deepEqual(left_behind, [], what);
        assert.match(hint, /\S.*[.)]$/, what);
        assert.ok(message.length < 600 && !message.includes('"ID"'), `${what}: ${message}`);
        for (const shown of [inspect(error), JSON.stringify(error), String(error), error.stack]) {
          assert.ok(!shown.includes(PEERING_TOKEN) && !shown.includes(EstablishmentSecret), what);
        }
      }
    });
  }

  test("a missing peering is no error", async () => {
    const absent = refusals.filter(({ code }) => code === null);
    assert.ok(absent.length > 5);
    for (const { status, body } of absent) {
      const answers = { "GET /v1/peering/x": [status, body] };
      assert.equal(await peerings.read(cluster(answers).cluster, "x"), null, body);
      assert.equal(await peerings.delete(cluster(answers).cluster, "x"), null, body);
    }
  });

  test("each reason of a failed exchange is listed once, after its addresses", async () => {
    const unreachable = refusals.filter(({ code }) => code === "unreachable" || code === "tls_failed");
    assert.ok(unreachable.length > 3);
    const { answers, run } = OPERATIONS.find(({ name }) => name === "establish");
    for (const { status, body } of unreachable) {
      const attempts = [...body.matchAll(/through address "([^"]*)": (.*)/g)];
      // The dialer's port changes each time, and what notices a reset is chance.
      const reasons = new Set(attempts.map(([, , reason]) => reason.replace(/(read|write) tcp \S+: \1: /, "")));
      await assert.rejects(run(cluster(answers([status, body])).cluster), ({ message }) => {
        for (const [, address] of attempts) assert.equal(message.split(`${address}: `).length, 2, message);
        assert.equal(message.split("; ").length, reasons.size, message);
        assert.ok(!message.includes("errors occurred") && !message.includes("rpc error"), message);
        return true;
      });
    }
  });

  test("a redirect is refused, to any target", async () => {
    const redirects = exchanges.filter(({ status }) => status >= 300 && status < 400);
    assert.equal(redirects.length, 3 * VERSIONS.length);
    for (const { status, body } of redirects) {
      for (const { name, answers, run } of OPERATIONS) {
        const stub = cluster(answers([status, body]));
        await assert.rejects(run(stub.cluster), { name: "PeeringError", code: "network", status }, name);
        const refused = Object.keys(answers(null)).at(-1);
        assert.equal(stub.observed.filter((call) => call === refused).length, 1, `${name}: ${stub.observed}`);
      }
    }
  });

  test("permissions: without ACLs, all", async () => {
    const answers = { "POST /v1/internal/acl/authorize": [401, "ACL support disabled"] };
    assert.deepEqual(await peerings.permissions(cluster(answers).cluster), { read: true, write: true });
    for (const { status, body, code } of refusals.filter(({ status }) => status === 403)) {
      const refused = peerings.permissions(cluster({ "POST /v1/internal/acl/authorize": [status, body] }).cluster);
      await assert.rejects(refused, { name: "PeeringError", code, status }, body);
    }
  });
});
