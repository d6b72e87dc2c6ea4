// Exit codes: a usage error is 2 in every command, a confirmation that is impossible in a run 4, a missing permission
// that is required 3. The documents and the help list the same codes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import * as peering from "../../pkg/node.js";
import { COMMANDS } from "../../pkg/cli/commands/index.js";
import { EXIT } from "../../pkg/cli/failure.js";
import { startSimulator } from "../../pkg/simulator.js";
import { runHere as run, runOnTerminal, write } from "./command-line.js";
import { peeringToken } from "./secrets.js";

const NOWHERE = "http://127.0.0.1:1";
const clusters = () =>
  write("usage.json", { eu: { address: NOWHERE }, us: { address: NOWHERE }, EU: { address: NOWHERE } });
const token = peeringToken(Buffer.from(JSON.stringify({ EstablishmentSecret: "wrong-usage" })).toString("base64"));

/** The error in each of these is known before a request. */
const WRONG = {
  connect: [
    "connect eu",
    "connect eu us ap",
    "connect eu eu",
    "connect eu EU",
    "connect eu us --a-name X_y",
    "connect eu nowhere",
  ],
  plan: ["plan eu", "plan eu us --b-meta nothing", "plan eu us --external-address nonsense"],
  rotate: ["rotate", "rotate eu us --external-address a:1 --no-external-addresses"],
  disconnect: ["disconnect eu", "disconnect eu us --a-name X_y --yes"],
  mesh: [
    "mesh eu",
    "mesh eu nowhere",
    "mesh eu us --concurrency 0",
    "mesh eu us --concurrency many",
    "mesh eu EU --yes",
  ],
  establish: ["establish", "establish X_y", "establish eu --meta nothing", "establish eu --peering-token-file nowhere"],
  read: ["read", "read X_y", "read eu us", "read eu --datacenter X/y", "read eu --timeout 5"],
  list: [
    "list eu --all",
    "list eu --cluster us",
    "list --cluster nowhere",
    "list --cluster ftp://a",
    "list --datacenter X/y",
    "list --nothing",
  ],
  watch: ["watch X_y", "watch --interval 0s", "watch --interval 1h"],
  delete: ["delete --yes", "delete X_y --yes"],
  "token generate": [
    "token generate",
    "token generate X_y",
    "token generate us --external-address nonsense",
    "token generate us --meta =1",
  ],
  "token inspect": ["token inspect nowhere", "token inspect a b", "token inspect"],
  health: ["health X_y", "health --other-name eu", "health us --other-name eu"],
  troubleshoot: ["troubleshoot", "troubleshoot eu", "troubleshoot eu eu", "troubleshoot eu nowhere"],
  check: ["check nowhere", "check a b", "check --format xml", "check"],
  validate: ["validate", "validate eu --cluster eu"],
  permissions: ["permissions eu --all", "permissions --require delete", "permissions --require"],
  completion: ["completion", "completion csh", "completion bash zsh"],
  serve: ["serve eu", "serve --listen nonsense", "serve --demo --clusters x", "serve --tls-cert x"],
  demo: ["demo eu", "demo --simulated=yes"],
};

const takesClusters = (line) => !/^(check|validate|demo|completion|token inspect)|--clusters/.test(line);

describe("a usage error is exit code 2", () => {
  test("every command is covered", () => {
    assert.deepEqual(
      COMMANDS.map(({ name }) => name).filter((name) => !Object.hasOwn(WRONG, name)),
      [],
    );
  });

  for (const [name, lines] of Object.entries(WRONG)) {
    test(name, async () => {
      for (const line of lines) {
        const words = [...line.split(" "), ...(takesClusters(line) ? ["--clusters", clusters()] : [])];
        const { code, out, err } = await runOnTerminal([...words, "--json", "--quiet"], { input: `${token}\n` });
        assert.equal(code, 2, `${line}: ${err}`);
        assert.equal(out, "");
        assert.match(JSON.parse(err).code, /^(usage|invalid|same_cluster)$/);
      }
    });
  }
});

