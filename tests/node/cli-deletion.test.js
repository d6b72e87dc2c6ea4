// delete and disconnect list the services that disappear with a peering: in the question, the dry run, and the result.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as peering from "../../pkg/node.js";
import { chooseCluster } from "../../pkg/cli/clusters.js";
import { deletePeering } from "../../pkg/cli/commands/delete.js";
import { disconnect } from "../../pkg/cli/commands/disconnect.js";
import { lostBetween, lostText } from "../../pkg/cli/lost-services.js";
import { createOutput } from "../../pkg/cli/output.js";
import { startSimulator } from "../../pkg/simulator.js";
import { portOf, run, terminal, write } from "./command-line.js";

/** eu and us, linked, each of which exports services to the other; clusters.json. */
async function world(t, { eu = ["billing"], us = ["api", "web"] } = {}) {
  const simulator = await startSimulator({ clusters: ["eu", "us"], speed: 50, listen: false });
  const raw = simulator.clusters;
  const ports = { eu: await portOf(raw.eu), us: await portOf(raw.us) };
  t.after(() => {
    for (const { close } of Object.values(ports)) close();
    return simulator.stop();
  });
  await peering.connect({ cluster: raw.eu, peer_name: "us" }, { cluster: raw.us, peer_name: "eu" });
  simulator.exportServices("eu", Object.fromEntries(eu.map((name) => [name, ["us"]])));
  simulator.exportServices("us", Object.fromEntries(us.map((name) => [name, ["eu"]])));
  await peering.wait(raw.eu, "us", (found) => found.stream.imported_services.length === us.length);
  await peering.wait(raw.us, "eu", (found) => found.stream.imported_services.length === eu.length);
  const name = `deletion-${new URL(ports.eu.address).port}.json`;
  const file = write(name, { eu: { address: ports.eu.address }, us: { address: ports.us.address } });
  /** A command on a terminal, whose question is answered with `answer`. */
  const onTerminal = async (command, operands, values, answer, functions) => {
    const [stdin, stdout, stderr] = [terminal(), terminal(), terminal()];
    const output = createOutput({ stdout, stderr, env: {} }, {});
    const { signal } = new AbortController();
    const all = { clusters: file, ...values };
    const target = values.cluster && chooseCluster(all, {});
    const library = { ...peering, ...functions };
    const context = { operands, values: all, env: {}, peering: library, output, stdin, stderr, signal, target };
    const running = command.run({ ...context, call: { signal, onProgress: () => {} } });
    let said = "";
    for (let asked = false, over = false; !over;) {
      over = await Promise.race([running.then(() => true), sleep(20).then(() => false)]);
      said += stderr.text();
      if (asked || !/\[y\/N\]/.test(said)) continue;
      asked = true;
      if (answer === undefined) stdin.end();
      else stdin.write(`${answer}\n`);
    }
    return { code: await running, said, out: stdout.text() };
  };
  return { raw, onTerminal, command: (words) => run([...words, "--clusters", file]) };
}

