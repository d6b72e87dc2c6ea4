// docs/runtimes.md: what was run where, a section for each test file. A test keeps its rows and checks that the document
// has them; `node tests/package/table.js` writes the document from the rows that the last runs have kept.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { format } from "prettier";
import { ROOT, TOOLS } from "./place.js";

const DOCUMENT = `${ROOT}docs/runtimes.md`;
const SECTIONS = {
  runtimes: "Runtimes",
  page: "The admin page",
  bundlers: "Bundlers",
  checks: "The package itself",
};
const HEAD = ["host", "what was run", "version", "result"];

const file = (section) => `${TOOLS}${section}.json`;

/** @param {string[][]} rows each a host, what was run in it, the host's version and the result */
export function checkTable(section, rows) {
  writeFileSync(file(section), JSON.stringify(rows));
  const [, text] = readFileSync(DOCUMENT, "utf8").split(`\n## ${SECTIONS[section]}\n`);
  const [, , ...lines] = (text ?? "")
    .split("\n## ")[0]
    .split("\n")
    .filter((line) => line.startsWith("|"));
  const cells = lines.map((line) => line.slice(1, -1).split("|"));
  const told = cells.map((row) => row.map((cell) => cell.trim()));
  const withoutVersion = (all) => all.map(([host, what, , result]) => [host, what, result]);
  const stale = "docs/runtimes.md tells something else: write it with `node tests/package/table.js`";
  assert.deepEqual(withoutVersion(told), withoutVersion(rows), stale);
}

async function writeTable() {
  const table = (rows) => [HEAD, HEAD.map(() => "-"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
  const sections = Object.entries(SECTIONS).map(
    ([section, title]) => `## ${title}\n\n${table(JSON.parse(readFileSync(file(section), "utf8")))}\n`,
  );
  const text = `${readFileSync(new URL("runtimes-head.md", import.meta.url), "utf8")}\n${sections.join("\n")}`;
  writeFileSync(DOCUMENT, await format(text, { parser: "markdown", printWidth: 120 }));
}

if (argv[1] === fileURLToPath(import.meta.url)) await writeTable();
