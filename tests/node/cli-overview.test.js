// list, health, watch and permissions over several clusters: child processes on simulated clusters, one of which does
// not respond.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../../pkg/node.js";
import { startSimulator } from "../../pkg/simulator.js";
import { portOf, printed, runHere as run, start, write } from "./command-line.js";
import { aclToken } from "./secrets.js";

let simulator, ports, file, partly, down;

before(async () => {
  simulator = await startSimulator({ clusters: ["eu", "us"], speed: 50, listen: false });
  const { eu, us } = simulator.clusters;
  ports = { eu: await portOf(eu), us: await portOf(us) };
  await connect({ cluster: eu, peer_name: "us" }, { cluster: us, peer_name: "eu" });
  const both = { eu: { address: ports.eu.address }, us: { address: ports.us.address } };
  file = write("two.json", both);
  down = write("down.json", { ...both, ap: { address: "http://127.0.0.1:1" } });
  partly = write("partly.json", {
    ...both,
    ap: { address: "http://127.0.0.1:1" },
    sa: { address: ports.us.address, token_env: "NOT_SET" },
  });
});

after(() => {
  for (const { close } of Object.values(ports)) close();
  return simulator.stop();
});

const peers = (text) => text.split("\n").filter((line) => /^(eu|us) /.test(line));

describe("list", { concurrency: 3 }, () => {
  test("--all and aliases: one table, with the cluster of each peering", async () => {
    for (const words of [["--all"], ["us", "eu"]]) {
      const { code, out, err } = await run(["list", ...words, "--clusters", file]);
      assert.deepEqual([code, err], [0, ""]);
      assert.match(out, /^CLUSTER +PEER +STATE/);
      assert.deepEqual(
        peers(out)
          .map((line) => line.split(/ +/).slice(0, 3).join(" "))
          .sort(),
        ["eu us ACTIVE", "us eu ACTIVE"],
      );
    }
  });

  test("a failing cluster is shown with its reason, next to the others; exit code 2 if its settings are invalid", async () => {
    const { code, out, err } = await run(["list", "--all", "--clusters", partly]);
    assert.equal(code, 2);
    const alone = await run(["list", "sa", "--clusters", partly]);
    assert.equal(alone.code, 2, "as without --all");
    const unreachable = await run(["list", "--all", "--clusters", down]);
    assert.equal(unreachable.code, 1);
    assert.equal(peers(out).length, 2);
    assert.match(err, /Error: ap \(http:\/\/127\.0\.0\.1:1\): .*refused|ap \(http:\/\/127\.0\.0\.1:1\)/i);
    assert.match(err, /Error: .*NOT_SET.*of sa/);
    assert.doesNotMatch(err, /Error: (eu|us)/);
  });

  test("--json is one document with the cluster in each entry", async () => {
    const { code, out, err } = await run(["list", "--all", "--clusters", partly, "--json"]);
    assert.deepEqual([code, err], [2, ""]);
    const { ok, clusters, peerings } = JSON.parse(out);
    assert.equal(ok, false);
    assert.deepEqual(
      clusters.map(({ cluster, ok, error }) => [cluster, ok, error?.code]),
      [
        ["eu", true, undefined],
        ["us", true, undefined],
        ["ap", false, "network"],
        ["sa", false, "usage"],
      ],
    );
    assert.deepEqual(
      peerings.map(({ cluster, peer_name, state }) => [cluster, peer_name, state]),
      [
        ["eu", "us", "ACTIVE"],
        ["us", "eu", "ACTIVE"],
      ],
    );
    assert.equal(clusters[0].address, ports.eu.address);
  });

  test("a usage error is exit code 2", async () => {
    const mistakes = [
      [["list", "--all", "eu"], /--all selects every cluster/],
      [["list", "--all", "--cluster", "eu"], /--all selects every cluster/],
      [["list", "eu", "--cluster", "us"], /either --cluster or clusters/],
      [["list", "asia"], /neither a URL nor an alias/],
    ];
    for (const [words, message] of mistakes) {
      const { code, out, err } = await run([...words, "--clusters", file]);
      assert.deepEqual([code, out], [2, ""], words.join(" "));
      assert.match(err, message);
    }
    const none = await run(["list", "--all"]);
    assert.equal(none.code, 2);
    assert.match(none.err, /--all needs a clusters\.json/);
  });
});

test("no cluster is named, and the default one does not respond: the hint says how to name one", async (t) => {
  const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  t.mock.method(globalThis, "fetch", () => Promise.reject(new TypeError("fetch failed", { cause: refused })));
  const inTurn = [
    [["health", "web"], /Next: "web" is not an alias in \S+two\.json, .*127\.0\.0\.1:8500.*--cluster/s],
    [["list"], /Next: No cluster was named.*127\.0\.0\.1:8500.*--cluster/s],
    [["list", "--cluster", "eu"], /Next: Check the address/],
    [["list", "eu", "us"], /Next: Check the address/],
    [["health", "--all"], /Next: Check the address/],
  ];
  for (const [words, hint] of inTurn) {
    const { code, err } = await run([...words, "--clusters", file]);
    assert.equal(code, 1);
    assert.match(err, hint, words.join(" "));
  }
  const { err } = await run(["list", "--clusters", file], { env: { CONSUL_HTTP_ADDR: "http://127.0.0.1:8500" } });
  assert.match(err, /Next: Check the address/);
});

