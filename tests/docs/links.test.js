// Every link between documents, and every `#` in one, has a target; in the reference, the right one. Named tests exist.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join, normalize } from "node:path";
import { test } from "node:test";
import { anchors, documents, links, REFERENCE, ROOT } from "./documents.js";
import { read } from "./examples.js";

const paths = documents();

for (const path of paths) {
  test(path, () => {
    const broken = links(path).filter(({ target }) => !leads(path, target));
    assert.deepEqual(
      broken.map(({ target, line }) => `${path}:${line} ${target}`),
      [],
    );
  });
}

function leads(from, target) {
  if (/^[a-z]+:/.test(target)) return true; // elsewhere
  const [file, anchor] = target.split("#");
  const to = file === "" ? from : normalize(join(from, "..", file));
  if (!existsSync(join(ROOT, to))) return false;
  return anchor === undefined || anchorsOf(to).includes(anchor);
}

const known = new Map();

function anchorsOf(path) {
  if (!known.has(path)) known.set(path, anchors(path));
  return known.get(path);
}

test("every anchor of a document is unique", () => {
  for (const path of paths) {
    const named = anchorsOf(path);
    assert.deepEqual(
      named.filter((anchor, at) => named.indexOf(anchor) !== at),
      [],
      path,
    );
  }
});

test("every document is reached from the README by links", () => {
  const reached = new Set(["README.md"]);
  for (const path of reached) {
    for (const { target } of links(path)) {
      const to = normalize(join(path, "..", target.split("#")[0]));
      if (paths.includes(to)) reached.add(to);
    }
  }
  assert.deepEqual(
    paths.filter((path) => !reached.has(path)),
    [],
  );
});

// A function and an interface may differ only in case, and a link must not lead to the other one.
test("a link of the reference leads to what it names", () => {
  for (const path of paths.filter((path) => path.startsWith(REFERENCE))) {
    const text = read(path);
    for (const [, name, anchor] of text.matchAll(/\[`?([A-Za-z]+)`?\]\(#(api-[\w-]+)\)/g)) {
      if (anchor.startsWith("api-property-") || name === "delete") continue;
      const place = text.indexOf(`<a id="${anchor}"></a>`);
      const [, heading] = /#+ ([^\n(?]+)/.exec(text.slice(place));
      assert.equal(heading.replaceAll("\\", ""), name, `${path}: ${anchor}`);
    }
  }
});

/** By the letter that real-consul.md has for them. */
const NAMED_TESTS = {
  S: ["tests/node/servers.test.js", "tests/node/server-limits.test.js"],
  O: ["tests/long/outages.test.js"],
  M: ["tests/long/moments.test.js"],
};

test("the tests that real-consul.md names exist", () => {
  const rows = read("docs/reliability/real-consul.md")
    .split("\n")
    .filter((line) => line.startsWith("| "));
  const named = rows.flatMap((row) => [
    ...row
      .split("|")
      .at(-2)
      .matchAll(/\b([SOM]): (.+?)(?=; [SOM]: | *$)/g),
  ]);
  assert.ok(named.length > 20);
  const missing = named.filter(([, letter, name]) => !NAMED_TESTS[letter].some((file) => titles(file).includes(name)));
  assert.deepEqual(
    missing.map(([named]) => named),
    [],
  );
});

/** What the tests of a file are about: their titles up to the colon, before what happens. */
function titles(file) {
  const found = [...read(file).matchAll(/\btest\(\s*(["`])(.+?)\1,/g)].map(([, , title]) => title.split(":")[0]);
  return found.flatMap((title) => ["dialer", "acceptor"].map((side) => title.replace("${side}", side)));
}