test("a usage error says what is valid", async () => {
  const env = { NO_COLOR: "1" };
  const said = async (line) => (await run(line.split(" "), { env })).err;
  const of = (line) => said(`${line} --clusters ${clusters()}`);
  assert.match(await of("mesh eu nope"), /^Error: Unknown alias "nope"\.\n {2}Next: Aliases: eu, us, EU\./);
  assert.match(await said("token foo"), /Commands: token generate, token inspect\.$/m);
  assert.match(await said("foobar"), /^Error: Unknown command `foobar`\.\n {2}Next: See `consul-peering --help`\.$/m);
  assert.match(await said("validate"), /`validate` needs at least one NAME\./);
  assert.match(await said("serve --listen 0.0.0.0:1"), /^Error: Listening on 0\.0\.0\.0 requires TLS and a password/);
  const { out } = await run(["validate", "Foo_bar"], { env });
  assert.match(out, /^Foo_bar +invalid .*Try "foo-bar"\.\n$/);
});

describe("a confirmation without a terminal is exit code 4", () => {
  /**
   * Two clusters, one side of whose link was deleted a while ago, so that `connect` and `mesh` would delete the other.
   */
  async function oneSided(t) {
    const { clusters, stop } = await startSimulator({ clusters: ["eu", "us"], speed: 100 });
    t.after(stop);
    const { eu, us } = clusters;
    await peering.connect({ cluster: eu, peer_name: "us" }, { cluster: us, peer_name: "eu" });
    await peering.remove(us, "eu");
    await peering.wait(eu, "us", "TERMINATED");
    const entry = ({ address }) => ({ address, server_external_addresses: [] });
    return { eu, file: write(`half-${eu.address.split(":")[2]}.json`, { eu: entry(eu), us: entry(us) }) };
  }

  for (const line of ["connect eu us", "mesh", "disconnect eu us", "delete us --cluster eu"]) {
    test(line, async (t) => {
      const { eu, file } = await oneSided(t);
      const words = [...line.split(" "), "--clusters", file];
      const { code, out, err } = await run(words);
      assert.deepEqual([code, out], [4, ""], err);
      assert.match(
        err,
        /^Error: `\w+` needs confirmation, but stdin is not a terminal\. .*"us" on eu[^]*\n {2}Next: Pass --yes/,
      );
      const { code: asked } = JSON.parse((await run([...words, "--json"])).err);
      assert.equal(asked, "confirmation_needed");
      assert.equal((await peering.read(eu, "us")).state, "TERMINATED", "nothing was deleted");
      const confirmed = await run([...words, "--yes"]);
      assert.equal(confirmed.code, 0, confirmed.err);
    });
  }
});

test("permissions --require: exit code 3 without the permission", async (t) => {
  const reader = "00000000-5555-4666-8777-888888888888";
  const acl = { tokens: { [reader]: { peering: "read" } } };
  const { clusters, stop } = await startSimulator({ clusters: [{ name: "eu", acl }], speed: 1000 });
  t.after(stop);
  const { address, token: management } = clusters.eu;
  const may = async (CONSUL_HTTP_TOKEN, ...more) =>
    (
      await run(["permissions", "--cluster", address, ...more], {
        env: { CONSUL_HTTP_ADDR: address, CONSUL_HTTP_TOKEN },
      })
    ).code;
  const none = "";
  const codes = [];
  for (const token of [management, reader, none]) {
    codes.push([
      await may(token),
      await may(token, "--require", "read"),
      await may(token, "--require", "write", "--json"),
    ]);
  }
  assert.deepEqual(codes, [
    [0, 0, 0],
    [0, 0, 3],
    [0, 3, 3],
  ]);
});

test("the help and the document list every exit code", async () => {
  const codes = [...Object.values(EXIT), 130, 143].map(String);
  const document = readFileSync(new URL("../../docs/command-line.md", import.meta.url), "utf8");
  const table = document.slice(document.indexOf("## Exit codes"));
  assert.deepEqual(
    [...table.matchAll(/^\| (\d+)/gm)].map(([, code]) => code),
    codes,
  );
  const { out } = await runOnTerminal(["--help"]);
  const section = /Exit codes(?:\x1b\[22m)?\n([^]+)$/.exec(out)[1];
  for (const code of codes) assert.match(section, new RegExp(`(^|[ ,])${code}\\b`, "m"));
});
