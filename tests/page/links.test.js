// Pairing peerings into links, and the data of each link. Verdicts are those of the package.
import assert from "node:assert/strict";
import { test } from "node:test";
import { health } from "../../pkg/node.js";
import { linksOf, otherSide, otherSides, verdictOn } from "../../www/clusters/links.js";

const NOW = Date.parse("2026-01-01T12:00:00Z");
const PEM = "a certificate";
let made = 0;

const fresh = (alias, identity) => ({ alias, freshness: { kind: "fresh", readAt: NOW }, identity });
const cluster = (alias, kind, readAt) => ({ alias, freshness: { kind, readAt } });
const identity = (datacenter) => ({ datacenter, trust_domain: `${datacenter}-domain.consul` });
const serverName = (datacenter) => `server.${datacenter}.peering.${datacenter}-domain.consul`;

/** A peering on a cluster, as `read` returns it. */
function side(alias, peer_name, { staleSince, imported = [], exported = [], datacenter = null, ...more } = {}) {
  const role = more.peer_id ? "dialer" : "acceptor";
  const peering = {
    id: `id-${++made}`,
    peer_name,
    state: "ACTIVE",
    role,
    deleted_at: null,
    meta: {},
    peer_id: null,
    peer_ca_pems: [],
    peer_server_name: role === "dialer" ? "server.other.peering.other.consul" : null,
    peer_server_addresses: [],
    remote: { datacenter, partition: null, locality: null },
    stream: {
      imported_services: imported,
      exported_services: exported,
      last_heartbeat: new Date(NOW).toISOString(),
      last_receive: new Date(NOW - 60_000).toISOString(),
      last_send: new Date(NOW - 60_000).toISOString(),
    },
    modify_index: 1,
    ...more,
  };
  return { alias, peering, staleSince };
}

/** The two sides of one link. */
function pair(acceptor, dialer, { accepting, dialing } = {}) {
  const a = side(acceptor, dialer, { peer_ca_pems: [PEM], ...accepting });
  return [a, side(dialer, acceptor, { peer_id: a.peering.id, ...dialing })];
}

/** Evaluates like the page: by the data that is confirmed now. */
function evaluate({ peering, staleSince }, other, otherCluster) {
  if (staleSince !== undefined) return { verdict: "unknown", reasons: [] };
  const there = other && (other.staleSince === undefined ? other.peering : undefined);
  const { checks, ...evaluation } = health(peering, { now: new Date(NOW), other: there, otherCluster });
  return { ...evaluation, codes: checks.map(({ code }) => code) };
}
const links = (sides, ...clusters) => linksOf(sides, clusters, evaluate);
const only = (sides, ...clusters) => {
  const found = links(sides, ...clusters);
  assert.equal(found.length, 1);
  return found[0];
};

test("two peerings form a link if and only if the dialer has the acceptor's id", () => {
  const [acceptor, dialer] = pair("eu", "us", { dialing: { state: "FAILING" } });
  const unrelated = side("eu", "far", { state: "PENDING" });
  const all = [dialer, acceptor, unrelated];
  assert.equal(otherSide(all, acceptor), dialer);
  assert.equal(otherSide(all, dialer), acceptor);
  assert.equal(otherSide(all, unrelated), undefined);
  assert.deepEqual([...otherSides(all)], [[acceptor, dialer], [dialer, acceptor]]); // prettier-ignore
  const [link, other, ...more] = links(all, fresh("eu"), fresh("us"));
  assert.deepEqual(
    [link.acceptor.alias, link.acceptor.peering, link.acceptor.state],
    ["eu", acceptor.peering, "ACTIVE"],
  );
  assert.deepEqual([link.dialer.alias, link.dialer.peering, link.dialer.state], ["us", dialer.peering, "FAILING"]);
  assert.deepEqual([link.missing, link.state, link.verdict], [null, "FAILING", "broken"]);
  assert.deepEqual(
    [other.acceptor.peering, other.dialer.peering, other.missing],
    [unrelated.peering, null, "elsewhere"],
  );
  assert.deepEqual(more, []);
});

