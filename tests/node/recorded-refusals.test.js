// Recorded refusals of real Consul servers, passed to the package by a cluster's fetch: each becomes its PeeringError.
// tests/recordings/codes.json has the code of each; the native tests compare it with the rules too.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import * as peerings from "../../pkg/node.js";
import "./virtual-time.js";
import { VERSIONS, cluster, exchanges, json, raws, readJson } from "./recordings.js";
import { peeringToken } from "./secrets.js";

const PEERING_TOKEN = peeringToken(
  JSON.parse(exchanges.find(({ request, status }) => request.path === "/v1/peering/token" && status === 200).body)
    .PeeringToken,
);
const { EstablishmentSecret } = JSON.parse(Buffer.from(PEERING_TOKEN, "base64"));

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
  for (const { name, answers, run } of OPERATIONS) {
    test(`${name} rejects with the code, a hint and no secret`, async () => {
      assert.ok(refusals.length > 100, `${refusals.length} refusals`);
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
