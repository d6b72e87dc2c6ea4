// The commands on two clusters, on simulated ones. cli-connect.test.js has `connect` and `plan`.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as peering from "../../pkg/node.js";
import { disconnect } from "../../pkg/cli/commands/disconnect.js";
import { runHere, write } from "./command-line.js";
import { assertNoSecretPrinted, EXTERNAL, world } from "./pair-commands.js";

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
