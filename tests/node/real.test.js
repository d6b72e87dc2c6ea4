// The package's promises on real Consul servers. Each test has its own names, so that they share three clusters. Raw
// requests show what the package prevents.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startAgents } from "../consul/agent.js";
import * as consul from "../../pkg/node.js";
import { peeringOn, raw, rejects } from "../long/incidents.js";
import { peeringToken } from "./secrets.js";

const { establish, generateToken, inspectToken, list, read, remove, wait } = consul;

let stop, eu, us, ap;
let serial = 0;
const name = (word) => `${word}-${++serial}`;

before(async () => {
  const started = await startAgents([{ name: "eu" }, { name: "us" }, { name: "ap" }]);
  stop = started.stop;
  ({ eu, us, ap } = started.agents);
});
after(() => stop?.());

/** A new token from `acceptor`, for the peer `peer_name`. */
const token = async (acceptor, peer_name, spec) =>
  peeringToken(await generateToken(acceptor.address, { peer_name, ...spec }));

describe("from a token to its deletion", { concurrency: true }, () => {
  test("generateToken, establish, ACTIVE on both sides, delete", async () => {
    const dialer = name("us");
    const acceptor = name("eu");
    const peering_token = await token(us, acceptor, { meta: { side: "us" } });
    const states = [];
    const made = await establish(
      eu.address,
      { peer_name: dialer, peering_token, meta: { side: "eu" } },
      { onProgress: (progress) => progress.state && states.push(progress.state) },
    );
    assert.equal(made.state, "ACTIVE");
    assert.equal(made.role, "dialer");
    assert.deepEqual(made.meta, { side: "eu" });
    assert.equal(made.peer_server_name, inspectToken(peering_token).server_name);
    assert.equal(states.at(-1), "ACTIVE");
    const other = await wait(us.address, acceptor, "ACTIVE", { timeout: 5_000 });
    assert.equal(other.role, "acceptor");
    assert.equal(made.peer_id, other.id);
    assert.deepEqual(await read(eu.address, dialer).then((p) => [p.id, p.state]), [made.id, "ACTIVE"]);
    assert.ok((await list(eu.address)).some((peering) => peering.id === made.id));

    assert.equal((await remove(eu.address, dialer)).id, made.id);
    assert.equal(await read(eu.address, dialer), null);
    assert.equal(await remove(eu.address, dialer), null, "nothing left to delete");
    assert.equal((await wait(us.address, acceptor, "TERMINATED", { timeout: 15_000 })).state, "TERMINATED");
    await rejects(generateToken(us.address, { peer_name: acceptor }), "terminated");
    const revived = await generateToken(us.address, { peer_name: acceptor }, { replace: true });
    peeringToken(revived);
    assert.equal((await read(us.address, acceptor)).state, "PENDING");
    await remove(us.address, acceptor);
    assert.equal(await wait(us.address, acceptor, "GONE"), null);
  });

  test("establish: a new token keeps the id, and the same token and meta succeed again", async () => {
    const dialer = name("us");
    const acceptor = name("eu");
    const first = await token(us, acceptor);
    const made = await establish(eu.address, { peer_name: dialer, peering_token: first, meta: { v: "1" } });
    const again = await establish(eu.address, { peer_name: dialer, peering_token: first, meta: { v: "1" } });
    assert.equal(again.id, made.id);
    const second = await token(us, acceptor);
    const rotated = await establish(eu.address, { peer_name: dialer, peering_token: second, meta: { v: "2" } });
    assert.equal(rotated.id, made.id);
    assert.deepEqual(rotated.meta, { v: "2" });
    await remove(eu.address, dialer, { wait: false });
    await remove(us.address, acceptor, { wait: false });
  });

  test("establish: a new token repairs a TERMINATED dialer in place", async () => {
    const dialer = name("us");
    const acceptor = name("eu");
    const made = await establish(eu.address, { peer_name: dialer, peering_token: await token(us, acceptor) });
    await remove(us.address, acceptor);
    await wait(eu.address, dialer, "TERMINATED", { timeout: 15_000 });
    const revived = await establish(eu.address, { peer_name: dialer, peering_token: await token(us, acceptor) });
    assert.equal(revived.id, made.id);
    assert.equal(revived.state, "ACTIVE");
  });

  test("wait: false resolves at once, and the caller may wait later", async () => {
    const dialer = name("us");
    const spec = { peer_name: dialer, peering_token: await token(us, name("eu")) };
    const made = await establish(eu.address, spec, { wait: false });
    assert.match(made.state, /^(PENDING|ESTABLISHING|ACTIVE)$/);
    assert.equal((await wait(eu.address, dialer, (peering) => peering?.state === "ACTIVE")).id, made.id);
  });
});

