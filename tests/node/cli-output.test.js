// Output that cannot be written: every command, in a real shell, with a full device, a file at its size limit and a
// pipe whose reader has exited.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { COMMANDS } from "../../pkg/cli/commands/index.js";
import * as peering from "../../pkg/node.js";
import { startSimulator } from "../../pkg/simulator.js";
import { atLength } from "../extent.js";
import { folder, run, write } from "./command-line.js";
import { peeringToken } from "./secrets.js";

const SHELLS = {
  "a full device": { shell: 'exec "$@" > /dev/full', errno: "ENOSPC" },
  "a file at its size limit": { shell: 'ulimit -f 0; exec "$@" > "$SCRATCH/out"', errno: "EFBIG" },
  // The command starts after the reader has exited, so that none of its output fits into the pipe.
  "a closed pipe": {
    shell: `{ until [ -e "$SCRATCH/gone" ]; do sleep 0.01; done; "$@"; echo $? > "$SCRATCH/code"; } |
      { exec <&-; : > "$SCRATCH/gone"; }
      exit "$(cat "$SCRATCH/code")"`,
    errno: "EPIPE",
  },
};

/**
 * Those whose output is lost to a full device as well in every run: each way of printing. The others print in one of these
 * ways; they run there at full length.
 */
const WAYS = ["--help", "connect", "list", "watch", "token generate", "demo"];

const connected = ({ eu, us }) => peering.connect({ cluster: eu, peer_name: "us" }, { cluster: us, peer_name: "eu" });
const tokenFromEu = async ({ eu }) => peeringToken(await peering.generateToken(eu, { peer_name: "us" }));

/**
 * For each command: its arguments, the state it needs, its input, and its exit code if the reader of a pipe has exited,
 * which is that of a complete run.
 */
const TABLE = {
  "--help": { words: ["--help"], code: 0 },
  "--version": { words: ["--version"], code: 0 },
  connect: { words: ["connect", "eu", "us"], code: 0 },
  plan: { words: ["plan", "eu", "us"], code: 3 },
  rotate: { words: ["rotate", "eu", "us"], given: connected, code: 0 },
  disconnect: { words: ["disconnect", "eu", "us", "--yes"], given: connected, code: 0 },
  mesh: { words: ["mesh", "--yes"], code: 0 },
  establish: { words: ["establish", "eu", "--cluster", "us"], input: tokenFromEu, code: 0 },
  read: { words: ["read", "us", "--cluster", "eu"], given: tokenFromEu, code: 0 },
  list: { words: ["list", "--cluster", "eu"], code: 0 },
  watch: { words: ["watch", "--cluster", "eu"], code: 0 },
  delete: { words: ["delete", "us", "--cluster", "eu", "--yes"], given: tokenFromEu, code: 0 },
  "token generate": { words: ["token", "generate", "us", "--cluster", "eu"], code: 1 },
  "token inspect": { words: ["token", "inspect"], input: tokenFromEu, offline: true, code: 0 },
  health: { words: ["health", "us", "--cluster", "eu"], given: tokenFromEu, code: 3 },
  troubleshoot: { words: ["troubleshoot", "eu", "us"], given: connected, code: 3 },
  check: { words: ["check"], input: () => '{"format_version":"1.2","resource_changes":[]}', offline: true, code: 0 },
  validate: { words: ["validate", "eu", "EU"], offline: true, code: 3 },
  permissions: { words: ["permissions", "--cluster", "eu"], code: 0 },
  completion: { words: ["completion", "bash"], offline: true, code: 0 },
  serve: { words: ["serve", "--listen", "127.0.0.1:0"], code: 1 },
  demo: { words: ["demo", "--simulated"], offline: true, code: 0 },
};