test("a full mesh of twelve clusters has 66 links, each with a unique key that does not depend on its dialer", () => {
  const aliases = Array.from({ length: 12 }, (_, i) => `dc${i}`);
  const sides = aliases.flatMap((a, i) => aliases.slice(i + 1).flatMap((b) => pair(a, b)));
  assert.equal(sides.length, 132);
  const found = links(sides, ...aliases.map((alias) => fresh(alias)));
  assert.equal(found.length, 66);
  assert.equal(new Set(found.map(({ key }) => key)).size, 66);
  const without = sides.filter(({ peering }) => peering.role === "acceptor");
  assert.deepEqual(links(without, ...aliases.map((alias) => fresh(alias))).map(({ key }) => key), found.map(({ key }) => key)); // prettier-ignore
});

test("a cluster with two aliases has each of its links under both", () => {
  const [acceptor, dialer] = pair("eu", "us");
  const found = links([acceptor, dialer, { ...acceptor, alias: "europe" }], fresh("eu"), fresh("us"), fresh("europe"));
  assert.deepEqual(found.map(({ acceptor, dialer }) => [dialer.alias, acceptor.alias]), [["us", "eu"], ["us", "europe"]]); // prettier-ignore
  assert.equal(new Set(found.map(({ key }) => key)).size, 2);
  const twice = links([acceptor, dialer, { ...dialer, alias: "usa" }], fresh("eu"), fresh("us"), fresh("usa"));
  assert.equal(new Set(twice.map(({ key }) => key)).size, 2);
});

test("the verdict on a link is the worst of its sides; unknown if a side is not confirmed, unless the other is worse", () => {
  const of = (kind, ...verdicts) => verdictOn(verdicts.map((verdict) => ({ verdict })), { kind }); // prettier-ignore
  assert.equal(of("fresh", "healthy", "healthy"), "healthy");
  assert.equal(of("fresh", "healthy", "starting"), "starting");
  assert.equal(of("fresh", "degraded", "ending"), "degraded");
  assert.equal(of("fresh", "ending", "broken"), "broken");
  assert.equal(of("fresh", "healthy"), "healthy");
  for (const kind of ["stale", "denied", "unknown"]) {
    assert.equal(of(kind, "healthy", "unknown"), "unknown", kind);
    assert.equal(of(kind, "starting"), "unknown", kind);
    assert.equal(of(kind, "degraded", "unknown"), "degraded", kind);
    assert.equal(of(kind, "broken", "unknown"), "broken", kind);
  }
});

test("a link has the reasons of both sides, each with its cluster", () => {
  const sides = pair("eu", "us", { accepting: { exported: ["billing"] }, dialing: { state: "FAILING" } });
  const { reasons, verdict } = only(sides, fresh("eu"), fresh("us"));
  assert.equal(verdict, "broken");
  assert.deepEqual(reasons.map(({ alias, text }) => [alias, text.split(":")[0].split(",")[0]]), [["eu", "ACTIVE here"], ["us", "FAILING"]]); // prettier-ignore
});

test("a link is as stale as its stalest side, since the earliest read of a side that is not confirmed", () => {
  const of = (times, ...clusters) => only(pair("eu", "us", { accepting: { staleSince: times[0] }, dialing: { staleSince: times[1] } }), ...clusters); // prettier-ignore
  assert.deepEqual(of([], fresh("eu"), fresh("us")).freshness, { kind: "fresh", readAt: undefined });
  const one = of([undefined, NOW - 5], fresh("eu"), cluster("us", "stale", NOW - 5));
  assert.deepEqual(one.freshness, { kind: "stale", readAt: NOW - 5 });
  assert.deepEqual([one.acceptor.state, one.dialer.state], ["ACTIVE", "Unknown"]);
  assert.deepEqual([one.state, one.verdict], ["Unknown", "unknown"]);
  const both = of([NOW - 9, NOW - 5], cluster("eu", "stale", NOW - 9), cluster("us", "denied", NOW - 5));
  assert.deepEqual(both.freshness, { kind: "denied", readAt: NOW - 9 });
});

