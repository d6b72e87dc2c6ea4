// `connect` and `plan` on simulated clusters.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as peering from "../../pkg/node.js";
import { connect } from "../../pkg/cli/commands/connect.js";
import { ended, portOf, run } from "./command-line.js";
import { EXTERNAL, assertNoSecretPrinted, until, world } from "./pair-commands.js";

describe("connect and plan", { concurrency: 2 }, () => {
  test("from a plan to a link: exit code 3 with pending changes, 0 without", async (t) => {
    const { command, writes, raw } = await world(t, { clusters: [{ name: "eu", acl: true }, "us"] });
    const planned = await command(["plan", "eu", "us"]);
    assert.deepEqual([planned.code, planned.err], [3, ""]);
    assert.match(
      planned.out,
      /^1 {2}generate +on eu +no peering exists.*\n2 {2}establish +on us .*\n2 steps\. To apply, run `connect`/,
    );
    const dry = await command(["connect", "eu", "us", "--dry-run", "--json"]);
    assert.equal(dry.code, 3);
    const { steps, ...rest } = JSON.parse(dry.out);
    assert.deepEqual(rest, { notes: [], linked: false, reversed: false });
    assert.deepEqual(
      steps.map(({ on, action }) => [on, action]),
      [
        ["acceptor", "generate"],
        ["dialer", "establish"],
      ],
    );
    assert.deepEqual(writes(), [], "neither changes anything");

    const linked = await command(["connect", "eu", "us"]);
    assert.equal(linked.code, 0, linked.err);
    assert.match(
      linked.out,
      /^Connected: eu accepts, us dials\.\nCLUSTER .*\neu +us +ACTIVE +acceptor.*\nus +eu +ACTIVE +dialer/,
    );
    const NEXT = /\n\nNext: nothing is exported yet, .*`consul-peering troubleshoot eu us`\.\n$/s;
    assert.match(linked.out, NEXT);
    const line = / +\d+\.\d s {2}eu – us {2}(eu|us): .+/;
    const lines = linked.err.trimEnd().split("\n");
    assert.ok(lines.length >= 3, "progress is a line for each step without a terminal");
    for (const each of lines) assert.match(each, line);
    assert.match(linked.err, /eu: generating a token for "us".*us: "eu" has accepted the token/s);

    const already = writes().length;
    const denied = await command(["plan", "us", "eu"], { env: { EU_TOKEN: "00000000-aaaa-4bbb-8ccc-000000000000" } });
    assert.equal(denied.code, 1);
    assert.match(denied.err, /Error: plan: .+\n {2}Next: .*ACL token/);
    const again = await command(["connect", "eu", "us", "--quiet"]);
    assert.deepEqual([again.code, again.err], [0, ""], "--quiet prints nothing");
    assert.match(again.out, /^Nothing to do: eu and us are already connected \(eu accepts, us dials\)\./);
    assert.match(again.out, NEXT);
    const services = [{ Name: "web", Consumers: [{ Peer: "us" }] }];
    const written = await raw.eu.fetch(`${raw.eu.address}/v1/config`, {
      method: "PUT",
      headers: { "X-Consul-Token": raw.eu.token },
      body: JSON.stringify({ Kind: "exported-services", Name: "default", Services: services }),
    });
    assert.ok(written.ok);
    const exported = await command(["connect", "eu", "us", "--quiet"]);
    assert.doesNotMatch(exported.out, /Next:/);
    const none = await command(["plan", "eu", "us"]);
    assert.deepEqual([none.code, none.err], [0, ""]);
    assert.match(none.out, /^Nothing to do: eu and us are connected, and ACTIVE on both sides\.\n$/);
    const turned = await command(["plan", "us", "eu"]);
    assert.equal(turned.code, 0);
    assert.match(turned.out, /opposite direction, which is kept: eu accepts, us dials\./);
    assert.equal(writes().length, already);
  });

  test("--json: one document on stdout, and no other output", async (t) => {
    const { command } = await world(t);
    const { code, out, err } = await command(["connect", "eu", "us", "--json"]);
    assert.deepEqual([code, err], [0, ""]);
    const linked = JSON.parse(out);
    assert.deepEqual(Object.keys(linked), ["acceptor", "dialer", "changed", "reversed", "next", "notes"]);
    assert.deepEqual(
      [linked.acceptor.state, linked.dialer.state, linked.changed, linked.reversed, linked.notes],
      ["ACTIVE", "ACTIVE", true, false, []],
    );
    assert.equal(linked.next.code, "nothing_exported");
    assert.match(linked.next.message, /exported-services/);
    const refused = await command(["plan", "eu", "eu", "--json"]);
    assert.deepEqual([refused.code, refused.out], [2, ""]);
    const error = JSON.parse(refused.err);
    assert.equal(error.code, "same_cluster");
    assert.match(error.hint, /Pass two clusters/);
  });

  test("meta and external addresses: those of the aliases by default", async (t) => {
    const aliases = { eu: { meta: { of: "eu" }, server_external_addresses: [EXTERNAL] }, us: { meta: { of: "us" } } };
    const clusters = [{ name: "eu", external_addresses: [EXTERNAL] }, "us"];
    const { command, raw, ports } = await world(t, { clusters, aliases });
    const both = () => Promise.all([peering.read(raw.eu, "us"), peering.read(raw.us, "eu")]);
    assert.equal((await command(["connect", "eu", "us"])).code, 0);
    let [eu, us] = await both();
    assert.deepEqual([eu.meta, us.meta], [{ of: "eu" }, { of: "us" }]);

    const given = ["--a-meta", "x=1", "--b-meta", "team=pay=ments", "--b-meta", "y=2", "--no-external-addresses"];
    const changed = await command(["connect", "eu", "us", ...given]);
    assert.equal(changed.code, 0, changed.err);
    assert.match(changed.out, /^Note: the acceptor "us" keeps its meta: .+\.$/m, "what Consul cannot change is noted");
    [eu, us] = await both();
    assert.deepEqual([eu.meta, us.meta], [{ of: "eu" }, { team: "pay=ments", y: "2" }]);

    const back = await command(["connect", "eu", "us", "--b-meta", "z=3", "--external-address", EXTERNAL, "--quiet"]);
    assert.equal(back.code, 0, back.err);
    assert.deepEqual((await both())[1].meta, { z: "3" });
    const asked = ports.eu.sent.filter(({ url }) => url === "/v1/peering/token");
    assert.deepEqual(
      asked.map(({ body }) => JSON.parse(body).ServerExternalAddresses ?? []),
      [[EXTERNAL], [], [EXTERNAL]],
    );
  });

  test("two URLs, each with a name for the other", async (t) => {
    const { ports, raw } = await world(t);
    const words = [
      ports.eu.address,
      ports.us.address.slice("http://".length),
      "--a-name",
      "over-there",
      "--b-name",
      "home",
    ];
    const { code, out, err } = await run(["connect", ...words]);
    assert.equal(code, 0, err);
    assert.match(out, new RegExp(`^${ports.eu.address} +over-there +ACTIVE +acceptor`, "m"));
    assert.equal((await peering.read(raw.us, "home")).state, "ACTIVE");
    assert.equal((await run(["disconnect", ...words, "--yes", "--quiet"])).code, 0);
    assert.equal(await peering.read(raw.us, "home"), null);
  });

  test("a conflict is exit code 1, with the side and what to do", async (t) => {
    const { command, raw, writes } = await world(t, { clusters: ["eu", "us", "ap"] });
    await peering.generateToken(raw.us, { peer_name: "eu" });
    for (const words of [["plan"], ["connect"], ["connect", "--dry-run"]]) {
      const { code, out, err } = await command([...words, "eu", "us"]);
      assert.deepEqual([code, out], [1, ""]);
      assert.match(
        err,
        /Error: (plan|connect): peering "eu" on us \(http:.*"eu" is an acceptor.*Next: Another connect may be running.*`consul-peering delete eu --cluster us --clusters \S+`.*--b-name/s,
      );
    }
    assert.deepEqual(writes(), []);
    const { address } = await portOf({ address: "", fetch: () => Promise.reject() }).then(
      (port) => (port.close(), port),
    );
    const unreachable = await command(["connect", "eu", address, "--a-name", "us"]);
    assert.equal(unreachable.code, 1);
    assert.match(unreachable.err, /ECONNREFUSED|fetch failed/);
  });

  test("deletes existing peerings only after confirmation", async (t) => {
    const { command, raw, writes, onTerminal } = await world(t);
    assert.equal((await command(["connect", "eu", "us", "--quiet"])).code, 0);
    await peering.remove(raw.us, "eu");
    await peering.wait(raw.eu, "us", "TERMINATED");
    const existing = (await peering.read(raw.eu, "us")).id;
    const before = writes().length;
    const words = ["connect", "eu", "us", "--no-external-addresses"];

    const dry = await command([...words, "--dry-run"]);
    assert.equal(dry.code, 3);
    assert.match(dry.out, /^1 {2}delete +on eu +it is TERMINATED/);
    const unasked = await command(words);
    assert.deepEqual([unasked.code, unasked.out], [4, ""]);
    assert.match(unasked.err, /"us" on eu \(http.+\) is deleted and recreated: it is TERMINATED.*\n.*Pass --yes/);
    for (const answer of ["n", ""]) {
      const no = await onTerminal(connect, ["eu", "us"], { "no-external-addresses": true }, answer);
      assert.equal(no.code, 1);
      assert.match(no.said, /is deleted and recreated.*\n.*Continue\? \[y\/N\].*Nothing was deleted/s);
    }
    assert.equal(writes().length, before);

    const yes = await onTerminal(connect, ["eu", "us"], { "no-external-addresses": true }, "y");
    assert.equal(yes.code, 0, yes.said);
    assert.match(yes.out, /Connected: eu accepts, us dials/);
    assert.notEqual((await peering.read(raw.eu, "us")).id, existing);

    await peering.remove(raw.us, "eu");
    await peering.wait(raw.eu, "us", "TERMINATED");
    const forced = await command([...words, "--yes", "--json"]);
    assert.deepEqual([forced.code, forced.err], [0, ""]);
    assert.equal(JSON.parse(forced.out).acceptor.state, "ACTIVE");
  });

  test("Ctrl-C ends a connect with exit code 130, and reports what is left behind", async (t) => {
    const { start, raw, simulator } = await world(t);
    simulator.fault({ kind: "delay", ms: 60_000, match: { cluster: "us", path: "/v1/peering/establish" } });
    const child = start(["connect", "eu", "us"]);
    await until(child, /establishing "eu"/, "err");
    child.kill("SIGINT");
    assert.equal(await ended(child), 130);
    assert.match(child.err, /Interrupted by SIGINT\.\n.*Left behind on .*"us"/s);
    assert.equal((await peering.read(raw.eu, "us")).state, "PENDING");
  });
});

test("no secret was ever printed", assertNoSecretPrinted);