/** Two clusters for one test, and clusters.json. */
async function world(t) {
  const { clusters, stop } = await startSimulator({ clusters: ["eu", "us"], speed: 100 });
  t.after(stop);
  const scratch = mkdtempSync(join(folder, "output-"));
  const entry = ({ address }) => ({ address, server_external_addresses: [] });
  const file = `${scratch.slice(folder.length + 1)}.json`;
  return { clusters, file: write(file, { eu: entry(clusters.eu), us: entry(clusters.us) }), scratch };
}

async function runIn(shell, { words, offline, given, input }, { clusters, file, scratch }) {
  await given?.(clusters);
  const where = offline || words[0].startsWith("--") ? [] : ["--clusters", file];
  return run([...words, ...where], { shell, env: { SCRATCH: scratch }, input: await input?.(clusters) });
}

test("every command is in the table", () => {
  const known = Object.keys(TABLE);
  assert.deepEqual(
    COMMANDS.filter(({ name }) => !known.includes(name)).map(({ name }) => name),
    [],
  );
});

describe("output that cannot be written", { concurrency: 2, skip: process.platform === "win32" }, () => {
  for (const [outcome, { shell, errno }] of Object.entries(SHELLS)) {
    for (const [name, row] of Object.entries(TABLE)) {
      if (errno !== "EPIPE" && !atLength && !WAYS.includes(name)) continue;
      const expected = errno === "EPIPE" ? row.code : 1;
      test(`${name}, ${outcome}: exit code ${expected}`, async (t) => {
        const { code, err } = await runIn(shell, row, await world(t));
        assert.equal(code, expected, err);
        if (expected === 1)
          assert.match(err, new RegExp(`^Error: .+ could not be written to stdout \\(${errno}\\)`, "m"));
        else assert.doesNotMatch(err, /^Error/m);
      });
    }
  }
});

describe("a peering token that cannot be written", { skip: process.platform === "win32" }, () => {
  const lost =
    /^Error: The peering token could not .+\n {2}Next: Run the command again for a new token; the lost token/;

  test("is reported, with how to get another", async (t) => {
    for (const { shell } of Object.values(SHELLS)) {
      const { err } = await runIn(shell, TABLE["token generate"], await world(t));
      assert.match(err, lost);
    }
  });

  test("with --json, the error is a document with a code", async (t) => {
    const words = [...TABLE["token generate"].words, "--json"];
    const { code, err } = await runIn(SHELLS["a full device"].shell, { words }, await world(t));
    assert.equal(code, 1);
    assert.equal(JSON.parse(err).code, "output_lost");
  });

  test("a partly written file is a failure", async (t) => {
    const here = await world(t);
    const half = `ulimit -f 1; exec "$@" > "$SCRATCH/out"`; // a block of 512 bytes
    const { code, err } = await runIn(half, TABLE["token generate"], here);
    assert.equal(code, 1);
    assert.match(err, lost);
    assert.equal(readFileSync(join(here.scratch, "out")).length, 512);
  });

  test("a closed stdout, or the null device, is refused before a token is generated", async (t) => {
    const here = await world(t);
    for (const shell of ['exec "$@" >&-', 'exec "$@" > /dev/null']) {
      const { code, err } = await runIn(shell, TABLE["token generate"], here);
      assert.equal(code, 2, err);
      assert.match(err, /stdout is closed, or the null device: the peering token would be lost.*--out FILE/s);
    }
    assert.equal(await peering.read(here.clusters.eu, "us"), null);
  });

  test("another run generates a valid token", async (t) => {
    const here = await world(t);
    const { eu, us } = here.clusters;
    await runIn(SHELLS["a full device"].shell, TABLE["token generate"], here);
    const again = await run([...TABLE["token generate"].words, "--clusters", here.file], { secretOutput: true });
    assert.equal(again.code, 0, again.err);
    const spec = { peer_name: "eu", peering_token: peeringToken(again.out.trim()) };
    assert.equal((await peering.establish(us, spec)).state, "ACTIVE");
    assert.equal((await peering.wait(eu, "us", "ACTIVE")).state, "ACTIVE"); // a moment later
  });
});
