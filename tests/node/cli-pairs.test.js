// The commands on two clusters, on simulated ones.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as peering from "../../pkg/node.js";
import { connect } from "../../pkg/cli/commands/connect.js";
import { disconnect } from "../../pkg/cli/commands/disconnect.js";
import { ended, portOf, run, runHere, write } from "./command-line.js";
import { assertNoSecretPrinted, EXTERNAL, until, world } from "./pair-commands.js";

const COMMANDS = ["connect", "plan", "rotate", "disconnect", "mesh", "watch", "health"];

describe("help and usage", () => {
  test("each has a --help: a sentence, its usage, its options, examples; the main help lists all of them", async () => {
    const main = await runHere(["--help"]);
    for (const heading of ["Connect clusters", "Peerings of one cluster", "Tokens", "Checks"]) {
      assert.match(main.out, new RegExp(`^${heading}$`, "m"));
    }
    for (const name of COMMANDS) {
      assert.match(main.out, new RegExp(`^  ${name} `, "m"));
      const { code, out, err } = await runHere([name, "--help"]);
      assert.deepEqual([code, err], [0, ""]);
      assert.match(
        out,
        new RegExp(
          `^[A-Z][^]+?\\.\\n\\nUsage\\n  consul-peering ${name} [^]+\\n\\nExamples\\n  # [^]+\\nCommon options\\n`,
        ),
      );
      assert.deepEqual(
        out.split("\n").filter((line) => line.length > 80),
        [],
      );
    }
  });

  test("options: commands on two clusters have no --cluster, watch has no --timeout", async () => {
    for (const name of ["connect", "plan", "rotate", "disconnect", "mesh"]) {
      const { out } = await runHere([name, "--help"]);
      assert.doesNotMatch(out, /--cluster |--datacenter|--partition/);
      assert.match(out, /--clusters FILE/);
    }
    assert.doesNotMatch((await runHere(["watch", "--help"])).out, /--timeout/);
    assert.match((await runHere(["health", "--help"])).out, /code\s+3:\s+at\s+least\s+one\s+is\s+starting/);
  });

  test("a usage error is exit code 2, with the next step", async () => {
    const clusters = write("usage.json", {
      eu: { address: "http://127.0.0.1:8500" },
      EU: { address: "http://127.0.0.1:8501" },
      us: { address: "http://127.0.0.1:8502" },
    });
    const alone = write("alone.json", { eu: { address: "http://127.0.0.1:8500" } });
    const url = "http://127.0.0.1:8503";
    for (const [words, expected] of [
      [["connect"], /`connect` needs A and B/],
      [["connect", "eu"], /`connect` needs A and B.*consul-peering connect A B/s],
      [["connect", "eu", "us", "ap"], /takes 2/],
      [["plan", "eu", "ux"], /B "ux" is neither a URL nor an alias in .*usage\.json.*Did you mean us\?/s],
      [["plan", "ex", "us"], /A "ex" is neither/],
      [["plan", "eu", url], /name of B on A is missing.*--a-name NAME/s],
      [["plan", url, "us"], /name of A on B is missing.*--b-name NAME/s],
      [["plan", "EU", "us"], /alias "EU" is not a valid peer name of A on B: .*upper-case.*--b-name NAME/s],
      [["plan", "eu", "us", "--a-meta", "team"], /--a-meta "team" has no key.*--a-meta key=value/s],
      [["connect", "eu", "us", "--external-address", EXTERNAL, "--no-external-addresses"], /contradict each other/],
      [["connect", "eu", "us", "--cluster", "eu"], /`connect` has no option --cluster/],
      [["disconnect", "eu", "us", "--b-meta", "a=b"], /`disconnect` has no option --b-meta/],
      [["mesh", "eu", "ap"], /Unknown alias "ap"/],
      [["mesh", "eu", url], /takes aliases, but http:\/\/127\.0\.0\.1:8503 is an address/],
      [["mesh", "eu"], /needs at least two clusters, but has only eu/],
      [["mesh", "--clusters", alone], /needs at least two clusters, but has only eu/],
      [["mesh", "eu", "us", "--concurrency", "0"], /--concurrency "0" is not a positive integer/],
      [["watch", "--interval", "2"], /Invalid duration for --interval: "2".*2s or 2ms/s],
      [["watch", "--interval", "11m"], /--interval: "11m".*at most 10 minutes/s],
      [["watch", "--timeout", "2s"], /`watch` has no option --timeout/],
      [["health", "us", "--other-name", "eu"], /--other-name needs --other/],
      [["health", "us", "--other", "ux", "--cluster", "eu"], /--other "ux" is neither/],
      [["link", "eu", "us"], /Did you mean `connect`/],
    ]) {
      const withFile = words.includes("--clusters") ? words : [...words, "--clusters", clusters];
      const { code, out, err } = await runHere(words[0] === "link" ? words : withFile);
      assert.deepEqual([code, out], [2, ""], `${words.join(" ")}: ${err}`);
      assert.match(err, expected);
      assert.match(err, /\n {2}Next: .+\.|\n {2}Next: .+`/);
    }
    const none = await runHere(["mesh"]);
    assert.equal(none.code, 2);
    assert.match(none.err, /There is no clusters\.json in this directory.*--clusters/s);
  });
});

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

describe("rotate", () => {
  test("a new secret for an existing link; the external addresses must be passed", async (t) => {
    const { command, raw, writes } = await world(t);
    const early = await command(["rotate", "eu", "us", "--no-external-addresses"]);
    assert.equal(early.code, 1);
    assert.match(early.err, /not linked with each other.*Next: /s);
    const dryEarly = await command(["rotate", "eu", "us", "--no-external-addresses", "--dry-run", "--json"]);
    assert.deepEqual([dryEarly.code, JSON.parse(dryEarly.err).code], [1, "not_active"]);

    assert.equal((await command(["connect", "eu", "us", "--quiet"])).code, 0);
    const ids = async () => [(await peering.read(raw.eu, "us")).id, (await peering.read(raw.us, "eu")).id];
    const [before, count] = [await ids(), writes().length];
    for (const more of [[], ["--dry-run"]]) {
      const unnamed = await command(["rotate", "eu", "us", ...more]);
      assert.deepEqual([unnamed.code, unnamed.out], [1, ""]);
      assert.match(
        unnamed.err,
        /external addresses.*Next: Pass them with --external-address .*--no-external-addresses.*, or set server_external_addresses for eu in \S+\.json \(\[\] for none\)/s,
      );
      const turned = await command(["rotate", "us", "eu", "--no-external-addresses", ...more]);
      assert.equal(turned.code, 1);
      assert.match(turned.err, /Next: eu is the acceptor: use `rotate eu us`/);
    }
    const dry = await command(["rotate", "eu", "us", "--no-external-addresses", "--dry-run"]);
    assert.equal(dry.code, 3);
    assert.match(dry.out, /^1 {2}generate +on eu .*\n2 {2}establish +on us .*\n2 steps\. Run again without --dry-run/);
    assert.equal(writes().length, count);

    const done = await command(["rotate", "eu", "us", "--no-external-addresses"]);
    assert.equal(done.code, 0, done.err);
    assert.match(done.out, /^Rotated the secret of the link between eu and us\.\nCLUSTER /);
    assert.deepEqual(writes().slice(count), ["POST /v1/peering/token", "POST /v1/peering/establish"]);
    assert.deepEqual(await ids(), before);
    const json = await command(["rotate", "eu", "us", "--no-external-addresses", "--json"]);
    assert.deepEqual([json.code, json.err], [0, ""]);
    assert.deepEqual(Object.keys(JSON.parse(json.out)), ["acceptor", "dialer", "changed", "reversed", "next"]);
  });
});

describe("disconnect", { concurrency: 2 }, () => {
  test("both sides, after confirmation; a second run has nothing to do", async (t) => {
    const { command, raw, writes, onTerminal } = await world(t);
    assert.equal((await command(["connect", "eu", "us", "--quiet"])).code, 0);
    const before = writes().length;
    const dry = await command(["disconnect", "eu", "us", "--dry-run"]);
    assert.deepEqual([dry.code, dry.err], [3, ""]);
    assert.match(
      dry.out,
      /^Would be deleted: "us" on eu \(.+\) is ACTIVE, the acceptor\.\nWould be .+ the dialer\.\n.+ no services\.\n$/,
    );
    const json = JSON.parse((await command(["disconnect", "eu", "us", "--dry-run", "--yes", "--json"])).out);
    assert.deepEqual([json.a.peer_name, json.b.peer_name], ["us", "eu"]);
    const no = await onTerminal(disconnect, ["eu", "us"], {}, "n");
    assert.equal(no.code, 1);
    assert.match(
      no.said,
      /"us" on eu \(.+\) is ACTIVE.*\n.*"eu" on us .* is ACTIVE.*\n.*Delete both peerings\? \[y\/N\]/s,
    );
    assert.equal(writes().length, before);

    const yes = await onTerminal(disconnect, ["eu", "us"], {}, "yes");
    assert.equal(yes.code, 0);
    assert.match(yes.out, /^Deleted the peering "us" on eu .*\nDeleted the peering "eu" on us /);
    assert.deepEqual([await peering.list(raw.eu), await peering.list(raw.us)], [[], []]);
    const again = await command(["disconnect", "eu", "us", "--yes", "--json"]);
    assert.deepEqual([again.code, JSON.parse(again.out), again.err], [0, { a: null, b: null }, ""]);
    const nothing = await command(["disconnect", "eu", "us", "--dry-run"]);
    assert.equal(nothing.code, 0);
    assert.match(nothing.out, /There is no peering "us" on eu .*\n.*no peering "eu" on us/);
    const unasked = await onTerminal(disconnect, ["eu", "us"], {}, undefined);
    assert.equal(unasked.code, 0, "nothing to confirm");
    assert.doesNotMatch(unasked.said, /\[y\/N\]/);
  });

  test("keeps peerings of other pairs unless --force, also in a dry run", async (t) => {
    const { command, raw, writes } = await world(t, { clusters: ["eu", "us", "ap"] });
    assert.equal((await command(["connect", "eu", "ap", "--a-name", "us", "--quiet"])).code, 0);
    const before = writes().length;
    for (const more of [["--yes"], ["--dry-run"]]) {
      const { code, out, err } = await command(["disconnect", "eu", "us", ...more, "--json"]);
      assert.deepEqual([code, out], [1, ""]);
      assert.equal(JSON.parse(err).code, "peer_mismatch");
      assert.match(JSON.parse(err).hint, /--[ab]-name.*--force/);
    }
    const dry = await command(["disconnect", "eu", "us", "--dry-run", "--force"]);
    assert.equal(dry.code, 3);
    assert.match(dry.out, /^Would be deleted: "us" on eu .+\n.+ no services\.\n$/);
    assert.equal(writes().length, before);
    assert.equal((await command(["disconnect", "eu", "us", "--force", "--yes"])).code, 0);
    assert.equal(await peering.read(raw.eu, "us"), null);
  });
});

test("no secret was ever printed", assertNoSecretPrinted);
