// A cluster that does not respond is reported while a call waits for it: by the library's progress events, and by the
// command line on stderr.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { list, watch } from "../../pkg/node.js";
import { startAgents } from "../consul/agent.js";
import { createContact } from "../../pkg/cli/contact.js";
import { startSimulator } from "../../pkg/simulator.js";
import { run, start, write } from "./command-line.js";
import { unreliablePort } from "./unreliable-port.js";

/** eu and us, of which eu is unreliable, and clusters.json. */
async function world(t) {
  const simulator = await startSimulator({ clusters: ["eu", "us"], speed: 50, listen: false });
  t.after(() => simulator.stop());
  const eu = await unreliablePort(t, simulator.clusters.eu);
  const us = await unreliablePort(t, simulator.clusters.us);
  const name = `contact-${new URL(eu.address).port}.json`;
  const file = write(name, { eu: { address: eu.address }, us: { address: us.address } });
  return { eu, us, file };
}

/** Until `find` finds something, within a minute. */
async function until(find, what) {
  for (const late = Date.now() + 60_000; Date.now() < late; await sleep(20)) {
    const found = find();
    if (found) return found;
  }
  assert.fail(`${what} has not come`);
}

async function ended(child) {
  child.kill("SIGINT");
  return until(() => child.exitCode !== null || child.signalCode !== null, "the end").then(() => child.exitCode);
}

const kinds = (events) => events.map(({ kind }) => kind);
/** Without repetitions: on a busy machine a further request may be without a response for as long. */
const kindsOnce = (events) => kinds(events).filter((kind, at, all) => kind !== all[at - 1]);

