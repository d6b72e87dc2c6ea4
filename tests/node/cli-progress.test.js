// What mesh and connect report on stderr in a pipe: what changes, each warning once, and everything with --verbose.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createOutput } from "../../pkg/cli/output.js";
import { reportPairs } from "../../pkg/cli/pair-progress.js";
import { startSimulator } from "../../pkg/simulator.js";
import { portOf, run, terminal, write } from "./command-line.js";

const side = (name, peer_name) => ({ name, address: `http://${name}`, peer_name });
const PAIRS = [
  { name: "eu – ap", sides: [side("eu", "ap"), side("ap", "eu")] },
  { name: "us – ap", sides: [side("us", "ap"), side("ap", "us")] },
];

/** The lines that these events print in a pipe. */
function logged(events, options) {
  const stderr = Object.assign(terminal(), { isTTY: false });
  const passed = [];
  const output = createOutput({ stdout: terminal(), stderr, env: {} }, {});
  const notify = reportPairs(output, { onProgress: ({ kind }) => passed.push(kind) }, PAIRS, options);
  for (const [cluster, peer_name, kind, more] of events) {
    notify({ cluster: `http://${cluster}`, peer_name, kind, elapsed: 0, text: `${kind} ${peer_name}`, ...more });
  }
  return { lines: stderr.text().trimEnd().split("\n").filter(Boolean), passed };
}

describe("in a pipe", () => {
  test("an unchanged pair has no lines; with --verbose it has all", () => {
    const events = [
      ["eu", "ap", "state", { state: "ACTIVE" }],
      ["ap", "eu", "state", { state: "ACTIVE" }],
      ["us", "ap", "state", { state: "TERMINATED" }],
      ["us", "ap", "step"],
      ["us", "ap", "state", { state: "ACTIVE" }],
    ];
    assert.deepEqual(
      logged(events).lines.map((line) => line.slice(10)),
      ["us – ap  us: step ap", "us – ap  us: state ap"],
    );
    assert.equal(logged(events, { verbose: true }).lines.length, 5);
  });

  test("a warning is printed once for each cluster, with --verbose each time", () => {
    const local = { code: "local_address" };
    const events = [
      ["eu", "ap", "warning", local],
      ["us", "ap", "warning", local],
      ["us", "ap", "warning", local],
      ["us", "ap", "warning", { code: "ca_expired" }],
      ["ap", "us", "warning", local],
    ];
    assert.deepEqual(
      logged(events).lines.map((line) => line.slice(10)),
      ["eu – ap  eu: warning ap", "us – ap  us: warning ap", "us – ap  ap: warning us"],
    );
    assert.equal(logged(events, { verbose: true }).lines.length, 5);
  });

  test("a warning names the option of the command line", () => {
    const field = "server_external_addresses[1]";
    const { lines } = logged([
      ["eu", "ap", "warning", { field, text: `${field} "127.0.0.1:8503" is a loopback address.` }],
    ]);
    assert.match(lines[0], / eu: External address 2 "127\.0\.0\.1:8503" is a loopback address\.$/);
  });

  test("a deletion is reported once; with --verbose also the state that was read", () => {
    const events = [
      ["eu", "ap", "step", { code: "deleting" }],
      ["eu", "ap", "state", { state: "gone", text: 'peering "ap" is gone' }],
      ["eu", "ap", "step", { code: "deleted", text: 'peering "ap" deleted' }],
    ];
    assert.deepEqual(
      logged(events).lines.map((line) => line.slice(10)),
      ["eu – ap  eu: step ap", 'eu – ap  eu: peering "ap" deleted'],
    );
    assert.equal(logged(events, { verbose: true }).lines.length, 3);
  });

  test("leftovers and lost contact are reported for the whole command", () => {
    const { lines, passed } = logged([
      ["eu", "ap", "left_behind"],
      ["eu", "ap", "retry"],
      ["eu", "ap", "recovered"],
    ]);
    assert.deepEqual([lines, passed], [[], ["left_behind", "retry", "recovered"]]);
  });
});

test("mesh: the first run prints its changes and one warning about each token, the second nothing", async (t) => {
  const names = ["eu", "us", "ap"];
  const simulator = await startSimulator({ clusters: names, speed: 50, listen: false });
  const ports = {};
  for (const name of names) ports[name] = await portOf(simulator.clusters[name]);
  t.after(() => {
    for (const { close } of Object.values(ports)) close();
    return simulator.stop();
  });
  const entries = names.map((name) => [name, { address: ports[name].address }]);
  const file = write("progress.json", Object.fromEntries(entries));
  const first = await run(["mesh", "--clusters", file]);
  assert.equal(first.code, 0);
  assert.match(first.err, /eu – us {2}.*ACTIVE/);
  const warnings = first.err.split("\n").filter((line) => line.includes("is a loopback address"));
  assert.equal(warnings.length, 2, "eu and ap accept, ap twice");
  assert.match(
    warnings[0],
    /: The peering token's address "127\S+" is .* generate the token with external addresses\.$/,
  );
  const second = await run(["mesh", "--clusters", file]);
  assert.deepEqual([second.code, second.err], [0, ""]);
  const verbose = await run(["mesh", "--clusters", file, "--verbose"]);
  assert.equal(verbose.err.match(/is ACTIVE/g).length, 6);
});
