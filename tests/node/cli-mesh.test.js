// `mesh`, `watch` and `health` on simulated clusters. Streams that report to be a terminal replace one.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as peering from "../../pkg/node.js";
import { mesh } from "../../pkg/cli/commands/mesh.js";
import { createProgress } from "../../pkg/cli/progress.js";
import { colours } from "../../pkg/cli/terminal.js";
import { ended, run, terminal, write } from "./command-line.js";
import { assertNoSecretPrinted, until, world } from "./pair-commands.js";

describe("mesh", { concurrency: 2 }, () => {
  const clusters = ["eu", "us", "ap"];

  test("all aliases by default, or those of the operands; a dry run with changes exits with 3", async (t) => {
    const { command, writes, raw } = await world(t, { clusters });
    const dry = await command(["mesh", "--dry-run"]);
    assert.deepEqual([dry.code, dry.err], [3, ""]);
    assert.equal(dry.out.match(/ planned +generate, establish; no peering exists/g).length, 3);
    assert.deepEqual(writes(), []);
    const two = await command(["mesh", "us", "ap", "--concurrency", "1"]);
    assert.equal(two.code, 0, two.err);
    assert.match(two.out, /^ACCEPTS +DIALS +STATUS +WHAT\nap +us +changed .*\n$/);
    assert.match(two.err, /^ +\d\.\d s {2}us – ap {2}ap: generating a token for "us"/m);
    assert.equal((await peering.list(raw.eu)).length, 0);

    const { code, out, err } = await command(["mesh", "--json"]);
    assert.deepEqual([code, err], [0, ""]);
    const { ok, pairs } = JSON.parse(out);
    assert.equal(ok, true);
    assert.deepEqual(
      pairs.map(({ acceptor, dialer, status }) => `${acceptor} ${dialer} ${status}`),
      ["eu us changed", "ap eu changed", "ap us linked"],
    );
    const before = writes().length;
    const again = await command(["mesh", "--dry-run", "--quiet"]);
    assert.equal(again.code, 0);
    assert.equal(again.out.match(/ linked$/gm).length, 3);
    assert.equal(writes().length, before);
  });

  test("--concurrency is passed to the call", async (t) => {
    const { file, env } = await world(t, { clusters });
    const given = [];
    const stub = { mesh: async (_, options) => (given.push(options), { ok: true, pairs: [] }) };
    const context = { operands: [], env, peering: stub, output: { result: () => {}, progress: { show: () => {} } } };
    const values = { clusters: file, concurrency: "3" };
    await mesh.run({ ...context, call: {}, values: { ...values, "dry-run": true } });
    await mesh.run({ ...context, call: {}, values: { ...values, yes: true } });
    assert.deepEqual(
      given.map(({ concurrency }) => concurrency),
      [3, 3],
    );
  });

  test("a pair that fails: exit code 1, its error with what to do, and the others are linked", async (t) => {
    const { command, raw, ports } = await world(t, { clusters });
    await peering.generateToken(raw.us, { peer_name: "eu" }); // us is to dial under that name
    const text = await command(["mesh", "--quiet"]);
    assert.equal(text.code, 1);
    assert.match(text.out, /^eu +us +failed +role conflict$/m);
    assert.equal(text.out.match(/ changed /g).length, 2);
    assert.match(
      text.err,
      /^Error: mesh: peering "eu" on us \(http.+\n {2}Next: Another connect may be running.* See `consul-peering plan eu us`/,
    );
    const json = await command(["mesh", "--json"]);
    assert.deepEqual([json.code, json.err], [1, ""]);
    const { ok, pairs } = JSON.parse(json.out);
    assert.equal(ok, false);
    const [{ error }] = pairs.filter(({ status }) => status === "failed");
    assert.deepEqual([error.operation, error.cluster, error.peer_name], ["mesh", ports.us.address, "eu"]);
    assert.deepEqual([error.retryable, error.peering.role], [true, "acceptor"]);
    assert.equal((await command(["mesh", "--dry-run"])).code, 1);
  });

  test("deletes existing peerings only after confirmation", async (t) => {
    const aliases = { ap: { server_external_addresses: [] }, eu: { server_external_addresses: [] } };
    const { command, raw, onTerminal, writes } = await world(t, { clusters, aliases });
    assert.equal((await command(["mesh", "--quiet"])).code, 0);
    await peering.remove(raw.us, "eu");
    await peering.wait(raw.eu, "us", "TERMINATED");
    const before = writes().length;
    const unasked = await command(["mesh"]);
    assert.equal(unasked.code, 4);
    assert.match(unasked.err, /"us" on eu \(http.+\) is deleted and recreated.*Pass --yes/s);
    assert.equal((await onTerminal(mesh, [], {}, "n")).code, 1);
    assert.equal(writes().length, before);
    const yes = await onTerminal(mesh, [], {}, "y");
    assert.equal(yes.code, 0, yes.said);
    assert.match(
      yes.out.replaceAll(/\x1b\[\d+m/g, ""),
      /^eu +us +changed +delete, wait, generate, establish; it is TERMINATED/m,
    );
  });

  test("an alias that is not a valid peer name is reported", async (t) => {
    const { ports } = await world(t);
    const file = write("upper.json", { EU: { address: ports.eu.address }, us: { address: ports.us.address } });
    const { code, err } = await run(["mesh", "--clusters", file, "--json"]);
    assert.equal(code, 2);
    assert.deepEqual(JSON.parse(err).findings[0].field, "clusters.EU");
  });
});

describe("watch", { concurrency: 2 }, () => {
  test("prints the existing peerings, then each change, until Ctrl-C", async (t) => {
    const { start, command, raw } = await world(t);
    const child = start(["watch", "--cluster", "eu", "--interval", "50ms"]);
    await until(child, /^\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d) {2}– +no peering on eu \(http.+\) yet\n/);
    assert.equal((await command(["connect", "eu", "us", "--quiet"])).code, 0);
    await until(child, /us +PENDING, acceptor\n[^]*us +ACTIVE \(was \w+\)\n/);
    await peering.remove(raw.us, "eu");
    await until(child, /us +TERMINATED \(was \w+\)\n/);
    await peering.remove(raw.eu, "us");
    await until(child, /us +gone \(was \w+\)\n/);
    child.kill("SIGINT");
    assert.deepEqual([await ended(child), child.err], [0, ""], "Ctrl-C is its normal end");
    for (const line of child.out.trimEnd().split("\n")) assert.match(line, /^\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d) {2}\S/);
  });

  test("--json: a line for each change, of one peering or of all", async (t) => {
    const { start, command } = await world(t);
    const all = start(["watch", "--cluster", "us", "--json", "--interval", "50ms"]);
    const one = start(["watch", "eu", "--cluster", "us", "--json", "--interval", "50ms"]);
    await Promise.all([until(all, /^\[\]\n/), until(one, /^null\n/)]);
    assert.equal((await command(["connect", "eu", "us", "--quiet"])).code, 0);
    await Promise.all([until(all, /"ACTIVE"/), until(one, /"ACTIVE"/)]);
    const ends = [all, one].map(ended);
    for (const child of [all, one]) child.kill("SIGTERM");
    assert.deepEqual(await Promise.all(ends), [0, 0]);
    assert.equal(all.err + one.err, "", "no error document");
    const values = (child) =>
      child.out
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line))
        .filter((value) => !value?.type?.startsWith("contact_")); // a busy machine is slow to respond
    assert.ok(values(all).every(Array.isArray));
    assert.equal(values(all).at(-1)[0].state, "ACTIVE");
    assert.equal(values(one).at(-1).state, "ACTIVE");
    assert.equal(new Set(one.out.split("\n")).size, one.out.split("\n").length, "no duplicate lines");
  });

  test("stdout closed by its reader is no failure", async (t) => {
    const { start, raw } = await world(t);
    const child = start(["watch", "--cluster", "eu", "--interval", "50ms"]);
    await until(child, /no peering/);
    child.stdout.destroy();
    await peering.generateToken(raw.eu, { peer_name: "us" }); // a change to print
    assert.deepEqual([await ended(child), child.err], [0, ""]);
  });

  test("exit code 1 if it cannot be watched", async (t) => {
    const { command } = await world(t, { clusters: [{ name: "eu", peering: false }, "us"] });
    const { code, out, err } = await command(["watch", "--cluster", "eu", "--json"]);
    assert.deepEqual([code, out, JSON.parse(err).code], [1, "", "peering_disabled"]);
    const bad = await command(["watch", "EU", "--cluster", "us", "--json"]);
    assert.deepEqual([bad.code, JSON.parse(bad.err).code], [2, "invalid"]);
  });
});

