// The commands that work on two clusters and more, and those that look on: child processes against simulated clusters,
// and at the end against real ones. What needs a terminal runs in this process, with streams that say they are one.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as peering from "../../pkg/node.js";
import { startAgents } from "../../pkg/cli/agent.js";
import { connect } from "../../pkg/cli/commands/connect.js";
import { disconnect } from "../../pkg/cli/commands/disconnect.js";
import { mesh } from "../../pkg/cli/commands/mesh.js";
import { createOutput } from "../../pkg/cli/output.js";
import { createProgress } from "../../pkg/cli/progress.js";
import { colours } from "../../pkg/cli/terminal.js";
import { startSimulator } from "../../pkg/simulator.js";
import { portOf, printed, run, runHere, start, terminal, write } from "./command-line.js";
import { record } from "./recorder.js";
import { aclToken } from "./secrets.js";

const COMMANDS = ["connect", "plan", "rotate", "disconnect", "mesh", "watch", "health"];
const EXTERNAL = "127.0.0.1:9443";
const secrets = new Set();

/** Clusters that nothing else uses, their ports, and clusters.json; what is sent to them is recorded. */
async function world(t, { clusters = ["eu", "us"], speed = 20, aliases = {} } = {}) {
  const simulator = await startSimulator({ clusters, speed, listen: false });
  const raw = simulator.clusters;
  const recorded = Object.fromEntries(Object.entries(raw).map(([name, cluster]) => [name, record(cluster)]));
  const ports = {};
  for (const name in raw) ports[name] = await portOf(recorded[name].cluster);
  t.after(() => {
    for (const { secrets: each } of Object.values(recorded)) each.forEach((secret) => secrets.add(secret));
    for (const { close } of Object.values(ports)) close();
    return simulator.stop();
  });
  const env = {};
  const entries = Object.keys(raw).map((name) => {
    const entry = { address: ports[name].address, ...aliases[name] };
    if (raw[name].token) {
      entry.token_env = `${name.toUpperCase()}_TOKEN`;
      env[entry.token_env] = aclToken(raw[name].token);
      secrets.add(raw[name].token);
    }
    return [name, entry];
  });
  const file = write(`clusters-${ports[entries[0][0]].address.split(":")[2]}.json`, Object.fromEntries(entries));
  return {
    ...{ simulator, raw, ports, file, env },
    writes: () =>
      Object.values(recorded)
        .flatMap((each) => each.writes())
        .sort((a, b) => a.at - b.at)
        .map(({ method, path }) => `${method} ${path}`),
    command: (words, options) => runHere([...words, "--clusters", file], { env, ...options }),
    start: (words) => start([...words, "--clusters", file], { env }),
    /** The context of a command on a terminal, whose question is answered with `answer`. */
    async onTerminal(command, operands, values, answer) {
      const [stdin, stdout, stderr] = [terminal(), terminal(), terminal()];
      const output = createOutput({ stdout, stderr, env: {} }, {});
      const call = { signal: new AbortController().signal, onProgress: ({ text }) => output.progress.show(text) };
      const context = { operands, values: { clusters: file, ...values }, env, peering, output, stdin, stderr, call };
      let said = "";
      const asked = (async () => {
        for (let waited = 0; !/\[y\/N\]/.test((said += stderr.text())); waited += 20) {
          if (waited > 10_000) return;
          await sleep(20);
        }
        stdin.write(`${answer}\n`);
      })();
      const running = command.run({ ...context, signal: call.signal });
      const code = await running;
      if (answer !== undefined) await asked;
      said += stderr.text();
      printed.push({ words: [command.name], text: said });
      return { code, said, out: stdout.text() };
    },
  };
}

