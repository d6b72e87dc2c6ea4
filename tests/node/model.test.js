// Runs the module against simulated clusters, in random runs with virtual time: no interleaving of calls and faults breaks
// a rule (tests/model). Also tests the model: a seed repeats its run, and it finds missing checks.
//
// MODEL_RUNS: the number of runs. MODEL_SEED: the first seed.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { atLength } from "../extent.js";
import { FLAWS } from "../model/flaws.js";

const RUN = fileURLToPath(new URL("../model/run.js", import.meta.url));
const { MODEL_RUNS = atLength ? "3000" : "100", MODEL_SEED = "1" } = process.env;
/** A run takes less than a second: without output for this time, a call blocks the process. */
const SILENCE_MS = 60_000;
/** The flaws that each test run must find; the others only in full runs. */
const WORST = [
  "an aborted establish is deleted",
  "a write is repeated after its response was lost",
  "an error repeats the peering token",
];
/** The number of runs within which every flaw has to be found. */
const FLAW_RUNS = 400;

/** Runs the model. Returns its report of each run, and of all. */
async function model(args, env = {}) {
  const child = spawn(process.execPath, [RUN, "--json", ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  let stuck = false;
  const watch = setTimeout(() => (stuck = child.kill("SIGKILL")), SILENCE_MS);
  child.stdout.on("data", (chunk) => {
    output += chunk;
    watch.refresh();
  });
  await new Promise((resolve) => child.on("close", resolve));
  clearTimeout(watch);
  const lines = output.split("\n").filter(Boolean);
  const runs = lines.filter((line) => line.startsWith('{"seed"')).map((line) => JSON.parse(line));
  assert.ok(!stuck, `the run after ${runs.at(-1)?.seed ?? "none"} does not end`);
  return { runs, totals: JSON.parse(lines.at(-1)) };
}

describe("the model", () => {
  test("random runs break no rule", async (t) => {
    const { runs, totals } = await model(["--seed", MODEL_SEED, "--runs", MODEL_RUNS]);
    const { first, last, calls, faults, requests, violations } = totals;
    t.diagnostic(
      `seeds ${first} to ${last}: ${calls} calls, ${faults} faults, ${requests} requests, ${violations} violations`,
    );
    for (const [what, count] of Object.entries({ calls, faults, requests })) assert.ok(count > 0, `no ${what}`);
    const broken = runs.filter((run) => run.violations.length > 0);
    const reported = broken.slice(0, 10).map(({ seed, violations: [{ rule, text, call, op }] }) => {
      return `"${rule}" by ${call} ${op}: ${text}\n  to reproduce: SEED=${seed} node tests/model/run.js --trace`;
    });
    assert.equal(broken.length, 0, `${broken.length} runs of ${runs.length} break rules\n${reported.join("\n")}`);
  });

  test("a seed repeats the same run", async () => {
    const hashes = ({ runs }) => new Map(runs.map(({ seed, hash }) => [seed, hash]));
    const together = hashes(await model(["--seed", "1", "--runs", "30"]));
    const later = hashes(await model(["--seed", "21", "--runs", "10"]));
    assert.equal(later.size, 10);
    for (const [seed, hash] of later) assert.equal(hash, together.get(seed), `seed ${seed}`);
    const alone = hashes(await model([], { SEED: "30" }));
    assert.deepEqual([...alone], [[30, together.get(30)]]);
    assert.equal(new Set(together.values()).size, 30, "all seeds have different runs");
  });

  for (const [name, { rule }] of Object.entries(FLAWS)) {
    if (!atLength && !WORST.includes(name)) continue;
    test(`it finds a module in which ${name}`, async (t) => {
      const { runs } = await model(["--runs", String(FLAW_RUNS), "--flaw", name]);
      const { seed, violations } = runs.at(-1);
      assert.ok(
        violations.some((violation) => violation.rule === rule),
        `"${rule}" is not violated within ${runs.length} runs`,
      );
      const [found] = violations.find((violation) => violation.rule === rule).text.split("\n");
      t.diagnostic(`seed ${seed}: ${found}`);
    });
  }
});
