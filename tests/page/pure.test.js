// Parts of the page without a browser: search and sort order, addresses, the concurrency limit.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { causeOf, isSilent } from "../../www/clusters/failure.js";
import { PEERINGS } from "../../www/list/columns.js";
import { readQuery, select, writeQuery } from "../../www/list/filter.js";
import { ago } from "../../www/format.js";
import { limited } from "../../www/clusters/concurrency.js";
import { currentHash, hrefOf, parseHash, withQuery } from "../../www/route.js";

const NOW = Date.parse("2026-01-01T12:00:00Z");
let made = 0;

function side(alias, peer_name, more = {}) {
  const { imported = [], exported = [], heartbeat = null, datacenter = null, ...rest } = more;
  return {
    alias,
    peering: {
      id: `id-${++made}`,
      peer_name,
      state: "ACTIVE",
      role: rest.peer_id ? "dialer" : "acceptor",
      meta: {},
      peer_id: null,
      remote: { datacenter, partition: null, locality: null },
      stream: { imported_services: imported, exported_services: exported, last_heartbeat: heartbeat },
      ...rest,
    },
  };
}
const COLUMNS = Object.keys(PEERINGS.values);
const names = ({ shown }) => shown.map(({ alias, peering }) => `${alias}/${peering.peer_name}`);
const query = (change) => ({ search: "", states: new Set(), column: "name", descending: false, ...change });

test("search: every word must match a name, cluster, remote or meta", () => {
  const items = [
    side("eu", "us", { meta: { team: "payments" } }),
    side("eu", "ap", { datacenter: "tokyo" }),
    side("us", "warehouse", { state: "PENDING", meta: { team: "stock" } }),
  ];
  const found = (search) => names(select(items, query({ search }), PEERINGS));
  assert.deepEqual(found(""), ["eu/ap", "eu/us", "us/warehouse"]);
  assert.deepEqual(found("EU"), ["eu/ap", "eu/us"]);
  assert.deepEqual(found("tokyo"), ["eu/ap"]);
  assert.deepEqual(found("team=pay"), ["eu/us"]);
  assert.deepEqual(found("team pending"), ["us/warehouse"]);
  assert.deepEqual(found("tokyo payments"), []);
  assert.deepEqual(found("eu → us"), ["eu/us"], "as the list shows a link");
});

test("states: counted among the items that match the search, and filtered", () => {
  const items = [side("eu", "a"), side("eu", "b", { state: "FAILING" }), side("us", "c", { state: "FAILING" })];
  const { shown, counts } = select(items, query({ search: "eu", states: new Set(["FAILING"]) }), PEERINGS);
  assert.deepEqual(shown, [items[1]]);
  assert.deepEqual([...counts], [["ACTIVE", 1], ["FAILING", 1]]); // prettier-ignore
});

test("sort: each column, ascending and descending", () => {
  const items = [
    side("eu", "peer-10", { state: "ACTIVE", imported: ["a", "b"], heartbeat: "2026-01-01T11:00:00Z" }),
    side("us", "peer-2", { state: "FAILING", exported: ["a"], heartbeat: "2026-01-01T11:30:00Z", peer_id: "x" }),
    side("ap", "peer-1", { state: "TERMINATED", meta: { z: "1" }, datacenter: "dc" }),
  ];
  const order = (column) => select(items, query({ column }), PEERINGS).shown.map((item) => items.indexOf(item));
  assert.deepEqual(order("name"), [2, 1, 0], "numbers in names count as numbers");
  assert.deepEqual(order("state"), [1, 2, 0], "the most urgent comes first");
  assert.deepEqual(order("services"), [2, 1, 0]);
  assert.deepEqual(order("heartbeat"), [2, 0, 1]);
  assert.deepEqual(order("role"), [2, 0, 1]);
  assert.deepEqual(order("remote").at(-1), 2);
  assert.deepEqual(order("meta").at(-1), 2);
  const reversed = select(items, query({ column: "state", descending: true }), PEERINGS).shown;
  assert.deepEqual(reversed.map((item) => items.indexOf(item)), [0, 2, 1]); // prettier-ignore
});

