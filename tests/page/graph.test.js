// The layout of the topology's drawing, and the direction of its links. No browser.
import assert from "node:assert/strict";
import { test } from "node:test";
import { graphOf } from "../../www/topology/graph.js";
import { arrowAt, branch, curve, placer } from "../../www/topology/layout.js";
import { linkOf, meshOf, outerLink } from "./links.js";

const LETTER = 8;
const BELOW = 16;
const measure = (text) => text.length * LETTER;
const eachOf = (aliases, value) => new Map(aliases.map((alias) => [alias, value]));
const draw = (aliases, links, width, kind = "fresh", status = "") =>
  graphOf(aliases, links, { width, measure, kinds: eachOf(aliases, kind), statuses: eachOf(aliases, status) });

/** The rectangle that a node covers, with the text below it. */
function boxOf({ at: { x, y }, w, h, below }) {
  const half = Math.max(w, ...below.map(measure)) / 2;
  return { left: x - half, right: x + half, top: y - h / 2, bottom: y + h / 2 + below.length * BELOW };
}

function assertApart(nodes, width, height, what) {
  const boxes = nodes.map((node) => [node.text, boxOf(node)]);
  for (const [name, { left, right, top, bottom }] of boxes) {
    const isInside = left >= 0 && right <= width && top >= 0 && bottom <= height;
    assert.ok(isInside, `${what}: ${name} is inside ${width} × ${height}: ${[left, right, top, bottom]}`);
  }
  for (const [i, [name, a]] of boxes.entries()) {
    for (const [other, b] of boxes.slice(i + 1)) {
      const isApart = a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
      assert.ok(isApart, `${what}: ${name} and ${other} are apart: ${JSON.stringify([a, b])}`);
    }
  }
}

for (const [how, nameOf] of [
  ["short", (i) => `dc${i}`],
  ["long", (i) => `a-cluster-with-a-rather-long-name-of-its-own-in-region-${i}`],
]) {
  test(`names do not overlap and are inside of the drawing, for any number of clusters: ${how} names`, () => {
    for (const count of [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 20, 50]) {
      const aliases = Array.from({ length: count }, (_, i) => nameOf(i));
      for (const outer of [0, 1, 3, 8, 30]) {
        const outerLinks = Array.from({ length: outer }, (_, i) => outerLink(aliases[i % count], nameOf(100 + i)));
        const links = [...meshOf(aliases), ...outerLinks];
        for (const width of [288, 358, 500, 640, 760, 976, 1232]) {
          for (const [kind, status] of [
            ["fresh", ""],
            ["unknown", "no response"],
          ]) {
            const { nodes, height } = draw(aliases, links, width, kind, status);
            assertApart(nodes, width, height, `${count} clusters, ${outer} others, ${width} wide, ${kind}`);
          }
        }
      }
    }
  });
}

test("a name that is too long is shortened in the middle, and complete in the tooltip", () => {
  const aliases = ["eu-central-production-blue", "eu-central-production-green", "us"];
  const { nodes } = draw(aliases, meshOf(aliases), 288);
  assert.deepEqual(
    nodes.map(({ text }) => text),
    aliases,
  );
  const [blue, green, us] = nodes.map(({ label }) => label);
  assert.match(blue, /^eu-.*….*blue$/);
  assert.match(green, /^eu-.*….*green$/);
  assert.equal(us, "us");
});

test("a link points from its dialer to its acceptor, whichever of them was read", () => {
  const links = [
    linkOf("us", "eu"),
    linkOf("ap", "eu", { dialing: null, missing: "absent" }),
    outerLink("eu", "warehouse"),
    outerLink("eu", "depot", { dials: true }),
  ];
  const { edges } = draw(["eu", "us", "ap"], links, 976);
  const [, , warehouse, depot] = links.map(({ key }) => key);
  assert.deepEqual(
    edges.map(({ from, to }) => [from, to]),
    [["us", "eu"], ["ap", "eu"], [warehouse, "eu"], ["eu", depot]], // prettier-ignore
  );
  const star = draw(["eu"], links.slice(2), 976).edges.map(({ from, to }) => [from, to]);
  assert.deepEqual(star, [[warehouse, "eu"], ["eu", depot]]); // prettier-ignore
});

test("an arrow is outside of the node that it points to", () => {
  const [from, to] = [{ x: 100, y: 100 }, { x: 500, y: 100 }]; // prettier-ignore
  const box = { ...to, w: 120, h: 36 };
  const into = arrowAt(curve(from, to, { x: 300, y: 100 }), [box]);
  assert.ok(into.x < to.x - box.w / 2 && into.x > to.x - box.w / 2 - 20, `${into.x}`);
  assert.equal(Math.round(into.angle), 0);
  const out = arrowAt(branch(from, to, true), [box], true);
  assert.ok(out.x < to.x - box.w / 2, `${out.x}`);
  assert.equal(Math.round(out.angle), 180);
});

test("an arrow from below a node is outside of the text there", () => {
  const [from, to] = [{ x: 100, y: 400 }, { x: 100, y: 100 }]; // prettier-ignore
  const [own, below] = [{ ...to, w: 120, h: 36 }, { x: 100, y: 126, w: 90, h: BELOW }]; // prettier-ignore
  const line = curve(from, to, { x: 100, y: 250 });
  const alone = arrowAt(line, [own]);
  assert.ok(Math.abs(alone.y - below.y) < below.h, "it would be covered");
  const clear = arrowAt(line, [own, below]);
  assert.ok(clear.y > below.y + below.h / 2 && clear.y < below.y + below.h / 2 + 20, `${clear.y}`);
});

test("a sign avoids other lines if possible", () => {
  const line = curve({ x: 0, y: 0 }, { x: 400, y: 0 }, { x: 200, y: 0 });
  const across = [{ x: 200, y: 0 }];
  assert.equal(placer().place(line, 60, 20).x, 200);
  assert.notEqual(placer().place(line, 60, 20, { others: across }).x, 200);
});

test("of many peers, the most urgent are drawn and the rest are counted", () => {
  const crowd = Array.from({ length: 200 }, (_, i) => outerLink("hub", `peer-${i}`, { state: i === 150 ? "FAILING" : "ACTIVE" })); // prettier-ignore
  const { nodes, edges } = draw(["hub"], crowd, 1200);
  assert.equal(edges[0].link.state, "FAILING");
  assert.equal(nodes.at(-1).text, `${200 - edges.length} more`);
});

test("peers that do not fit next to a ring are counted below their cluster", () => {
  const links = [linkOf("us", "eu"), outerLink("eu", "warehouse"), outerLink("eu", "depot")];
  const below = ({ nodes }) => Object.fromEntries(nodes.map(({ text, below }) => [text, below]));
  assert.deepEqual(below(draw(["eu", "us"], links, 400)), { eu: ["and 2 others"], us: [] });
  assert.deepEqual(below(draw(["eu", "us"], links, 976)), { eu: [], us: [], warehouse: [], depot: [] });
});
