// docs/runtimes.md: the tested runtimes and bundlers, with a section for each test file. A test stores its rows and compares
// them with the document; `node tests/package/table.js` writes the document from the stored rows.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { format } from "prettier";
import { ROOT, TOOLS } from "./place.js";

const DOCUMENT = `${ROOT}docs/runtimes.md`;
const SECTIONS = {
  runtimes: "Runtimes",
  page: "Admin page",
  bundlers: "Bundlers",
  checks: "Package",
};
const HEAD = ["host", "tested", "version", "result"];

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
  const documented = cells.map((row) => row.map((cell) => cell.trim()));
  const withoutVersion = (all) => all.map(([host, what, , result]) => [host, what, result]);
  const stale = "docs/runtimes.md is out of date: run `node tests/package/table.js`";
  assert.deepEqual(withoutVersion(documented), withoutVersion(rows), stale);
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
