// consul-peering demo: its output, and that it leaves nothing running.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startAgents } from "../consul/agent.js";
import { ended, run, start, write } from "./command-line.js";

const BUILT_CONSUL = fileURLToPath(new URL("../../target/consul", import.meta.url));
process.env.CONSUL ??= existsSync(BUILT_CONSUL) ? BUILT_CONSUL : "consul";

describe("demo", () => {
  // The agents' directories are in a separate folder, which distinguishes them from others.
  const place = mkdtempSync(join(tmpdir(), "consul-peering-demo-"));
  after(() => rmSync(place, { recursive: true, force: true }));
  const env = { TMPDIR: place };
  const running = () =>
    execFileSync("ps", ["-eo", "pid=,stat=,args="], { encoding: "utf8" })
      .split("\n")
      .filter((line) => line.includes(place) && !/^\s*\d+ Z/.test(line));
  const untilNothingRuns = async () => {
    for (let waited = 0; (running().length || readdirSync(place).length) && waited < 60_000; waited += 50)
      await sleep(50);
    assert.deepEqual([running(), readdirSync(place)], [[], []]);
  };

  test("from nothing to ACTIVE and back, and nothing is left behind", async () => {
    const { code, out, err } = await run(["demo"], { env });
    assert.deepEqual([code, err], [0, ""]);
    assert.match(out, /west → east +ACTIVE/);
    assert.match(out, /east → west +ACTIVE/);
    assert.match(out, /^ +east +west +ACTIVE +acceptor +west /m);
    assert.match(out, /^ +west +east +ACTIVE +dialer +east /m);
    assert.match(out, /east → west +TERMINATED/);
    assert.match(out, /east: no peerings, west: no peerings/);
    assert.doesNotMatch(out, /\x1b/);
    assert.deepEqual([running(), readdirSync(place)], [[], []]);
  });

  test("--json: one document with every state that was read", async () => {
    const { code, out } = await run(["demo", "--json"], { env });
    assert.equal(code, 0);
    const { states, peerings, left } = JSON.parse(out);
    assert.ok(states.some(({ cluster, state }) => cluster === "east" && state === "TERMINATED"));
    assert.deepEqual([peerings.east.state, peerings.west.state], ["ACTIVE", "ACTIVE"]);
    assert.deepEqual(left, { east: [], west: [] });
  });

  for (const [signal, expected] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGKILL", null],
  ]) {
    test(`${signal} leaves nothing running`, async () => {
      const child = start(["demo"], { env });
      while (!child.out.includes("PENDING")) await Promise.race([once(child.stdout, "data"), failWhenClosed(child)]);
      assert.equal(running().length, 2, "both agents run");
      child.kill(signal);
      assert.equal(await ended(child), expected);
      if (signal !== "SIGKILL") assert.deepEqual([running(), readdirSync(place)], [[], []]);
      await untilNothingRuns();
    });
  }

  test("stdout closed by its reader ends it, and leaves nothing running", async () => {
    const child = start(["demo"], { env });
    await once(child.stdout, "data");
    child.stdout.destroy();
    const code = await ended(child);
    assert.deepEqual([code, child.err], [0, ""]);
    await untilNothingRuns();
  });

  test("without Consul: runs on simulated clusters, and reports it", async () => {
    const old = write("consul", "#!/bin/sh\necho Consul v1.13.9\n");
    chmodSync(old, 0o700);
    for (const [words, PATH, why] of [
      [["demo"], "/nowhere", /simulated in memory, because `consul` on PATH was not found\./],
      [["demo"], dirname(old), /simulated in memory, because `consul` on PATH is 1\.13\.9\./],
      [["demo", "--simulated"], process.env.PATH, /simulated in memory, because of --simulated\./],
    ]) {
      const { code, out, err } = await run(words, { env: { PATH, CONSUL: "" } });
      assert.deepEqual([code, err], [0, ""]);
      assert.match(out, why);
      assert.match(out, /two simulated Consul clusters/);
      assert.match(out, /west → east +ACTIVE/);
      assert.match(out, /east → west +TERMINATED/);
      assert.match(out, /east: no peerings, west: no peerings/);
    }
  });

  test("an invalid $CONSUL: one line says what to install", async () => {
    const old = write("old-consul", "#!/bin/sh\necho Consul v1.13.9\n");
    chmodSync(old, 0o700);
    for (const [CONSUL, reason] of [
      ["/nowhere/consul", /was not found; install Consul 1\.14 or newer/],
      [old, /is 1\.13\.9; install Consul 1\.14 or newer/],
    ]) {
      const { code, err } = await run(["demo"], { env: { CONSUL } });
      assert.equal(code, 1);
      assert.match(err, reason);
      assert.equal(err.trim().split("\n").length, 1);
    }
  });

  test("a restart retries while another process holds one of its ports, and shows the log of any other failure", async (t) => {
    const { agents, stop } = await startAgents([{ name: "east", ready: false }]);
    t.after(stop);
    await agents.east.kill();
    const holder = createServer((socket) => socket.destroy()).listen(new URL(agents.east.address).port, "127.0.0.1");
    await once(holder, "listening");
    const first = agents.east.pid;
    const restarted = agents.east.restart();
    const pids = new Set();
    while (pids.size < 2) {
      if (agents.east.pid !== first) pids.add(agents.east.pid);
      await Promise.race([sleep(20), restarted]);
    }
    await new Promise((closed) => holder.close(closed));
    await restarted;
    await assert.rejects(
      agents.east.restart({ config: { ports: { http: "nonsense" } } }),
      /Consul agent "east" did not start: it ended with exit code 1.*\n.*http/s,
    );
  });

  test("an agent that does not start shows the end of its log", async () => {
    await assert.rejects(
      startAgents([{ name: "bad", config: "nonsense = {" }]),
      /Consul agent "bad" did not start: it ended with exit code 1.*\n.*failed to parse/s,
    );
  });
});

async function failWhenClosed(child) {
  await once(child, "close");
  throw new Error(`it ended too early: ${child.out}${child.err}`);
}
