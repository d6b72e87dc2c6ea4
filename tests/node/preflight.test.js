// preflight: what establish and generateToken would do first, offline, and that the calls do the same.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, establish, generateToken, inspectToken, preflight, read, remove, wait } from "../../pkg/node.js";
import { startSimulator } from "../../pkg/simulator.js";
import { peeringToken } from "./secrets.js";

async function clusters(t, names = ["eu", "us", "ap"]) {
  const simulator = await startSimulator({ clusters: names, speed: 50 });
  t.after(() => simulator.stop());
  return simulator.clusters;
}

const decided = (...args) => {
  const { action, code } = preflight(...args);
  return [action, code];
};
const codeOf = (call) => call.then(() => null, ({ code }) => code); // prettier-ignore

test("a free name: both calls send", () => {
  assert.deepEqual(preflight({ peer_name: "eu" }, null), { action: "send", code: null, message: "", hint: "" });
});

test("establish: refuses and sends like preflight, with the same codes", async (t) => {
  const { eu, us, ap } = await clusters(t);
  await connect({ cluster: eu, peer_name: "us" }, { cluster: us, peer_name: "eu" });
  await generateToken(us, { peer_name: "ap" });
  const live = await read(us, "eu");
  const [same, record, cluster] = await Promise.all(
    [
      [eu, "us"], // the same record: a renewal
      [eu, "us-2"], // another record of the same cluster
      [ap, "us"], // another cluster
    ].map(async ([on, peer_name]) => peeringToken(await generateToken(on, { peer_name }))),
  );
  const call = (peer_name, peering_token) => establish(us, { peer_name, peering_token });
  for (const [name, token, expected, replaced] of [
    ["eu", record, ["refuse", "peer_mismatch"], "refuse"],
    ["eu", cluster, ["refuse", "peer_mismatch"], "replace"],
    ["ap", cluster, ["refuse", "role_conflict"], "replace"],
  ]) {
    const spec = { peer_name: name, peering_token: token };
    const existing = await read(us, name);
    assert.deepEqual(decided(spec, existing), expected);
    assert.equal(preflight(spec, existing, { replace: true }).action, replaced);
    assert.equal(await codeOf(call(name, token)), expected[1]);
  }
  assert.match(preflight({ peer_name: "eu", peering_token: record }, live).message, new RegExp(live.peer_id));
  assert.deepEqual(decided({ peer_name: "eu", peering_token: same }, live), ["send", null]);
  assert.equal((await call("eu", same)).id, live.id);
});

test("generateToken: refuses like preflight, with the same codes", async (t) => {
  const { eu, us } = await clusters(t, ["eu", "us"]);
  await connect({ cluster: eu, peer_name: "us", meta: { a: "1" } }, { cluster: us, peer_name: "eu" });
  const [acceptor, dialer] = [await read(eu, "us"), await read(us, "eu")];
  for (const [on, spec, existing, expected] of [
    [us, { peer_name: "eu" }, dialer, "role_conflict"],
    [eu, { peer_name: "us", meta: { a: "2" } }, acceptor, "meta_fixed"],
  ]) {
    assert.deepEqual(decided(spec, existing), ["refuse", expected]);
    assert.equal(await codeOf(generateToken(on, spec)), expected);
  }
  assert.deepEqual(decided({ peer_name: "us" }, { ...acceptor, state: "DELETING" }), ["wait", "deleting"]);
  const unused = { ...acceptor, state: "PENDING" };
  assert.deepEqual(decided({ peer_name: "us" }, unused), ["send", null]);
  assert.notEqual(preflight({ peer_name: "us" }, unused).message, "", "an unused token becomes invalid");
  await remove(us, "eu");
  const terminated = await wait(eu, "us", "TERMINATED");
  assert.deepEqual(decided({ peer_name: "us" }, terminated), ["refuse", "terminated"]);
  assert.equal(preflight({ peer_name: "us" }, terminated, { replace: true }).action, "replace");
  assert.equal(await codeOf(generateToken(eu, { peer_name: "us" })), "terminated");
});

test("an invalid spec or existing peering has findings without a secret", () => {
  const fields = (...args) => {
    try {
      preflight(...args);
    } catch (error) {
      assert.equal(error.code, "invalid");
      return error.findings.map(({ field }) => field);
    }
  };
  assert.deepEqual(fields({ peer_name: "EU" }, null), ["peer_name"]);
  assert.deepEqual(fields({ peer_name: "eu", peering_token: "!" }, null), ["peering_token"]);
  for (const existing of ["eu", {}, [], 7]) assert.deepEqual(fields({ peer_name: "eu" }, existing), ["existing"]);
  for (const spec of [undefined, null, "eu"]) assert.ok(fields(spec, null).length > 0);
  assert.throws(() => inspectToken("!"));
});