describe("health", { concurrency: 3 }, () => {
  test("--all: verdicts with their cluster; an invalid setting is exit code 2", async () => {
    const all = await run(["health", "--all", "--clusters", file, "--json"]);
    const { clusters, peerings } = JSON.parse(all.out);
    assert.deepEqual(
      clusters.map(({ cluster, ok }) => [cluster, ok]),
      [
        ["eu", true],
        ["us", true],
      ],
    );
    assert.deepEqual(
      peerings.map(({ cluster, peer_name }) => `${cluster} ${peer_name}`),
      ["eu us", "us eu"],
    );
    assert.equal(all.code, peerings.every(({ verdict }) => verdict === "healthy") ? 0 : 3);
    const some = await run(["health", "--all", "--clusters", partly]);
    assert.equal(some.code, 2);
    assert.equal(peers(some.out).length, 2);
    assert.match(some.err, /ap \(http/);
  });

  test("an alias is the cluster, unless the environment or --cluster names one: then it is a peering", async () => {
    const words = ["health", "us", "--clusters", file];
    const alias = await run(words);
    assert.match(alias.out, /^CLUSTER/);
    assert.deepEqual(peers(alias.out).map((line) => line.split(/ +/).slice(0, 2)), [["us", "eu"]]); // prettier-ignore

    const env = { CONSUL_HTTP_ADDR: ports.eu.address };
    const peering = await run(words, { env });
    assert.match(peering.out, /^PEER/);
    assert.match(peering.out, /\nus /);

    const absent = await run(["health", "us", "--cluster", "us", "--clusters", file]);
    assert.equal(absent.code, 1);
    assert.match(
      absent.err,
      /no peering "us" on us [^]*Next: "us" is an alias.*`consul-peering health --cluster us --clusters \S+`/,
    );
    const read = await run(["read", "eu", "--clusters", file], { env });
    assert.match(read.err, /"eu" is an alias.*`consul-peering list --cluster eu --clusters \S+`/);
    const url = await run(["health", ports.eu.address, "--json"]);
    assert.equal(JSON.parse(url.out).peerings[0].cluster, ports.eu.address);
  });
});

describe("permissions", () => {
  test("--all: those of each cluster's token", async () => {
    const { code, out } = await run(["permissions", "--all", "--clusters", file]);
    assert.equal(code, 0);
    assert.match(out, /^CLUSTER +READ +WRITE\neu \(http.+\) +yes +yes\nus \(http.+\) +yes +yes\n$/);
    const json = await run(["permissions", "eu", "ap", "--clusters", partly, "--json"]);
    assert.equal(json.code, 1);
    const { ok, clusters } = JSON.parse(json.out);
    assert.deepEqual([ok, clusters[0].read, clusters[0].write, clusters[1].error.code], [false, true, true, "network"]);
  });
});

describe("watch", { concurrency: 2 }, () => {
  async function until(child, pattern, stream = "out") {
    for (const late = Date.now() + 60_000; Date.now() < late; await sleep(20)) if (pattern.test(child[stream])) return;
    assert.fail(`${pattern} has not come: ${child.out}${child.err}`);
  }
  async function ended(child) {
    child.kill("SIGINT");
    while (child.exitCode === null && child.signalCode === null) await sleep(20);
    return child.exitCode;
  }

  test("--all: each line has its cluster; an unreachable cluster is reported, the others continue", async () => {
    const child = start(["watch", "--all", "--clusters", partly], {});
    await until(child, /eu +us +ACTIVE, acceptor/);
    await until(child, /us +eu +ACTIVE, dialer/);
    await until(child, /ap +lost contact with ap \(http.+\): .*\n/);
    await until(child, /NOT_SET.* sa .*is not set/, "err");
    assert.equal(await ended(child), 1, "one cluster could not be watched");
  });

  test("--all --json: each line has a type and the cluster", async () => {
    const child = start(["watch", "--all", "--clusters", file, "--json"], {});
    await until(child, /"cluster":"eu"[^]*"cluster":"us"|"cluster":"us"[^]*"cluster":"eu"/);
    assert.equal(await ended(child), 0);
    const lines = child.out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const known = ["peerings", "contact_lost", "contact_regained"]; // a busy machine may lose contact
    assert.ok(lines.every(({ type, cluster }) => known.includes(type) && ["eu", "us"].includes(cluster)));
    assert.equal(lines.find(({ type }) => type === "peerings").peerings[0].state, "ACTIVE");
    assert.equal(child.err, "");
  });
});

test("the token of a cluster is sent to no other", async (t) => {
  const token = aclToken("11111111-2222-3333-4444-555555555555");
  const observed = { eu: new Set(), us: new Set() };
  const entries = {};
  for (const name in observed) {
    const { address, fetch } = simulator.clusters[name];
    const recorded = (url, init) => fetch(url, (observed[name].add(init.headers["X-Consul-Token"]), init));
    const port = await portOf({ address, fetch: recorded });
    t.after(port.close);
    entries[name] = { address: port.address };
  }
  entries.eu.token_env = "EU_TOKEN";
  const both = write("tokens.json", entries);
  for (const command of ["list", "health", "permissions"]) {
    await run([command, "--all", "--clusters", both], { env: { EU_TOKEN: token } });
  }
  assert.ok(observed.eu.has(token) && !observed.us.has(token) && observed.us.size > 0);
  assert.ok(!printed.some(({ text }) => text.includes(token)));
});
