// A process that was stopped for a while continues as documented: the monotonic clock has advanced, too.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { generateToken, list } from "../../pkg/node.js";
import { startSimulator } from "../../pkg/simulator.js";

const PACKAGE = new URL("../../pkg/node.js", import.meta.url).href;

describe("a process that is stopped for a while", { timeout: 60_000, concurrency: true }, () => {
  /** A program that prints each progress event, and is stopped for `ms` when it prints `at`. */
  async function stopped(t, code, { at, ms, then = () => {} }) {
    const simulator = await startSimulator({ clusters: ["eu", "us"], speed: 10 });
    t.after(() => simulator.stop());
    const { eu, us } = simulator.clusters;
    const clusters = JSON.stringify({ eu: eu.address, us: us.address });
    const program = `import * as consul from ${JSON.stringify(PACKAGE)};
      const { eu, us } = ${clusters};
      const say = (what) => console.log(JSON.stringify(what));
      const onProgress = ({ text }) => say(text);
      try { ${code} } catch ({ code, left_behind }) { say({ code, left_behind }); }`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    t.after(() => child.kill("SIGKILL"));
    const lines = [];
    let done = false;
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(JSON.parse(line));
      if (done || !at.test(line)) continue;
      done = true;
      child.kill("SIGSTOP");
      await sleep(ms);
      await then(eu);
      child.kill("SIGCONT");
    }
    if (child.exitCode === null) await once(child, "exit");
    return { lines, eu, us };
  }

  const CONNECT = (timeout) =>
    `say((await consul.connect({ cluster: eu, peer_name: "us" }, { cluster: us, peer_name: "eu" },
       { timeout: ${timeout}, onProgress })).dialer.state);`;

  test("for longer than the timeout: the call times out and reports what exists", async (t) => {
    const { lines, eu } = await stopped(t, CONNECT(2_000), { at: /generating a token/, ms: 2_500 });
    const { code, left_behind } = lines.at(-1);
    assert.equal(code, "timeout");
    const existing = await list(eu);
    assert.equal(left_behind.length > 0, existing.length > 0, JSON.stringify({ lines, existing }));
  });

  test("for less than the timeout: the call completes", async (t) => {
    const { lines } = await stopped(t, CONNECT(60_000), { at: /generating a token/, ms: 2_500 });
    assert.equal(lines.at(-1), "ACTIVE");
  });

  test("watch continues with the changes since", async (t) => {
    const code = `for await (const peerings of consul.watch(eu, { interval: 100, onProgress })) {
      say(peerings.map(({ peer_name }) => peer_name));
      if (peerings.length > 0) break;
    }`;
    const change = (eu) => generateToken(eu, { peer_name: "us" });
    const { lines } = await stopped(t, code, { at: /^\[\]$/, ms: 1_000, then: change });
    assert.deepEqual(lines.at(-1), ["us"]);
  });
});
