// The table of troubleshoot's checks on real servers: the conditions in which each fails, passes, and is skipped
// for lack of a permission. A test keeps the rows that it has observed and checks that the table has them;
// `node tests/node/check-table.js` writes the table from the rows that the last runs have kept.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { format } from "prettier";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const TABLE = here("../long/results/checks.json");
const DOCUMENT = here("../long/results/checks.md");
const KEPT = here("../../target/checks/");

/** Checks that warn and never fail, each with the reason. */
const NEVER_FAILS = {
  "peering.addresses": "an address that looks wrong may work",
  "exports.sidecar": "calls by DNS need no sidecar proxy",
  "imports.local_name": "calls that name the peer are not affected",
  "datacenters.primary": "federation is supported, it only decides where config entries are written",
};
/** Checks that no token is too weak for, each with the reason. */
const NEVER_SKIPPED = {
  "gateways.proxy_mode": "Consul shows `proxy-defaults` to every token",
  "datacenters.primary": "Consul shows the datacenters to every token",
};

/** The ids of all checks, as the types name them. */
export function checkIds() {
  const types = readFileSync(here("../../pkg/index.d.ts"), "utf8");
  const [, ids] = /export type CheckId =([^;]+);/.exec(types);
  return [...ids.matchAll(/"([^"]+)"/g)].map(([, id]) => id);
}

/**
 * @param {string} test which observed them
 * @param {Record<string, { fails?: string, passes?: string, skipped?: string[] }>} rows by id
 */
export function checkRows(test, rows) {
  mkdirSync(KEPT, { recursive: true });
  writeFileSync(`${KEPT}${test}.json`, JSON.stringify(rows));
  const table = JSON.parse(readFileSync(TABLE, "utf8"));
  for (const [id, row] of Object.entries(rows)) {
    for (const [column, observed] of Object.entries(row)) {
      const again = "run `node tests/node/check-table.js`";
      assert.deepEqual(
        table[id]?.[column],
        observed,
        `${column} of ${id} in tests/long/results is out of date: ${again}`,
      );
    }
  }
}

async function writeTable() {
  const table = Object.fromEntries(checkIds().map((id) => [id, {}]));
  for (const file of readdirSync(KEPT).sort()) {
    for (const [id, row] of Object.entries(JSON.parse(readFileSync(KEPT + file, "utf8")))) {
      Object.assign(table[id], row, row.fails && { test: file.replace(".json", "") });
    }
  }
  writeFileSync(TABLE, await format(JSON.stringify(table), { parser: "json", printWidth: 120 }));
  const cell = (text) => text.replaceAll("|", "\\|").replaceAll("\n", " and ");
  const because = (reasons, id) => reasons[id] ?? assert.fail(`${id} was not observed so, and has no reason`);
  const failed = (status, id) => (status === "fail" ? status : `${status}, never fail: ${because(NEVER_FAILS, id)}`);
  const skipped = (rules, id) =>
    rules?.length ? rules.map((rule) => `\`${rule}\``).join(" or ") : `never: ${because(NEVER_SKIPPED, id)}`;
  const rows = Object.entries(table).map(
    ([id, row]) =>
      `| \`${id}\` | ${failed(row.fails, id)} | ${row.passes} | ${cell(skipped(row.skipped, id))} | ${row.test} |`,
  );
  const head = "| check | fails | passes | skipped without | test |\n| --- | --- | --- | --- | --- |";
  const text = `# The checks of troubleshoot on real servers\n\n${head}\n${rows.join("\n")}\n`;
  writeFileSync(DOCUMENT, await format(text, { parser: "markdown", printWidth: 120 }));
}

if (argv[1] === fileURLToPath(import.meta.url)) await writeTable();
