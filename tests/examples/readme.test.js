// The list of examples: exactly a row, a section and a test for each folder.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { ROOT } from "../package/place.js";

const names = (matches) => [...matches].map(([, name]) => name).sort();

test("every example has a row, a section and a test", () => {
  const entries = readdirSync(`${ROOT}examples`, { withFileTypes: true });
  const folders = entries.filter((each) => each.isDirectory() && each.name !== "node_modules").map(({ name }) => name);
  const text = readFileSync(`${ROOT}examples/README.md`, "utf8");
  assert.deepEqual(names(text.matchAll(/^\| \[([\w-]+)\]\(#\1\)/gm)), folders.sort());
  assert.deepEqual(names(text.matchAll(/^## (.+)$/gm)), folders);
  // Those of components have a folder of tests.
  const tests = new Set([...readdirSync(`${ROOT}tests/examples`), ...readdirSync(`${ROOT}tests`)]);
  for (const name of folders) assert.ok(tests.has(`${name}.test.js`) || tests.has(name), name);
});
