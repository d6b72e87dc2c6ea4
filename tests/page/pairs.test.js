// The cells of the matrix and the summary above it. No browser.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pairsOf } from "../../www/matrix/pairs.js";
import { texts } from "../../www/matrix/texts.js";
import { linkOf, outerLink } from "./links.js";

/** The verdict on one side, by its state. */
const VERDICTS = {
  ACTIVE: "healthy",
  FAILING: "broken",
  TERMINATED: "broken",
  PENDING: "starting",
  Unknown: "unknown",
};
const evaluate = ({ state }) => ({ verdict: VERDICTS[state], reasons: [] });

function pairs(kinds, links) {
  const work = pairsOf(new Map(Object.entries(kinds)), links, evaluate);
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}
const FRESH = { eu: "fresh", us: "fresh", ap: "fresh" };
const summary = ({ kind, directions, isOneSided }) => [
  kind,
  directions.map(({ side, verdict }) => `${side.alias} ${side.state} ${verdict}`),
  isOneSided,
];

test("each direction has the state and the verdict of its own cluster", () => {
  const { cell } = pairs(FRESH, [linkOf("us", "eu", { dialing: "FAILING", verdict: "broken" })]);
  assert.deepEqual(summary(cell("us", "eu")), ["link", ["us FAILING broken"], false]);
  assert.deepEqual(summary(cell("eu", "us")), ["link", ["eu ACTIVE healthy"], false]);
  assert.deepEqual(summary(cell("eu", "eu")), ["self", [], false]);
});

test("several links between two clusters: the worst is first", () => {
  const links = [
    linkOf("us", "eu"),
    linkOf("us", "eu", { accepting: "PENDING", dialing: "TERMINATED", verdict: "broken" }),
  ];
  const { cell } = pairs(FRESH, links);
  assert.deepEqual(summary(cell("us", "eu"))[1], ["us TERMINATED broken", "us ACTIVE healthy"]);
  assert.deepEqual(summary(cell("eu", "us"))[1], ["eu PENDING starting", "eu ACTIVE healthy"]);
});

test("a missing link differs from an unknown one and from a one-sided one", () => {
  const oneSided = linkOf("us", "eu", { dialing: null, accepting: "TERMINATED", missing: "absent", verdict: "broken" });
  const all = pairs(FRESH, [oneSided]);
  assert.deepEqual(summary(all.cell("us", "eu")), ["missing", [], true]);
  assert.deepEqual(summary(all.cell("eu", "us")), ["link", ["eu TERMINATED broken"], false]);
  assert.deepEqual(summary(all.cell("ap", "eu")), ["missing", [], false]);
  for (const kind of ["stale", "unknown", "denied"]) {
    const { cell } = pairs({ ...FRESH, us: kind }, [oneSided]);
    assert.equal(cell("us", "eu").kind, "unread", kind);
    assert.equal(cell("us", "ap").kind, "unread", kind);
    assert.equal(cell("ap", "us").kind, "unread", kind);
  }
});

test("clusters are sorted by the number of their unhealthy links, or by name", () => {
  const kinds = { dc1: "fresh", dc2: "fresh", dc10: "fresh", dc3: "fresh" };
  const { sorted } = pairs(kinds, [
    linkOf("dc3", "dc10", { dialing: "FAILING", verdict: "broken" }),
    linkOf("dc2", "dc10", { dialing: "FAILING", verdict: "degraded" }),
    linkOf("dc1", "dc2"),
  ]);
  assert.deepEqual(sorted("name"), ["dc1", "dc2", "dc3", "dc10"]);
  assert.deepEqual(sorted("unhealthy"), ["dc10", "dc3", "dc2", "dc1"]);
});

test("each link is counted once by its verdict; pairs without a link are counted as well", () => {
  const { totals } = pairs({ ...FRESH, sa: "denied" }, [
    linkOf("us", "eu"),
    linkOf("us", "sa", { accepting: null, missing: "denied", verdict: "unknown" }),
    outerLink("ap", "warehouse", { state: "PENDING", verdict: "starting" }),
    outerLink("ap", "depot", { state: "FAILING", verdict: "broken" }),
  ]);
  const { links, healthy, unhealthy, changing, unconfirmed, outside, missing, unread } = totals;
  assert.deepEqual({ links, outside }, { links: 4, outside: 2 });
  assert.deepEqual([healthy, unhealthy, changing, unconfirmed], [1, 1, 1, 1]);
  assert.deepEqual({ missing, unread }, { missing: 2, unread: 2 });
  assert.equal(
    texts.summary(totals),
    "4 links: 1 healthy, 1 unhealthy, 1 starting or ending, and 1 not confirmed. 2 of them are with clusters that are not on this page. 2 pairs of clusters without a link. 2 pairs unknown.",
  );
  assert.equal(texts.summary(pairs(FRESH, []).totals), "0 links. 3 pairs of clusters without a link.");
});
