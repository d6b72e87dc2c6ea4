// The cache of verdicts: an entry is valid until the data that it depends on changes, or until it is too old.
import assert from "node:assert/strict";
import { test } from "node:test";
import { health } from "../../pkg/node.js";
import { Verdicts } from "../../www/peering/verdicts.js";

const NOW = Date.parse("2026-01-01T12:00:00Z");
const MINUTE = 60_000;
const NOT_LONG = () => 0; // a clock by which nothing takes time

const peeringOf = (more = {}) => ({
  id: "id-1",
  peer_name: "us",
  state: "ACTIVE",
  role: "acceptor",
  peer_id: null,
  peer_ca_pems: [],
  peer_server_name: null,
  peer_server_addresses: [],
  remote: { datacenter: null, partition: null, locality: null },
  stream: { imported_services: [], exported_services: [], last_heartbeat: new Date(NOW).toISOString(), last_receive: null, last_send: null }, // prettier-ignore
  modify_index: 1,
  ...more,
});
const side = (peering, more) => ({ alias: "eu", peering, ...more });

/** A cache, and the number of calls of `health`. */
function counted() {
  const counts = { asked: 0 };
  const verdicts = new Verdicts((...about) => {
    counts.asked++;
    return health(...about);
  });
  return { verdicts, counts };
}

test("a verdict is computed once while the data is equal, also in different objects", () => {
  const { verdicts, counts } = counted();
  const other = side(peeringOf({ id: "id-2", role: "dialer", peer_id: "id-1" }));
  for (let i = 0; i < 3; i++) verdicts.of(side(peeringOf()), structuredClone(other), undefined, NOW);
  assert.equal(counts.asked, 1);
  const failing = verdicts.of(side(peeringOf({ state: "FAILING" })), other, undefined, NOW);
  assert.deepEqual([failing.verdict, failing.codes, counts.asked], ["broken", ["failing"], 2]);
  const there = { ...other, peering: peeringOf({ ...other.peering, state: "FAILING" }) };
  assert.equal(verdicts.of(side(peeringOf()), there, undefined, NOW).verdict, "broken");
  assert.equal(verdicts.of(side(peeringOf()), undefined, undefined, NOW).verdict, "healthy", "not read");
  assert.deepEqual(verdicts.of(side(peeringOf()), null, undefined, NOW).codes, ["one_sided"], "does not exist");
  counts.asked = 0;
  for (const other of [undefined, null, undefined, null]) verdicts.of(side(peeringOf()), other, undefined, NOW);
  assert.equal(counts.asked, 0, "a link asks for both");
});

test("a side that is not confirmed has no verdict, and is not used for that of the other side", () => {
  const { verdicts } = counted();
  const stale = side(peeringOf({ id: "id-2", role: "dialer", peer_id: "id-1", state: "FAILING" }), { staleSince: NOW });
  assert.deepEqual(verdicts.of(stale, undefined, undefined, NOW).verdict, "unknown");
  assert.equal(verdicts.of(side(peeringOf()), stale, undefined, NOW).verdict, "healthy");
});

test("verdicts are renewed, because a heartbeat becomes too old without other changes", () => {
  const { verdicts, counts } = counted();
  const peering = peeringOf();
  const present = new Set([peering]);
  const verdict = () => verdicts.of(side(peering), undefined, undefined, NOW).verdict;
  assert.equal(verdict(), "healthy");
  assert.equal(verdicts.renew(present, NOW + 10_000, NOT_LONG), false);
  assert.equal(counts.asked, 1, "not long ago");
  assert.equal(verdicts.renew(present, NOW + MINUTE, NOT_LONG), false, "the same");
  assert.equal(counts.asked, 2);
  assert.equal(verdicts.renew(present, NOW + 5 * MINUTE, NOT_LONG), true);
  assert.equal(verdict(), "degraded");
});

test("renewing has a time budget and starts with the oldest; entries of deleted peerings are removed", () => {
  const { verdicts, counts } = counted();
  const peerings = Array.from({ length: 5 }, (_, i) => peeringOf({ id: `id-${i}` }));
  for (const peering of peerings) verdicts.of(side(peering), undefined, undefined, NOW);
  let time = 0;
  const slow = () => (time += 5);
  const present = new Set(peerings.slice(0, 4));
  const rounds = [1, 2, 3, 4, 5].map((i) => {
    counts.asked = 0;
    verdicts.renew(present, NOW + MINUTE + i, slow);
    return counts.asked;
  });
  assert.ok(rounds[0] > 0 && rounds[0] < 4, `${rounds}`);
  assert.equal(
    rounds.reduce((sum, asked) => sum + asked),
    4,
    "each once, and not the one that is gone",
  );
});