describe("health", () => {
  test("exit code 0 when all are healthy, 3 when one is not, 1 when it does not exist", async (t) => {
    const { command, raw } = await world(t, { clusters: ["eu", "us", "ap"] });
    const health = (...words) => command(["health", "--cluster", "eu", ...words]);
    const empty = await health();
    assert.deepEqual([empty.code, empty.err], [0, ""]);
    assert.match(empty.out, /^No peerings on eu/);
    const none = await health("us");
    assert.deepEqual([none.code, none.out], [1, ""]);
    assert.match(none.err, /There is no peering "us" on eu/);
    const absent = await health("us", "--json");
    assert.deepEqual([absent.code, absent.out, JSON.parse(absent.err).code], [1, "null\n", "not_found"]);

    await peering.generateToken(raw.eu, { peer_name: "us" });
    const starting = await health("us");
    assert.equal(starting.code, 3);
    assert.match(
      starting.out,
      /^PEER +HEALTH +STATE +WHY\nus +starting +PENDING +PENDING: the token has not been used/,
    );

    assert.equal((await command(["connect", "eu", "us", "--quiet"])).code, 0);
    await peering.wait(raw.eu, "us", (found) => found?.stream.last_heartbeat !== null);
    const healthy = await health("us", "--json");
    assert.equal(healthy.code, 0, healthy.out);
    assert.equal(JSON.parse(healthy.out).verdict, "healthy");
    const both = await health("us", "--other", "us");
    assert.equal(both.code, 0, both.out);
    const half = await health("us", "--other", "ap", "--other-name", "eu", "--json");
    assert.equal(half.code, 3);
    assert.deepEqual(
      JSON.parse(half.out).checks.map(({ code }) => code),
      ["wrong_cluster"],
    );

    await peering.generateToken(raw.eu, { peer_name: "ap" });
    const all = await health("--json");
    assert.equal(all.code, 3, "one is not healthy");
    assert.deepEqual(
      JSON.parse(all.out).map(({ peer_name, verdict }) => [peer_name, verdict]),
      [
        ["ap", "starting"],
        ["us", "healthy"],
      ],
    );
    await peering.remove(raw.eu, "us");
    await peering.wait(raw.us, "eu", "TERMINATED");
    const broken = await command(["health", "eu", "--cluster", "us", "--other", "eu", "--json"]);
    assert.deepEqual([broken.code, JSON.parse(broken.out).verdict], [3, "broken"]);
  });
});

