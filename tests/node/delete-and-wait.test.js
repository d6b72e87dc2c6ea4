// delete and wait as JavaScript calls them: what they return and report, an abort, and functions of the caller. What they
// do in each case is tested natively: tests/simulator/deletion.rs, waiting.rs.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sleep } from "./virtual-time.js";
import { isPeeringError, read, remove, wait } from "../../pkg/node.js";
import { world } from "./pair.js";

describe("delete", { concurrency: true }, () => {
  test("resolves with what was deleted, once it is gone; null if it does not exist", async (t) => {
    const pair = await world(t);
    await pair.link();
    const before = await read(pair.raw.us, "eu");
    assert.deepEqual(await remove(pair.raw.us, { peer_name: "eu" }), before);
    assert.equal(await read(pair.raw.us, "eu"), null);
    assert.equal(await remove(pair.raw.us, "eu"), null);
  });

  test("wait: false resolves once it is accepted; a timeout and an abort report the running deletion", async (t) => {
    const pair = await world(t);
    await pair.link();
    await pair.deleting("us", "eu");
    assert.equal((await read(pair.raw.us, "eu")).state, "DELETING");
    const error = await remove(pair.raw.us, "eu", { timeout: 200 }).catch((error) => error);
    assert.ok(isPeeringError(error));
    assert.deepEqual([error.code, error.operation, error.peering.state], ["timeout", "delete", "DELETING"]);
    assert.deepEqual(
      error.left_behind.map(({ code, state }) => [code, state]),
      [["deleting", "DELETING"]],
    );
    const events = [];
    const controller = new AbortController();
    const options = { signal: controller.signal, onProgress: (event) => events.push(event) };
    const removing = remove(pair.raw.us, "eu", options);
    setTimeout(() => controller.abort("why"), 300);
    await assert.rejects(removing, (error) => error === "why");
    assert.deepEqual([events.at(-1).kind, events.at(-1).code], ["left_behind", "deleting"]);
  });
});

describe("wait", { concurrency: true }, () => {
  test("until a state or gone, with each state reported once", async (t) => {
    const pair = await world(t);
    await pair.dial(await pair.token(), "us", "eu", false);
    const states = [];
    const onProgress = ({ kind, state }) => states.push([kind, state]);
    assert.equal((await wait(pair.raw.us, "eu", "ACTIVE", { onProgress })).state, "ACTIVE");
    assert.deepEqual(states, [
      ["state", "ESTABLISHING"],
      ["state", "ACTIVE"],
    ]);
    await remove(pair.raw.eu, "us");
    assert.equal((await wait(pair.raw.us, "eu", "TERMINATED")).state, "TERMINATED");
    const gone = wait(pair.raw.us, "eu", "GONE");
    await remove(pair.raw.us, "eu");
    assert.equal(await gone, null);
  });

  test("until a function returns true; rejects with what it throws", async (t) => {
    const pair = await world(t);
    const observed = [];
    const found = wait(pair.raw.eu, "us", (peering) => (observed.push(peering), peering !== null));
    await sleep(50);
    await pair.token();
    assert.equal(observed[0], null);
    assert.equal(await found, observed.at(-1), "the object that the function got");
    const mine = { not: "an Error" };
    const throws = () => {
      throw mine;
    };
    await assert.rejects(wait(pair.raw.eu, "us", throws), (error) => error === mine);
  });
});
