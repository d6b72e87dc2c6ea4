#!/usr/bin/env node
// Runs the model with consecutive seeds: `node tests/model/run.js [--runs N | --seconds N] [--seed FIRST] [--flaw NAME]
// [--trace] [--json]`. `SEED=12345 node tests/model/run.js --trace` prints all events of one run.

import { parseArgs } from "node:util";
import * as module from "../../pkg/node.js";
import { FLAWS } from "./flaws.js";
import { runOnce } from "./one-run.js";

/** The virtual start of the first run, and the distance between the starts of runs: longer than any run. */
const START = Date.UTC(2026, 0, 1);
const APART_MS = 7 * 86_400_000;
const RUNS = 1_000;

const { values } = parseArgs({
  options: {
    runs: { type: "string" },
    seconds: { type: "string" },
    seed: { type: "string", default: "1" },
    /** A flaw of `flaws.js`: stops after the first run that finds it. */
    flaw: { type: "string" },
    trace: { type: "boolean", default: false },
    /** Prints a line of JSON for each run, and one at the end. */
    json: { type: "boolean", default: false },
  },
});
const { SEED } = process.env;
const flaw = values.flaw && FLAWS[values.flaw];
if (values.flaw && !flaw)
  throw new Error(`unknown flaw "${values.flaw}"; use one of: ${Object.keys(FLAWS).join("; ")}`);
const api = flaw ? flaw.of(module) : module;
const first = Number(SEED ?? values.seed);
const runs = SEED ? 1 : Number(values.runs ?? (values.seconds ? Infinity : RUNS));
const ends = performance.now() + Number(values.seconds ?? Infinity) * 1_000;

const say = values.json ? (data) => console.log(JSON.stringify(data)) : print;
const totals = { runs: 0, calls: 0, faults: 0, requests: 0, violations: 0 };
for (let seed = first; totals.runs < runs && performance.now() < ends; seed++) {
  const { violations, hash, counts } = await runOnce(
    seed,
    api,
    START + totals.runs * APART_MS,
    values.trace ? console.log : undefined,
  );
  totals.runs++;
  totals.violations += violations.length;
  for (const [what, count] of Object.entries(counts)) totals[what] += count;
  say({ seed, hash, violations });
  if (violations.some(({ rule }) => rule === flaw?.rule)) break;
}
say({ first, last: first + totals.runs - 1, ...totals });
process.exitCode = totals.violations > 0 ? 1 : 0;

function print({ seed, violations, first, last, ...totals }) {
  if (seed === undefined) {
    const { runs, calls, faults, requests } = totals;
    const made = `${runs} runs, ${calls} calls, ${faults} faults, ${requests} requests`;
    return console.log(`seeds ${first} to ${last}: ${made}, ${violations} violations`);
  }
  for (const { rule, text, call = "the run", op = "" } of violations) {
    console.log(`violation of "${rule}" by ${call} ${op}: ${text}`);
  }
  const how = flaw ? ` --flaw "${values.flaw}"` : "";
  if (violations.length > 0) console.log(`  to reproduce: SEED=${seed} node tests/model/run.js --trace${how}`);
}