// Most of the time is spent waiting for the 2.5 s after which a cluster counts as not responding: the tests of a group run
// side by side. The groups do not, so that the machine has time for requests that must be answered.
describe("contact", () => {
  describe("progress events", { concurrency: true }, () => {
    test("no_response while a request has no response, recovered when it arrives", async (t) => {
      const { eu } = await world(t);
      eu.setMode("mute");
      const events = [];
      const listing = list(eu.address, { onProgress: (event) => events.push(event) });
      await until(() => kinds(events).includes("no_response"), "no_response");
      eu.setMode("up");
      assert.deepEqual(await listing, []);
      assert.deepEqual(kindsOnce(events), ["no_response", "recovered"]);
      assert.equal(events[0].cluster, eu.address);
      assert.match(events[0].text, /^no response after 2\.5 s$/);
    });

    test("retry has the error's code, and recovered follows", async (t) => {
      const { eu } = await world(t);
      eu.setMode(503);
      const events = [];
      const onProgress = (event) => {
        events.push(event);
        if (event.kind === "retry") eu.setMode("up");
      };
      assert.deepEqual(await list(eu.address, { onProgress }), []);
      const reported = events.filter(({ kind }) => kind !== "no_response"); // of a busy machine
      assert.deepEqual(kinds(reported), ["retry", "recovered"]);
      assert.equal(reported[0].code, "not_ready");
    });

    test("no events for a cluster that responds", async (t) => {
      const { eu } = await world(t);
      const events = [];
      await list(eu.address, { onProgress: (event) => events.push(event) });
      assert.deepEqual(events, []);
    });

    for (const mode of ["down", "mute"]) {
      test(`watch reports lost contact and regained contact: ${mode}`, async (t) => {
        const { eu } = await world(t);
        const events = [];
        const watching = watch(eu.address, { interval: 50, onProgress: (event) => events.push(event) });
        t.after(() => watching.return());
        assert.deepEqual((await watching.next()).value, []);
        const next = watching.next();
        next.catch(() => {});
        eu.setMode(mode);
        const lost = mode === "down" ? "retry" : "no_response";
        const { code } = await until(() => events.find(({ kind }) => kind === lost), "lost contact");
        if (mode === "down") assert.equal(code, "network");
        eu.setMode("up");
        await until(() => kinds(events).includes("recovered"), "regained contact");
        assert.equal(kinds(events).filter((kind) => kind === "recovered").length, 1);
      });
    }
  });

  describe("on the command line", { concurrency: true }, () => {
    test("one line on stderr while a command waits, and one when the cluster responds again", async (t) => {
      const { eu, file } = await world(t);
      eu.setMode("mute");
      const child = start(["list", "--cluster", "eu", "--clusters", file]);
      await until(() => child.err.includes("\n"), "the line");
      assert.equal(child.err, `eu (${eu.address}): no response after 2.5 s; still waiting\n`);
      eu.setMode("up");
      await until(() => child.exitCode !== null, "the end");
      assert.equal(child.exitCode, 0);
      assert.match(child.err, /\neu \(http:.+\) responds again\.\n$/);
    });

    test("the reason is the cluster's error", async (t) => {
      const { eu, file } = await world(t);
      eu.setMode(503);
      const child = start(["list", "--cluster", "eu", "--clusters", file]);
      await until(() => child.err.includes("\n"), "the line");
      assert.match(child.err, /^eu \(http:.+\): .*503.*No cluster leader.*\n$/);
      await ended(child);
    });

    test("--quiet and --json in a pipe print only the error on stderr", async (t) => {
      const { eu, file } = await world(t);
      eu.setMode("mute");
      const words = ["list", "--cluster", "eu", "--clusters", file, "--timeout", "3s"];
      const [quiet, json] = await Promise.all([run([...words, "--quiet"]), run([...words, "--json"])]);
      assert.equal(quiet.code, 1);
      assert.doesNotMatch(quiet.err, /no response after 2/);
      assert.equal(JSON.parse(json.err).code, "timeout");
    });

    test("connect names the cluster that it waits for, once", async (t) => {
      const { eu, us, file } = await world(t);
      us.setMode("mute");
      const child = start(["connect", "eu", "us", "--yes", "--clusters", file]);
      const line = await until(() => /^us \(.+\): no response.*$/m.exec(child.err), "the line");
      assert.ok(line[0].includes(us.address));
      us.setMode("up");
      await until(() => child.exitCode !== null, "the end");
      assert.equal(child.exitCode, 0, child.err);
      assert.equal(child.err.match(/no response/g).length, 1);
      assert.ok(!child.err.includes(`eu (${eu.address})`), child.err);
    });

    test("watch: a line when contact is lost, and one when it is regained", async (t) => {
      const { eu, file } = await world(t);
      const child = start(["watch", "--cluster", "eu", "--clusters", file, "--interval", "50ms"]);
      await until(() => child.out.includes("\n"), "the first line");
      eu.setMode("down");
      await until(() => /lost contact with eu \(http:.+\): .+\n/.test(child.out), "lost contact");
      eu.setMode("up");
      await until(() => /regained contact with eu \(http:.+\)\n/.test(child.out), "regained contact");
      assert.equal(await ended(child), 0);
      assert.equal(child.err, "");
      assert.equal(child.out.match(/lost contact/g).length, 1);
    });

    test("watch --json: contact has lines with a type of their own", async (t) => {
      const { eu, file } = await world(t);
      const child = start(["watch", "--cluster", "eu", "--clusters", file, "--interval", "50ms", "--json"]);
      await until(() => child.out.includes("\n"), "the first line");
      eu.setMode("down");
      await until(() => child.out.includes("contact_lost"), "lost contact");
      eu.setMode("up");
      await until(() => child.out.includes("contact_regained"), "regained contact");
      assert.equal(await ended(child), 0);
      const [first, lost, regained] = child.out
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
      assert.deepEqual(first, []);
      assert.deepEqual([lost.type, lost.cluster, lost.code], ["contact_lost", "eu", "network"]);
      assert.equal(typeof lost.reason, "string");
      assert.deepEqual(regained, { type: "contact_regained", cluster: "eu" });
    });

    test("a retry is reported unless it succeeds soon", (t) => {
      t.mock.timers.enable({ apis: ["setTimeout"] });
      const reported = [];
      const contact = createContact({ report: (text) => reported.push(text), nameOf: (address) => address });
      for (const cluster of ["a", "b"]) contact.handle({ kind: "retry", cluster, text: "503" });
      t.mock.timers.tick(1_000);
      contact.handle({ kind: "recovered", cluster: "a", text: "" });
      contact.handle({ kind: "step", cluster: "a", text: "step" });
      t.mock.timers.tick(10_000);
      assert.deepEqual(reported, ["b: 503"]);
      contact.end();
    });
  });

  test("a real Consul that is stopped for a while", async (t) => {
    const { agents, stop } = await startAgents([{ name: "eu" }]);
    t.after(() => {
      process.kill(agents.eu.pid, "SIGCONT"); // if it failed in between
      return stop();
    });
    const events = [];
    const watching = watch(agents.eu.address, { interval: 1_000, onProgress: (event) => events.push(event) });
    assert.deepEqual((await watching.next()).value, []);
    const next = watching.next();
    next.catch(() => {});
    process.kill(agents.eu.pid, "SIGSTOP");
    await until(() => kinds(events).includes("no_response"), "no_response");
    process.kill(agents.eu.pid, "SIGCONT");
    await until(() => kinds(events).includes("recovered"), "recovered");
    await watching.return();
    assert.deepEqual(kinds(events), ["no_response", "recovered"]);
  });
});