describe("refused before a write", { concurrency: true }, () => {
  test("another cluster's token over a live peering changes nothing; the raw request breaks it", async () => {
    const dialer = name("us");
    await establish(eu.address, {
      peer_name: dialer,
      peering_token: await token(us, name("eu")),
      meta: { keep: "me" },
    });
    const stored = async () => {
      const { StreamStatus, ...rest } = await peeringOn(eu, dialer);
      return JSON.stringify(rest);
    };
    const before = await stored();
    const foreign = await token(ap, name("eu"));
    const error = await rejects(establish(eu.address, { peer_name: dialer, peering_token: foreign }), "peer_mismatch");
    assert.equal(error.peering.peer_name, dialer);
    assert.deepEqual(error.left_behind, []);
    assert.equal(await stored(), before);

    await raw(eu, "POST", "/v1/peering/establish", { PeerName: dialer, PeeringToken: foreign });
    const ruined = await peeringOn(eu, dialer);
    assert.equal(ruined.PeerServerName, inspectToken(foreign).server_name, "by the raw request");
    assert.notEqual(await stored(), before);
  });

  test("a peering of another cluster is replaced with replace", async () => {
    const dialer = name("far");
    const first = await establish(eu.address, { peer_name: dialer, peering_token: await token(us, name("eu")) });
    const steps = [];
    const second = await establish(
      eu.address,
      { peer_name: dialer, peering_token: await token(ap, name("eu")) },
      { replace: true, onProgress: (progress) => steps.push(progress.code) },
    );
    assert.notEqual(second.id, first.id);
    assert.equal(second.remote.datacenter, "ap");
    assert.ok(steps.includes("replacing"), steps.join("\n"));
  });

  test("another record of the same cluster over a live peering is refused, with replace too", async () => {
    const dialer = name("us");
    const made = await establish(eu.address, { peer_name: dialer, peering_token: await token(us, name("eu")) });
    const other = await token(us, name("eu"));
    for (const replace of [false, true]) {
      await rejects(establish(eu.address, { peer_name: dialer, peering_token: other }, { replace }), "peer_mismatch");
    }
    assert.equal((await read(eu.address, dialer)).peer_id, made.peer_id);
  });

  test("the cluster's own token, another role, a fixed meta", async () => {
    const acceptor = name("self");
    const own = await token(eu, acceptor);
    await rejects(establish(eu.address, { peer_name: name("me"), peering_token: own }), "same_cluster");
    const peering_token = await token(us, name("eu"));
    await rejects(establish(eu.address, { peer_name: acceptor, peering_token: peering_token }), "role_conflict");
    await rejects(generateToken(eu.address, { peer_name: acceptor, meta: { a: "1" } }), "meta_fixed");
    const dialer = name("us");
    await establish(eu.address, { peer_name: dialer, peering_token: peering_token });
    await rejects(generateToken(eu.address, { peer_name: dialer }), "role_conflict");
  });

  test("another datacenter than the agent's, which Consul ignores", async () => {
    const peer_name = name("x");
    const wrong = { peer_name, datacenter: "nowhere" };
    await rejects(generateToken(eu.address, wrong), "wrong_datacenter");
    assert.equal(await read(eu.address, peer_name), null, "nothing was made");
    peeringToken(await generateToken(eu.address, { peer_name, datacenter: "eu" }));
    await rejects(remove(eu.address, wrong), "wrong_datacenter");
    await rejects(read(eu.address, wrong), "wrong_datacenter");
    await rejects(list({ address: eu.address, datacenter: "nowhere" }), "wrong_datacenter");
    assert.equal((await read({ address: eu.address, datacenter: "eu" }, peer_name)).state, "PENDING");
    await rejects(generateToken(us.address, { peer_name, partition: "default" }), "partition_unsupported");
    assert.equal(await read(us.address, peer_name), null);
  });
});

