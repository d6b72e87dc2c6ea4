// docs/guide.md, from beginning to end on two real clusters, as a new user follows it.

import assert from "node:assert/strict";
import { list, read } from "../../../pkg/node.js";
import { aclToken, peeringToken } from "../../node/secrets.js";
import { assertConfigures, assertCommandsExist, commands } from "../programs.js";
import { envOf, openRealStage, SERVES } from "../stage.js";

export default async function story(t, take) {
  const stage = await openRealStage(["east", "west"]);
  t.after(() => stage.stop());
  const { east, west } = stage.clusters;

  /** Creates a policy and a token with it on a cluster; returns the token. */
  const makeToken = async (code, cluster) => {
    const [policy, token] = commands(code);
    await stage.sh(policy, envOf(cluster));
    return aclToken(JSON.parse(await stage.sh(`${token} -format json`, envOf(cluster))).SecretID);
  };
  const readIds = async () => {
    const [dialer, acceptor] = [await read(west, "east"), await read(east, "west")];
    assert.deepEqual([dialer.state, acceptor.state, dialer.meta], ["ACTIVE", "ACTIVE", { team: "payments" }]);
    return [dialer.id, acceptor.id];
  };
  let ids;

  await t.test("Install", async () => {
    const [install, demo] = commands(take("Install", "sh"));
    assert.equal(install, "npm install consul-peering");
    assert.match(await stage.sh(`${demo} --simulated`), /ACTIVE/);
    await assertConfigures(take("Install", "hcl"));
    const code = take("Install", "sh");
    for (const [name, cluster] of Object.entries({ east, west })) {
      stage.write(`${name}.token`, await makeToken(code, cluster));
    }
  });

  await t.test("Connect", async () => {
    stage.write("clusters.json", take("Connect", "json"));
    for (const shown of await stage.lines(take("Connect", "sh"))) assert.match(shown, /yes[^]*yes/i);
    await stage.lines(take("Connect", "sh"), [{ exit: 3 }]);
    ids = await readIds();
    assert.equal(await stage.js(take("Connect", "js")), "ACTIVE false\n");
    const [generate, establish] = commands(take("Connect", "sh"));
    await stage.sh(generate);
    peeringToken((await stage.sh("cat west.peering-token")).trim());
    await stage.sh(establish);
    assert.deepEqual(await readIds(), ids, "renewed in place");
  });

  await t.test("Connect, where one side was deleted", async () => {
    await stage.sh("npx consul-peering delete east --cluster west --yes");
    const connect = "npx consul-peering connect east west --b-meta team=payments";
    await stage.sh(connect, { exit: 4 });
    await stage.sh(`${connect} --yes`);
    ids = await readIds();
  });

  await t.test("Call a service", async () => {
    // Nothing is exported yet, which is a failed check.
    await stage.lines(take("Call a service", "sh"), [{ exit: 3 }]);
  });

  await t.test("Watch", async () => {
    // The program waits for the heartbeat that `health` requires.
    assert.equal(await stage.js(take("Watch", "js")), "all healthy\n");
    await stage.lines(take("Watch", "sh"), [{ until: /ACTIVE/ }]);
  });

  await t.test("Rotate", async () => {
    await stage.sh(take("Rotate", "sh"));
    assert.deepEqual(await readIds(), ids);
  });

  await t.test("Page", () => stage.lines(take("Page", "sh"), [SERVES]));

  await t.test("Policy", async () => {
    await stage.sh("terraform plan -out=tfplan");
    const code = take("Policy", "sh");
    await stage.lines(code);
    // And each fails on a violation.
    await stage.sh("terraform plan -out=tfplan", { env: { RECORDED_PLAN: "meta-change-replaces" } });
    const no = [code.replace("eu-west-1", "EAST"), code.replace("team=payments", "team=other"), code];
    for (const [at, changed] of no.entries()) await stage.sh(commands(changed)[at], { exit: 3 });
  });

  await t.test("Errors", async () => {
    const [code, hint, retryable, ...left] = (await stage.js(take("Errors", "js"))).trim().split("\n");
    assert.deepEqual([code, hint.length > 0, retryable, left], ["same_cluster", true, "false", []]);
    assert.match(await stage.sh(take("Errors", "sh")), /exit code 1\n$/);
  });

  await t.test("Security", async () => {
    const token = await makeToken(take("Security", "sh"), east);
    const env = envOf({ ...east, token });
    assert.match(await stage.sh("npx consul-peering permissions", env), /yes[^]*no/i);
    await stage.sh("npx consul-peering health", env);
    await stage.sh("npx consul-peering delete west --yes", { ...env, exit: 1 });
  });

  await t.test("every option that it names exists", () => assertCommandsExist("docs/guide.md"));

  await t.test("the clean-up", async () => {
    await stage.lines(take("Rotate", "sh"), [{ add: "--yes" }]);
    assert.deepEqual([await list(east), await list(west)], [[], []]);
  });
}