test("addresses: any alias and peer name", () => {
  const parsed = (hash) => {
    const { query, ...route } = parseHash(hash);
    assert.equal(query.size, 0);
    return route;
  };
  for (const [alias, peer] of [
    ["eu", "us"],
    ["eu/west", "a#b"],
    ["%", "ü ?"],
    ["topology", "eu"],
  ]) {
    // prettier-ignore
    assert.deepEqual(parsed(new URL(hrefOf(alias, peer), "http://page.test/").hash), { view: "peering", alias, peer });
  }
  assert.deepEqual(parsed(hrefOf("eu")), { view: "list", alias: "eu" });
  assert.deepEqual(parsed(""), { view: "list" });
  assert.deepEqual(parsed("#topology"), { view: "topology" });
  assert.deepEqual(["#picture", "#picture?a=b", "#/picture", ""].map(currentHash), [
    "#topology",
    "#topology?a=b",
    "#/picture",
    "",
  ]);
  for (const wrong of ["#/%", "#eu", "#/eu/us/more", "#//us"]) assert.equal(parseHash(wrong).view, "unknown", wrong);
});

test("relative times use the largest unit, and steps of five seconds", () => {
  const text = (seconds) => ago(NOW - seconds * 1000, NOW);
  assert.deepEqual([0, 4, 13, 59, 61, 7200, 86_400 * 3, -86_400 * 400].map(text), [
    "now",
    "now",
    "10 seconds ago",
    "55 seconds ago",
    "1 minute ago",
    "2 hours ago",
    "3 days ago",
    "in 400 days",
  ]);
});

test("background requests: at most four reads and one permission check per origin; an aborted one leaves the queue", async () => {
  const running = { GET: 0, POST: 0 };
  const most = { GET: 0, POST: 0 };
  const ends = [];
  const send = (method, signal) =>
    limited("http://limit.test/v1/peerings", { method, signal }, async () => {
      most[method] = Math.max(most[method], ++running[method]);
      await new Promise((resolve) => ends.push(resolve));
      running[method]--;
    });
  const stop = new AbortController();
  const sent = [...Array(6)].map(() => send("GET")).concat([...Array(3)].map(() => send("POST")));
  const given = send("GET", stop.signal);
  await sleep(0);
  assert.equal(ends.length, 5);
  stop.abort(new Error("given up"));
  await assert.rejects(given, /given up/);
  await assert.rejects(send("GET", stop.signal), /given up/);
  while (ends.length) {
    ends.shift()();
    await sleep(0);
  }
  await Promise.all(sent);
  assert.deepEqual(most, { GET: 4, POST: 1 });
});

test("the query of a list is written to its address and read from it; invalid parameters have their default", () => {
  const query = { search: "a&b #?", states: new Set(["FAILING", "Unknown"]), column: "heartbeat", descending: true };
  for (const path of ["#/", "#/eu%3F"]) {
    const hash = withQuery(path, writeQuery(query));
    const parsed = parseHash(new URL(hash, "http://page.test/").hash);
    assert.equal(parsed.view, "list");
    assert.deepEqual(readQuery(parsed.query, COLUMNS), query);
    assert.equal(
      withQuery(hash, writeQuery(readQuery(new URLSearchParams(), COLUMNS))),
      path,
      "nothing if it is the default",
    );
  }
  const wrong = readQuery(new URLSearchParams("sort=what&order=x&state=QQ"), COLUMNS);
  assert.deepEqual(wrong, { search: "", states: new Set(), column: "verdict", descending: false });
});

test("the cause of a failure is determined by codes", () => {
  for (const [failure, silent, cause] of [
    [{ code: "network" }, true, "network"],
    [{ code: "timeout" }, true, "timeout"],
    [{ code: "network", cause: "ECONNREFUSED" }, true, "refused"],
    [{ code: "network", cause: "UND_ERR_SOCKET" }, true, "closed"],
    [{ code: "network", cause: "ENOTFOUND" }, true, "unknownHost"],
    [{ code: "network", cause: "TimeoutError" }, true, "timedOut"],
    [{ code: "network", cause: "EUNHEARD" }, true, "EUNHEARD"],
    [{ code: "network", cause: "redirected" }, false, "redirected"],
    [{ code: "network", cause: "too_large" }, false, "too_large"],
    [{ code: "server_error" }, false, "server_error"],
    [{ code: "not_ready" }, false, "not_ready"],
  ]) {
    assert.deepEqual([isSilent(failure), causeOf(failure)], [silent, cause], JSON.stringify(failure));
  }
});