describe("leftovers", { concurrency: true }, () => {
  test("a used token: token_spent, without leftovers", async () => {
    const spent = await token(us, name("eu"));
    await establish(eu.address, { peer_name: name("us"), peering_token: spent });
    const peer_name = name("us");
    const error = await rejects(establish(ap.address, { peer_name, peering_token: spent }), "token_spent");
    assert.deepEqual(error.left_behind, []);
    assert.equal(await read(ap.address, peer_name), null);
  });

  test("a used token over a TERMINATED dialer: reports what it overwrote", async () => {
    const dialer = name("us");
    const acceptor = name("eu");
    const spent = await token(us, acceptor);
    await establish(eu.address, { peer_name: dialer, peering_token: spent, meta: { v: "1" } });
    await remove(us.address, acceptor);
    await wait(eu.address, dialer, "TERMINATED", { timeout: 15_000 });
    const error = await rejects(
      establish(eu.address, { peer_name: dialer, peering_token: spent, meta: { v: "2" } }),
      "token_spent",
    );
    assert.ok(error.left_behind[0].changed.includes("meta"));
    assert.deepEqual((await read(eu.address, dialer)).meta, { v: "2" }, "as reported");
    assert.deepEqual(error.peering.meta, { v: "2" });
  });

  test("no server at the address: unreachable, one reason, without leftovers", async () => {
    const body = JSON.parse(Buffer.from(await token(us, name("eu")), "base64"));
    const dead = Buffer.from(JSON.stringify({ ...body, ServerAddresses: ["127.0.0.1:1"] })).toString("base64");
    const peer_name = name("dead");
    const error = await rejects(establish(eu.address, { peer_name, peering_token: peeringToken(dead) }), "unreachable");
    assert.equal(error.message.match(/127\.0\.0\.1:1\b/g).length, 1, error.message);
    assert.match(error.message, /connection refused/);
    assert.deepEqual(error.left_behind, []);
    assert.equal(await read(eu.address, peer_name), null);
  });

  // With one token both may succeed. With two, Consul may dial one cluster by what the other's token says, and then
  // finds no server or a certificate that it does not trust: then both may fail.
  for (const [kind, least, most, codes, tokens] of [
    ["one token", 1, 2, /^(token_spent|peer_mismatch)$/, async () => Array(2).fill(await token(us, name("eu")))],
    [
      "two tokens",
      0,
      1,
      /^(token_spent|peer_mismatch|unreachable|tls_failed)$/,
      async () => [await token(us, name("eu")), await token(ap, name("eu"))],
    ],
  ]) {
    test(`two concurrent establishes of one new name, with ${kind}: the linked peering is kept`, async () => {
      for (let round = 0; round < 4; round++) {
        const peer_name = name("race");
        const specs = (await tokens()).map((peering_token, i) => ({
          peer_name,
          peering_token,
          meta: { by: String(i) },
        }));
        const outcomes = await Promise.allSettled(specs.map((spec) => establish(eu.address, spec)));
        const won = outcomes.filter((outcome) => outcome.status === "fulfilled");
        const reported = JSON.stringify(outcomes.map((o) => o.reason?.code ?? o.value?.state));
        assert.ok(won.length >= least && won.length <= most, reported);
        const errors = outcomes.filter(({ status }) => status === "rejected").map(({ reason }) => reason);
        for (const error of errors) {
          assert.ok(consul.isPeeringError(error), String(error));
          assert.match(error.code, codes);
        }
        const existing = await read(eu.address, peer_name);
        for (const { value } of won) assert.equal(existing?.id, value.id, "the loser never removes it");
        if (won.length > 0) assert.equal(existing.state, "ACTIVE");
        else if (existing !== null)
          assert.ok(
            errors.some(({ peering, left_behind }) => peering ?? left_behind[0]),
            reported,
          );
      }
    });
  }

  test("equal concurrent establishes, with one token: all get the peering", async () => {
    for (let round = 0; round < 4; round++) {
      const spec = { peer_name: name("race"), peering_token: await token(us, name("eu")), meta: { by: "all" } };
      const outcomes = await Promise.all(Array.from({ length: 3 }, () => establish(eu.address, spec)));
      const { id, state } = await read(eu.address, spec.peer_name);
      assert.equal(state, "ACTIVE");
      for (const each of outcomes) assert.deepEqual([each.id, each.state], [id, "ACTIVE"]);
    }
  });
});

test("an abort during the wait reports its leftovers", async () => {
  const peer_name = name("us");
  const peering_token = await token(us, name("eu"));
  const reason = new Error("enough");
  const controller = new AbortController();
  const reported = [];
  const call = establish(
    eu.address,
    { peer_name, peering_token },
    {
      signal: controller.signal,
      onProgress: (progress) => {
        reported.push(progress);
        if (progress.code === "token_accepted") controller.abort(reason);
      },
    },
  );
  await assert.rejects(call, (error) => error === reason);
  const left = reported.filter((progress) => progress.kind === "left_behind");
  assert.equal(left.length, 1);
  assert.equal((await read(eu.address, peer_name)).peer_name, peer_name);
});