test("a link with one peering has the cluster of the missing side and the reason", () => {
  const why = (sides, ...clusters) => {
    const { missing, acceptor, dialer, verdict } = only(sides, ...clusters);
    return [missing, (acceptor.peering ? dialer : acceptor).alias, verdict];
  };
  const [acceptor, dialer] = pair("eu", "us", { dialing: { peer_server_name: serverName("eu") } });
  assert.deepEqual(why([acceptor], fresh("eu")), ["elsewhere", null, "healthy"]);
  assert.deepEqual(why([acceptor], fresh("eu"), fresh("us")), ["absent", "us", "broken"]);
  assert.deepEqual(why([dialer], fresh("eu", identity("eu")), fresh("us")), ["absent", "eu", "broken"]);
  assert.deepEqual(why([acceptor], fresh("eu"), cluster("us", "unknown")), ["unread", "us", "unknown"]);
  const failing = (isSilent) => ({
    ...cluster("us", "unknown"),
    freshness: { kind: "unknown", failing: { since: NOW, isSilent } },
  });
  assert.deepEqual(why([acceptor], fresh("eu"), failing(true)), ["silent", "us", "unknown"]);
  assert.deepEqual(why([acceptor], fresh("eu"), failing(false)), ["error", "us", "unknown"]);
  assert.equal(only([acceptor], fresh("eu"), failing(true)).missingSince, NOW);
  assert.deepEqual(why([acceptor], fresh("eu"), cluster("us", "denied")), ["denied", "us", "unknown"]);
  assert.deepEqual(why([acceptor], fresh("eu"), cluster("us", "stale", NOW)), ["absent", "us", "unknown"]);
  const unused = side("eu", "us", { state: "PENDING" });
  assert.deepEqual(
    why([unused], fresh("eu"), fresh("us")),
    ["absent", "us", "starting"],
    "its token may be used anywhere",
  );
});

test("the cluster of a missing side is found by identity, then by peer name, then by datacenter", () => {
  const otherOf = (one, ...clusters) => {
    const { missing, acceptor, dialer } = only([one], ...clusters);
    return [missing, (acceptor.peering ? dialer : acceptor).alias];
  };
  const dialer = side("us", "europe", { peer_id: "gone", peer_server_name: serverName("eu") });
  assert.deepEqual(otherOf(dialer, fresh("a", identity("eu")), fresh("us")), ["absent", "a"]);
  const named = side("us", "b", { peer_id: "gone", peer_server_name: serverName("eu") });
  assert.deepEqual(otherOf(named, fresh("a", identity("eu")), fresh("b", identity("b")), fresh("us")), ["absent", "a"]);
  assert.deepEqual(otherOf(named, fresh("b", identity("b")), fresh("us")), ["elsewhere", null], "b is another cluster");
  assert.deepEqual(otherOf(named, fresh("b"), fresh("us")), ["absent", "b"], "the identity of b is unknown");
  const acceptor = side("eu", "america", { state: "TERMINATED", datacenter: "us", peer_ca_pems: [PEM] });
  assert.deepEqual(otherOf(acceptor, fresh("eu"), fresh("x", identity("us"))), ["absent", "x"]);
  const two = [fresh("x", identity("us")), fresh("y", identity("us"))];
  assert.deepEqual(otherOf(acceptor, fresh("eu"), ...two), ["elsewhere", null], "two have that datacenter");
});

test("the other side on a rebuilt cluster is missing, and is the reason", () => {
  const dialer = side("us", "eu", { peer_id: "gone", peer_server_name: serverName("eu") });
  const rebuilt = fresh("eu", { datacenter: "eu", trust_domain: "new-domain.consul" });
  const { missing, acceptor, verdict, reasons } = only([dialer], rebuilt, fresh("us"));
  assert.deepEqual([missing, acceptor.alias, verdict], ["absent", "eu", "broken"]);
  assert.match(reasons[0].text, /rebuilt/);
});

test("the services of a link, in each direction, come from a side that is confirmed", () => {
  const sides = (staleSince) =>
    pair("eu", "us", {
      accepting: { exported: ["billing", "tax"], imported: [], staleSince },
      dialing: { imported: ["billing"], exported: ["web"] },
    });
  const both = only(sides(), fresh("eu"), fresh("us"));
  assert.deepEqual(both.services, { toDialer: ["billing", "tax"], toAcceptor: ["web"] });
  const stale = only(sides(NOW), cluster("eu", "stale", NOW), fresh("us"));
  assert.deepEqual(stale.services, { toDialer: ["billing"], toAcceptor: ["web"] });
  const [acceptor] = sides();
  assert.deepEqual(only([acceptor], fresh("eu")).services, { toDialer: ["billing", "tax"], toAcceptor: [] });
});