describe("what they say about themselves", () => {
  test("each has a --help: a sentence, its usage, its options, examples; the main help lists all of them", async () => {
    const main = await run(["--help"]);
    for (const heading of ["Two clusters, and more", "Peerings of one cluster", "Tokens", "Checks"]) {
      assert.match(main.out, new RegExp(`^${heading}$`, "m"));
    }
    for (const name of COMMANDS) {
      assert.match(main.out, new RegExp(`^  ${name} `, "m"));
      const { code, out, err } = await run([name, "--help"]);
      assert.deepEqual([code, err], [0, ""]);
      assert.match(out, new RegExp(`^[A-Z][^]+?\\.\\n[^]+\\nUsage\\n  consul-peering ${name} [^]+\\nExamples\\n  # `));
      assert.deepEqual(
        out.split("\n").filter((line) => line.length > 120),
        [],
      );
    }
  });

  test("what they take: two clusters have no --cluster, a watch no --timeout", async () => {
    for (const name of ["connect", "plan", "rotate", "disconnect", "mesh"]) {
      const { out } = await run([name, "--help"]);
      assert.doesNotMatch(out, /--cluster |--datacenter|--partition/);
      assert.match(out, /--clusters FILE/);
    }
    assert.doesNotMatch((await run(["watch", "--help"])).out, /--timeout/);
    assert.match((await run(["health", "--help"])).out, /3\s+when one is not: starting/);
  });

  test("wrong usage is exit code 2, and says the next step", async () => {
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
      [["plan", "eu", url], /What A calls B is not said.*--a-name NAME/s],
      [["plan", url, "us"], /What B calls A is not said.*--b-name NAME/s],
      [["plan", "EU", "us"], /alias "EU" cannot be what B calls A: .*upper-case.*--b-name NAME/s],
      [["plan", "eu", "us", "--a-meta", "team"], /--a-meta "team" has no key.*--a-meta key=value/s],
      [["connect", "eu", "us", "--external-address", EXTERNAL, "--no-external-addresses"], /contradict each other/],
      [["connect", "eu", "us", "--cluster", "eu"], /`connect` has no option --cluster/],
      [["disconnect", "eu", "us", "--b-meta", "a=b"], /`disconnect` has no option --b-meta/],
      [["mesh", "eu", "ap"], /ALIAS "ap" is neither/],
      [["mesh", "eu", url], /takes aliases, and http:\/\/127\.0\.0\.1:8503 is an address/],
      [["mesh", "eu"], /needs two clusters or more, here is only eu/],
      [["mesh", "--clusters", alone], /needs two clusters or more, here is only eu/],
      [["mesh", "eu", "us", "--concurrency", "0"], /--concurrency "0" is not a whole number above 0/],
      [["watch", "--interval", "2"], /--interval "2" is not a time.*2s or 2ms/s],
      [["watch", "--interval", "11m"], /--interval "11m".*at most 10 minutes/s],
      [["watch", "--timeout", "2s"], /`watch` has no option --timeout/],
      [["health", "us", "--other-name", "eu"], /says nothing without --other/],
      [["health", "us", "--other", "ux", "--cluster", "eu"], /--other "ux" is neither/],
      [["link", "eu", "us"], /Did you mean `connect`/],
    ]) {
      const withFile = words.includes("--clusters") ? words : [...words, "--clusters", clusters];
      const { code, out, err } = await run(words[0] === "link" ? words : withFile);
      assert.deepEqual([code, out], [2, ""], `${words.join(" ")}: ${err}`);
      assert.match(err, expected);
      assert.match(err, /\n  Next: .+\.|\n  Next: .+`/);
    }
    const none = await run(["mesh"]);
    assert.equal(none.code, 2);
    assert.match(none.err, /There is no clusters\.json here.*--clusters/s);
  });
});

describe("connect and plan", { concurrency: 2 }, () => {
  test("from a plan to a link: 3 while there is something to do, 0 when there is not", async (t) => {
    const { command, writes } = await world(t, { clusters: [{ name: "eu", acl: true }, "us"] });
    const planned = await command(["plan", "eu", "us"]);
    assert.deepEqual([planned.code, planned.err], [3, ""]);
    assert.match(planned.out, /^1  generate +on eu +no peering exists.*\n2  establish +on us .*\n2 steps to do/);
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
      /^Linked: eu accepts, us dials\.\nCLUSTER .*\neu +us +ACTIVE +acceptor.*\nus +eu +ACTIVE +dialer/,
    );
    const line = / +\d+\.\d s {2}eu – us {2}(eu|us): .+/;
    const lines = linked.err.trimEnd().split("\n");
    assert.ok(lines.length >= 3, "what happens is told line by line where no terminal shows it");
    for (const each of lines) assert.match(each, line);
    assert.match(linked.err, /eu: generating a token for "us".*us: "eu" has accepted the token/s);

    const already = writes().length;
    const denied = await command(["plan", "us", "eu"], { env: { EU_TOKEN: "00000000-aaaa-4bbb-8ccc-000000000000" } });
    assert.equal(denied.code, 1);
    assert.match(denied.err, /Error: plan: .+\n  Next: .*ACL token/);
    const again = await command(["connect", "eu", "us", "--quiet"]);
    assert.deepEqual([again.code, again.err], [0, ""], "--quiet tells nothing");
    assert.match(again.out, /^Nothing to do: they are linked, eu accepts, us dials\./);
    const none = await command(["plan", "eu", "us"]);
    assert.deepEqual([none.code, none.err], [0, ""]);
    assert.match(none.out, /^Nothing to do: eu and us are linked, and ACTIVE on both sides\.\n$/);
    const turned = await command(["plan", "us", "eu"]);
    assert.equal(turned.code, 0);
    assert.match(turned.out, /other way round: eu accepts, us dials\. That is kept\./);
    assert.equal(writes().length, already);
  });

  test("--json: one document on stdout, and nothing else anywhere", async (t) => {
    const { command } = await world(t);
    const { code, out, err } = await command(["connect", "eu", "us", "--json"]);
    assert.deepEqual([code, err], [0, ""]);
    const linked = JSON.parse(out);
    assert.deepEqual(Object.keys(linked), ["acceptor", "dialer", "changed", "reversed", "notes"]);
    assert.deepEqual(
      [linked.acceptor.state, linked.dialer.state, linked.changed, linked.reversed, linked.notes],
      ["ACTIVE", "ACTIVE", true, false, []],
    );
    const refused = await command(["plan", "eu", "eu", "--json"]);
    assert.deepEqual([refused.code, refused.out], [2, ""]);
    const error = JSON.parse(refused.err);
    assert.equal(error.code, "same_cluster");
    assert.match(error.hint, /Name two clusters/);
  });

  test("meta and external addresses: those of the aliases, unless given", async (t) => {
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
    assert.match(changed.out, /^Note: the acceptor "us" keeps its meta: .+\.$/m, "what Consul cannot do is told");
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

  test("what stands in the way is exit code 1, names the side and what to do", async (t) => {
    const { command, raw, writes } = await world(t, { clusters: ["eu", "us", "ap"] });
    await peering.generateToken(raw.us, { peer_name: "eu" });
    for (const words of [["plan"], ["connect"], ["connect", "--dry-run"]]) {
      const { code, out, err } = await command([...words, "eu", "us"]);
      assert.deepEqual([code, out], [1, ""]);
      assert.match(
        err,
        /Error: (plan|connect): peering "eu" on us \(http:.*"eu" is an acceptor.*Next: Another connect may be running.*`consul-peering delete eu --cluster us`.*--b-name/s,
      );
    }
    assert.deepEqual(writes(), []);
    const { address } = await portOf({ address: "", fetch: () => Promise.reject() }).then(
      (port) => (port.close(), port),
    );
    const nobody = await command(["connect", "eu", address, "--a-name", "us"]);
    assert.equal(nobody.code, 1);
    assert.match(nobody.err, /ECONNREFUSED|fetch failed/);
  });

  test("what must be deleted first: never unasked", async (t) => {
    const { command, raw, writes, onTerminal } = await world(t);
    assert.equal((await command(["connect", "eu", "us", "--quiet"])).code, 0);
    await peering.remove(raw.us, "eu");
    await peering.wait(raw.eu, "us", "TERMINATED");
    const stands = (await peering.read(raw.eu, "us")).id;
    const before = writes().length;
    const words = ["connect", "eu", "us", "--no-external-addresses"];

    const dry = await command([...words, "--dry-run"]);
    assert.equal(dry.code, 3);
    assert.match(dry.out, /^1  delete +on eu +it is TERMINATED/);
    const unasked = await command(words);
    assert.deepEqual([unasked.code, unasked.out], [4, ""]);
    assert.match(unasked.err, /"us" on eu \(http.+\) is deleted and recreated: it is TERMINATED.*\n.*Pass --yes/);
    for (const answer of ["n", ""]) {
      const no = await onTerminal(connect, ["eu", "us"], { "no-external-addresses": true }, answer);
      assert.equal(no.code, 1);
      assert.match(no.said, /is deleted and recreated.*\n.*Go on\? \[y\/N\].*Nothing was deleted/s);
    }
    assert.equal(writes().length, before);

    const yes = await onTerminal(connect, ["eu", "us"], { "no-external-addresses": true }, "y");
    assert.equal(yes.code, 0, yes.said);
    assert.match(yes.out, /Linked: eu accepts, us dials/);
    assert.notEqual((await peering.read(raw.eu, "us")).id, stands);

    await peering.remove(raw.us, "eu");
    await peering.wait(raw.eu, "us", "TERMINATED");
    const forced = await command([...words, "--yes", "--json"]);
    assert.deepEqual([forced.code, forced.err], [0, ""]);
    assert.equal(JSON.parse(forced.out).acceptor.state, "ACTIVE");
  });

  test("Ctrl-C ends a connect with exit code 130, and says what is left behind", async (t) => {
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
  test("a new secret for a link that stays; the external addresses must be named", async (t) => {
    const { command, raw, writes } = await world(t);
    const early = await command(["rotate", "eu", "us", "--no-external-addresses"]);
    assert.equal(early.code, 1);
    assert.match(early.err, /not linked with each other.*Next: /s);
    const dryEarly = await command(["rotate", "eu", "us", "--no-external-addresses", "--dry-run", "--json"]);
    assert.deepEqual([dryEarly.code, JSON.parse(dryEarly.err).code], [1, "not_active"]);

    assert.equal((await command(["connect", "eu", "us", "--quiet"])).code, 0);
    const ids = async () => [(await peering.read(raw.eu, "us")).id, (await peering.read(raw.us, "eu")).id];
    const [stood, count] = [await ids(), writes().length];
    for (const more of [[], ["--dry-run"]]) {
      const unnamed = await command(["rotate", "eu", "us", ...more]);
      assert.deepEqual([unnamed.code, unnamed.out], [1, ""]);
      assert.match(
        unnamed.err,
        /external addresses.*Next: Name them with --external-address .*--no-external-addresses/s,
      );
      const turned = await command(["rotate", "us", "eu", "--no-external-addresses", ...more]);
      assert.equal(turned.code, 1);
      assert.match(turned.err, /Next: It is eu that accepts: write `rotate eu us`/);
    }
    const dry = await command(["rotate", "eu", "us", "--no-external-addresses", "--dry-run"]);
    assert.equal(dry.code, 3);
    assert.match(dry.out, /^1  generate +on eu .*\n2  establish +on us .*\n2 steps to do: `rotate`/);
    assert.equal(writes().length, count);

    const done = await command(["rotate", "eu", "us", "--no-external-addresses"]);
    assert.equal(done.code, 0, done.err);
    assert.match(done.out, /^The link between eu and us has a new secret\.\nCLUSTER /);
    assert.deepEqual(writes().slice(count), ["POST /v1/peering/token", "POST /v1/peering/establish"]);
    assert.deepEqual(await ids(), stood);
    const json = await command(["rotate", "eu", "us", "--no-external-addresses", "--json"]);
    assert.deepEqual([json.code, json.err], [0, ""]);
    assert.deepEqual(Object.keys(JSON.parse(json.out)), ["acceptor", "dialer", "changed", "reversed"]);
  });
});

describe("disconnect", { concurrency: 2 }, () => {
  test("both sides, after a yes; a second time there is nothing", async (t) => {
    const { command, raw, writes, onTerminal } = await world(t);
    assert.equal((await command(["connect", "eu", "us", "--quiet"])).code, 0);
    const before = writes().length;
    const dry = await command(["disconnect", "eu", "us", "--dry-run"]);
    assert.deepEqual([dry.code, dry.err], [3, ""]);
    assert.match(
      dry.out,
      /^Would be deleted: "us" on eu \(.+\) is ACTIVE, the acceptor\.\nWould be .+ the dialer\.\nNo services .+\n$/,
    );
    const json = JSON.parse((await command(["disconnect", "eu", "us", "--dry-run", "--yes", "--json"])).out);
    assert.deepEqual([json.a.peer_name, json.b.peer_name], ["us", "eu"]);
    const no = await onTerminal(disconnect, ["eu", "us"], {}, "n");
    assert.equal(no.code, 1);
    assert.match(no.said, /"us" on eu \(.+\) is ACTIVE.*\n.*"eu" on us .* is ACTIVE.*\n.*Delete it\? \[y\/N\]/s);
    assert.equal(writes().length, before);

    const yes = await onTerminal(disconnect, ["eu", "us"], {}, "yes");
    assert.equal(yes.code, 0);
    assert.match(yes.out, /"us" on eu .* is gone \(it was .+\)\.\nThe peering "eu" on us .* is gone/);
    assert.deepEqual([await peering.list(raw.eu), await peering.list(raw.us)], [[], []]);
    const again = await command(["disconnect", "eu", "us", "--yes", "--json"]);
    assert.deepEqual([again.code, JSON.parse(again.out), again.err], [0, { a: null, b: null }, ""]);
    const nothing = await command(["disconnect", "eu", "us", "--dry-run"]);
    assert.equal(nothing.code, 0);
    assert.match(nothing.out, /There was no peering "us" on eu .*\n.*no peering "eu" on us/);
    const unasked = await onTerminal(disconnect, ["eu", "us"], {}, undefined);
    assert.equal(unasked.code, 0, "there is nothing to ask about");
    assert.doesNotMatch(unasked.said, /\[y\/N\]/);
  });

  test("what is not this pair stays, in a dry run too, unless --force", async (t) => {
    const { command, raw, writes } = await world(t, { clusters: ["eu", "us", "ap"] });
    assert.equal((await command(["connect", "eu", "ap", "--a-name", "us", "--quiet"])).code, 0);
    const before = writes().length;
    for (const more of [["--yes"], ["--dry-run"]]) {
      const { code, out, err } = await command(["disconnect", "eu", "us", ...more, "--json"]);
      assert.deepEqual([code, out], [1, ""]);
      assert.equal(JSON.parse(err).code, "peer_mismatch");
      assert.match(JSON.parse(err).hint, /list --cluster eu.*--force/);
    }
    const dry = await command(["disconnect", "eu", "us", "--dry-run", "--force"]);
    assert.equal(dry.code, 3);
    assert.match(dry.out, /^Would be deleted: "us" on eu .+\nNo services .+\n$/);
    assert.equal(writes().length, before);
    assert.equal((await command(["disconnect", "eu", "us", "--force", "--yes"])).code, 0);
    assert.equal(await peering.read(raw.eu, "us"), null);
  });
});

describe("mesh", { concurrency: 2 }, () => {
  const clusters = ["eu", "us", "ap"];

  test("all aliases by default, or those that are named; 3 while a dry run has something to do", async (t) => {
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

  test("a pair that fails: exit code 1, its error with what to do, and the others are linked", async (t) => {
    const { command, raw } = await world(t, { clusters });
    await peering.generateToken(raw.us, { peer_name: "eu" }); // us should dial by that name
    const text = await command(["mesh", "--quiet"]);
    assert.equal(text.code, 1);
    assert.match(text.out, /^eu +us +failed +role_conflict$/m);
    assert.equal(text.out.match(/ changed /g).length, 2);
    assert.match(
      text.err,
      /^Error: mesh: peering "eu" on us \(http.+\n  Next: Another connect may be running.* See `consul-peering plan eu us`/,
    );
    const json = await command(["mesh", "--json"]);
    assert.deepEqual([json.code, json.err], [1, ""]);
    const { ok, pairs } = JSON.parse(json.out);
    assert.equal(ok, false);
    const [{ error }] = pairs.filter(({ status }) => status === "failed");
    assert.deepEqual(Object.keys(error), ["code", "message", "hint", "findings", "left_behind"]);
    assert.equal((await command(["mesh", "--dry-run"])).code, 1);
  });

  test("what must be deleted first: never unasked", async (t) => {
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

  test("an alias that is no peer name is told as what it is", async (t) => {
    const { ports } = await world(t);
    const file = write("upper.json", { EU: { address: ports.eu.address }, us: { address: ports.us.address } });
    const { code, err } = await run(["mesh", "--clusters", file, "--json"]);
    assert.equal(code, 2);
    assert.deepEqual(JSON.parse(err).findings[0].field, "clusters.EU");
  });
});

describe("watch", { concurrency: 2 }, () => {
  test("what stands, then each change, until Ctrl-C", async (t) => {
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
    assert.deepEqual([await ended(child), child.err], [0, ""], "Ctrl-C is how it ends");
    for (const line of child.out.trimEnd().split("\n")) assert.match(line, /^\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d) {2}\S/);
  });

  test("--json: a line for each difference, of one peering or of all", async (t) => {
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
        .map((line) => JSON.parse(line));
    assert.ok(values(all).every(Array.isArray));
    assert.equal(values(all).at(-1)[0].state, "ACTIVE");
    assert.equal(values(one).at(-1).state, "ACTIVE");
    assert.equal(new Set(one.out.split("\n")).size, one.out.split("\n").length, "never the same twice");
  });

  test("a reader that goes away is no failure", async (t) => {
    const { start, raw } = await world(t);
    const child = start(["watch", "--cluster", "eu", "--interval", "50ms"]);
    await until(child, /no peering/);
    child.stdout.destroy();
    await peering.generateToken(raw.eu, { peer_name: "us" }); // something to say
    assert.deepEqual([await ended(child), child.err], [0, ""]);
  });

  test("what cannot be watched is exit code 1", async (t) => {
    const { command } = await world(t, { clusters: [{ name: "eu", peering: false }, "us"] });
    const { code, out, err } = await command(["watch", "--cluster", "eu", "--json"]);
    assert.deepEqual([code, out, JSON.parse(err).code], [1, "", "peering_disabled"]);
    const bad = await command(["watch", "EU", "--cluster", "us", "--json"]);
    assert.deepEqual([bad.code, JSON.parse(bad.err).code], [2, "invalid"]);
  });
});

describe("health", () => {
  test("0 when all are healthy, 3 when one is not, 1 when there is none of that name", async (t) => {
    const { command, raw } = await world(t, { clusters: ["eu", "us", "ap"] });
    const health = (...words) => command(["health", "--cluster", "eu", ...words]);
    const empty = await health();
    assert.deepEqual([empty.code, empty.err], [0, ""]);
    assert.match(empty.out, /^No peerings on eu/);
    const none = await health("us");
    assert.deepEqual([none.code, none.out], [1, ""]);
    assert.match(none.err, /There is no peering "us" on eu/);
    assert.deepEqual(await health("us", "--json"), { code: 1, out: "null\n", err: "" });

    await peering.generateToken(raw.eu, { peer_name: "us" });
    const starting = await health("us");
    assert.equal(starting.code, 3);
    assert.match(
      starting.out,
      /^PEER +HEALTH +STATE +WHY\nus +starting +PENDING +PENDING: its token has not been used/,
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
  test("a line a pair with its state and seconds, and none of them stays", async (t) => {
    const { onTerminal } = await world(t, { clusters: ["eu", "us", "ap"], speed: 5 });
    const { code, said, out } = await onTerminal(mesh, [], {}, undefined);
    assert.equal(code, 0);
    const plain = said.replaceAll(/\x1b\[\d*m/g, "");
    for (const pair of ["eu – us", "eu – ap", "us – ap"]) {
      assert.match(plain, new RegExp(`${pair}  looking at both sides +0\\.0 s`));
      assert.match(plain, new RegExp(`${pair}  \\w\\w: generating a token`));
      assert.match(plain, new RegExp(`✔ ${pair}  ACTIVE on both sides +\\d\\.\\d s`));
    }
    assert.ok(said.endsWith("\r\x1b[2K" + "\x1b[1A\r\x1b[2K".repeat(2)), "all three lines are taken back");
    assert.match(out.replaceAll(/\x1b\[\d*m/g, ""), /^eu +us +changed/m);
  });

  test("more lines than there is room for: those that still run", () => {
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

describe("real clusters, with ACLs and mutual TLS", () => {
  let clusters;
  let file;
  let env;
  const tls = mkdtempSync(join(tmpdir(), "consul-peering-tls-"));
  const command = (...words) => run([...words, "--clusters", file], { env });

  before(async () => {
    const consul = (...words) => execFileSync(process.env.CONSUL ?? "consul", ["tls", ...words], { cwd: tls });
    consul("ca", "create");
    for (const name of ["eu", "us"]) {
      consul("cert", "create", "-server", "-dc", name);
      consul("cert", "create", "-client", "-dc", name);
    }
    const at = (name) => join(tls, name);
    const agent = (name) => ({
      ...{ name, acl: true, https: true },
      config: {
        tls: {
          https: {
            ca_file: at("consul-agent-ca.pem"),
            cert_file: at(`${name}-server-consul-0.pem`),
            key_file: at(`${name}-server-consul-0-key.pem`),
            verify_incoming: true,
          },
        },
      },
    });
    clusters = await startAgents([agent("eu"), agent("us"), { name: "ap" }]);
    const { eu, us, ap } = clusters.agents;
    const entry = ({ name, https_address }) => ({
      address: https_address,
      ca_file: at("consul-agent-ca.pem"),
      cert_file: at(`${name}-client-consul-0.pem`),
      key_file: at(`${name}-client-consul-0-key.pem`),
    });
    for (const { token } of [eu, us]) secrets.add(aclToken(token));
    env = { EU_TOKEN: eu.token };
    write("us.token", us.token);
    file = write("real.json", {
      eu: { ...entry(eu), token_env: "EU_TOKEN", datacenter: "eu", server_external_addresses: [] },
      us: { ...entry(us), token_file: "us.token", meta: { team: "payments" } },
      ap: { address: ap.address, server_external_addresses: [] },
      wrong: { ...entry(us), token_file: "us.token", datacenter: "mars" },
    });
  });
  after(async () => {
    await clusters?.stop();
    rmSync(tls, { recursive: true, force: true });
  });

  test("plan, connect, rotate, health, disconnect", async () => {
    assert.equal((await command("plan", "eu", "us")).code, 3);
    const linked = await command("connect", "eu", "us", "--json");
    assert.equal(linked.code, 0, linked.err);
    const { acceptor, dialer } = JSON.parse(linked.out);
    assert.deepEqual([acceptor.state, dialer.state, dialer.meta], ["ACTIVE", "ACTIVE", { team: "payments" }]);
    assert.equal((await command("plan", "eu", "us")).code, 0);
    const rotated = await command("rotate", "eu", "us", "--json");
    assert.equal(rotated.code, 0, rotated.err);
    assert.equal(JSON.parse(rotated.out).dialer.id, dialer.id);
    const health = await command("health", "us", "--cluster", "eu", "--other", "us", "--json");
    const { verdict } = JSON.parse(health.out);
    assert.deepEqual([health.code, verdict], verdict === "healthy" ? [0, "healthy"] : [3, "starting"]);
    assert.equal((await command("disconnect", "eu", "us", "--dry-run")).code, 3);
    const gone = await command("disconnect", "eu", "us", "--yes", "--json");
    assert.equal(gone.code, 0, gone.err);
    assert.deepEqual(Object.keys(JSON.parse(gone.out)), ["a", "b"]);
    assert.equal((await command("disconnect", "eu", "us", "--dry-run")).code, 0);
    const elsewhere = await command("connect", "eu", "wrong", "--a-name", "us", "--json");
    assert.deepEqual([elsewhere.code, JSON.parse(elsewhere.err).code], [1, "wrong_datacenter"]);
  });

  test("mesh, seen by watch; what was left is deleted first", async () => {
    const child = start(["watch", "--cluster", "us", "--json", "--interval", "200ms", "--clusters", file], { env });
    const first = await command("mesh", "eu", "us", "ap");
    assert.equal(first.code, 0, first.err);
    await until(child, /^(?=.*"eu".*"ACTIVE")(?=.*"ap".*"ACTIVE".*"ACTIVE"|.*"ACTIVE".*"ap".*"ACTIVE").*\n/m);
    child.kill("SIGINT");
    assert.equal(await ended(child), 0);
    assert.equal((await command("mesh", "eu", "us", "ap", "--dry-run")).code, 0);
    assert.equal((await command("delete", "ap", "--cluster", "us", "--yes", "--quiet")).code, 0);
    const { agents } = clusters;
    await peering.wait(agents.ap.address, "us", "TERMINATED");
    assert.equal((await command("mesh", "eu", "us", "ap")).code, 4);
    const mended = await command("mesh", "eu", "us", "ap", "--yes", "--json");
    assert.equal(mended.code, 0, mended.err);
    assert.deepEqual(
      JSON.parse(mended.out)
        .pairs.map(({ status }) => status)
        .sort(),
      ["changed", "linked", "linked"],
    );
  });
});

test("no secret was ever printed", () => {
  assert.ok(secrets.size > 10 && printed.length > 50, `${secrets.size} secrets, ${printed.length} outputs`);
  for (const { words, text } of printed) {
    for (const secret of secrets) assert.ok(!text.includes(secret), `\`${words.join(" ")}\` printed a secret`);
    assert.doesNotMatch(text, /eyJ[\w+/=]{40,}/, `\`${words.join(" ")}\` printed a token`);
  }
});

/** Waits until a child has printed something. */
async function until(child, pattern, where = "out") {
  const late = AbortSignal.timeout(30_000);
  const more = { out: child.stdout, err: child.stderr }[where];
  while (!pattern.test(child[where])) {
    assert.ok(child.exitCode === null && !late.aborted, `${pattern} did not come: ${child.out}${child.err}`);
    await Promise.race([once(more, "data"), once(child, "close"), once(late, "abort")]);
  }
}

/** Waits for the end of a child that was told to end. */
async function ended(child) {
  const [code] = await once(child, "close", { signal: AbortSignal.timeout(20_000) });
  return code;
}
