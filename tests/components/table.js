// The table of hosts in docs/components.md. A test file stores its rows and compares them with the document;
// `node tests/components/table.js` writes the table from the stored rows.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { format } from "prettier";
import { HOSTS, ROOT } from "./place.js";

const DOCUMENT = `${ROOT}docs/components.md`;
const SECTIONS = ["policy", "peering", "restricted"];
const HEAD = ["host", "interface", "version", "result"];
const [BEGIN, END] = ["<!-- tested: written by tests/components/table.js -->", "<!-- tested: end -->"];

const file = (section) => `${HOSTS}results-${section}.json`;
const stored = (section) => JSON.parse(readFileSync(file(section), "utf8"));

/** @param {string[][]} rows each a host, the interface with what was tested of it, the host's version and the result */
export function checkTable(section, rows) {
  writeFileSync(file(section), JSON.stringify(rows));
  const [, text] = readFileSync(DOCUMENT, "utf8").split(BEGIN);
  const lines = text
    .split(END)[0]
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) => line.slice(1, -1).split("|"))
    .map((cells) => cells.map((cell) => cell.trim()));
  const interfaces = new Set(rows.map(([, interface_]) => interface_));
  const documented = lines.filter(([, interface_]) => interfaces.has(interface_));
  const withoutVersion = (all) => all.map(([host, interface_, , result]) => [host, interface_, result]);
  const stale = "docs/components.md is out of date: run `node tests/components/table.js`";
  assert.deepEqual(withoutVersion(documented), withoutVersion(rows), stale);
}

async function writeTable() {
  const rows = [HEAD, HEAD.map(() => "-"), ...SECTIONS.flatMap(stored)].map((row) => `| ${row.join(" | ")} |`);
  const [before, rest] = readFileSync(DOCUMENT, "utf8").split(BEGIN);
  const text = `${before}${BEGIN}\n\n${rows.join("\n")}\n\n${END}${rest.split(END)[1]}`;
  writeFileSync(DOCUMENT, await format(text, { parser: "markdown", printWidth: 124, proseWrap: "always" }));
}

if (argv[1] === fileURLToPath(import.meta.url)) await writeTable();