describe("on a terminal", () => {
  test("a line for each pair with its state and seconds, erased at the end", async (t) => {
    const { onTerminal } = await world(t, { clusters: ["eu", "us", "ap"], speed: 5 });
    const { code, said, out } = await onTerminal(mesh, [], {}, undefined);
    assert.equal(code, 0);
    const plain = said.replaceAll(/\x1b\[\d*m/g, "");
    for (const pair of ["eu – us", "eu – ap", "us – ap"]) {
      assert.match(plain, new RegExp(`${pair}  reading both sides +\\d\\.\\d s`));
      assert.match(plain, new RegExp(`${pair}  \\w\\w: generating a token`));
      assert.match(plain, new RegExp(`✔ ${pair}  ACTIVE on both sides +\\d\\.\\d s`));
    }
    assert.ok(said.endsWith("\r\x1b[2K" + "\x1b[1A\r\x1b[2K".repeat(2)), "all three lines are erased");
    assert.match(out.replaceAll(/\x1b\[\d*m/g, ""), /^eu +us +changed/m);
  });

  test("more pairs than lines: shows those that are running", () => {
    const stderr = terminal({ rows: 4 });
    const progress = createProgress(stderr, colours(stderr, { NO_COLOR: "1" }), true);
    for (const name of ["a", "b", "c"]) progress.show(`${name} runs`, undefined, name);
    progress.end("a is done", "a");
    stderr.text();
    progress.show("d runs", undefined, "d");
    const frame = stderr.text();
    progress.clear();
    assert.deepEqual(frame.match(/\w runs|\w is done/g), ["b runs", "c runs", "d runs"]);
  });
});

test("no secret was ever printed", assertNoSecretPrinted);
