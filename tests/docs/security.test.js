// Every promise in SECURITY.md names tests that exist, by file and title.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT, rows } from "./documents.js";
import { read } from "./examples.js";

const DOCUMENT = "SECURITY.md";
const HEADINGS = ["Requests and redirects", "Errors, logs and output", "Untrusted input and responses"];

/** The test files that a cell names in code, each with the titles that follow it in italics. */
function named(cell) {
  const found = [];
  for (const [, file, title] of cell.matchAll(/`([\w.-]+)`|_((?:\\_|[^_])+)_/g)) {
    if (file !== undefined) found.push({ file, titles: [] });
    else found.at(-1).titles.push(title.replaceAll("\\_", "_"));
  }
  return found;
}

const FOLDERS = ["tests/node", "tests/page"];
const pathOf = (file) => {
  if (file.endsWith(".rs")) return `tests/simulator/${file}`;
  const paths = file.endsWith(".js") ? [`tests/${file}`] : FOLDERS.map((folder) => `${folder}/${file}.test.js`);
  return paths.find((path) => existsSync(join(ROOT, path)));
};

for (const heading of HEADINGS) {
  test(heading, () => {
    const cells = rows(DOCUMENT, heading).map(([, tests]) => named(tests));
    assert.ok(cells.length > 5, "the table is empty");
    for (const { file, titles } of cells.flat()) {
      const path = pathOf(file);
      assert.ok(path, `${DOCUMENT} names the test file ${file}, which does not exist`);
      const source = read(path);
      for (const title of titles) {
        const test = path.endsWith(".rs") ? `fn ${title}()` : `"${title}"`;
        assert.ok(source.includes(test), `${path} has no test "${title}", which ${DOCUMENT} names`);
      }
    }
  });
}