describe("delete", { concurrency: 2 }, () => {
  test("the question lists the services, and only yes deletes", async (t) => {
    const { raw, onTerminal } = await world(t);
    for (const answer of ["n", "", "yesterday", undefined]) {
      const { code, said } = await onTerminal(deletePeering, ["us"], { cluster: "eu" }, answer);
      assert.equal(code, 1, `answer ${answer}`);
      assert.match(said, /"us" on eu \(.+\) disconnects both clusters.*TERMINATED.*tokens become invalid/);
      assert.match(said, /Services that disappear on eu \(.+\): api, web\.\n/);
      assert.match(
        said,
        /Services that disappear on the other side: billing\.\n.*Delete (the peering|both peerings)\? \[y\/N\]/s,
      );
      assert.notEqual(await peering.read(raw.eu, "us"), null);
    }
    const yes = await onTerminal(deletePeering, ["us"], { cluster: "eu" }, "y");
    assert.equal(yes.code, 0);
    assert.match(yes.out, /^Deleted the peering .*Services that disappeared there: api, web\.\n$/);
    assert.equal(await peering.read(raw.eu, "us"), null);
    const again = await onTerminal(deletePeering, ["us"], { cluster: "eu" }, "y");
    assert.equal(again.code, 0);
    assert.match(again.out, /^There is no peering "us" on eu /);
    assert.doesNotMatch(again.said, /\[y\/N\]/, "nothing to confirm");
  });

  test("--yes leaves reading to the deletion itself, and names the consequence of one", async (t) => {
    const { raw, onTerminal } = await world(t);
    const values = { cluster: "eu", yes: true };
    const unasked = () => onTerminal(deletePeering, ["us"], values, undefined, { read: () => assert.fail("read") });
    const { code, out, said } = await unasked();
    assert.equal(code, 0);
    assert.match(out, /^Deleted the peering "us" on eu /);
    assert.match(said, /The other side becomes TERMINATED/);
    assert.equal(await peering.read(raw.eu, "us"), null);
    const again = await unasked();
    assert.deepEqual([again.code, again.said], [0, ""]);
    assert.match(again.out, /^There is no peering "us" on eu /);
  });

  test("--dry-run deletes nothing, names the services, and ends with exit code 3", async (t) => {
    const { raw, command } = await world(t);
    const words = ["delete", "us", "--cluster", "eu", "--dry-run"];
    const dry = await command(words);
    assert.equal(dry.code, 3);
    assert.match(
      dry.out,
      /^Would be deleted: "us" on eu \(.+\) is ACTIVE, the acceptor\.\n.*: api, web\.\n.*: billing\.\n$/,
    );
    const json = await command([...words, "--json"]);
    assert.equal(json.code, 3);
    const document = JSON.parse(json.out);
    assert.equal(document.peering.peer_name, "us");
    assert.deepEqual(document.services_lost, { here: ["api", "web"], there: ["billing"] });
    assert.notEqual(await peering.read(raw.eu, "us"), null);
    const none = await command(["delete", "ap", "--cluster", "eu", "--dry-run"]);
    assert.deepEqual([none.code, none.err], [0, ""]);
    assert.match(none.out, /There is no peering "ap"/);
  });
});

describe("disconnect", { concurrency: 2 }, () => {
  test("the question and the dry run name the services of both sides", async (t) => {
    const { raw, onTerminal, command } = await world(t);
    const named = /Services that disappear on eu: api, web\.\nServices that disappear on us: billing\.\n/;
    const dry = await command(["disconnect", "eu", "us", "--dry-run"]);
    assert.equal(dry.code, 3);
    assert.match(dry.out, named);
    const json = await command(["disconnect", "eu", "us", "--dry-run", "--json"]);
    assert.deepEqual(JSON.parse(json.out).services_lost, { a: ["api", "web"], b: ["billing"] });
    const no = await onTerminal(disconnect, ["eu", "us"], {}, "n");
    assert.equal(no.code, 1);
    assert.match(no.said, named);
    assert.equal((await peering.list(raw.eu)).length, 1);
    const yes = await command(["disconnect", "eu", "us", "--yes"]);
    assert.match(yes.out, /Services that disappeared there: api, web\.\n.*Services that disappeared there: billing\./);
  });
});

test("many services: the question names ten, a dry run all", () => {
  const names = Array.from({ length: 12 }, (_, i) => `s${i}`);
  assert.match(lostText([["on eu", names]]), /: s0, .*s9 and 2 more \(--dry-run lists all\)\.$/);
  assert.match(lostText([["on eu", names]], { all: true }), /, s10, s11\.$/);
  assert.match(lostText([["on eu", []]]), /no services\.$/);
});

test("all services are listed, even if one side is missing or outdated", () => {
  const side = (imported_services, exported_services) => ({ stream: { imported_services, exported_services } });
  assert.deepEqual(lostBetween(null, side(["billing"], ["web"])), { a: ["web"], b: ["billing"] });
  assert.deepEqual(lostBetween(side(["api"], []), side([], ["web", "api"])), { a: ["api", "web"], b: [] });
});
