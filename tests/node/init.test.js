// Loading a module that is not ready at import: once, by concurrent and repeated calls.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const bytes = readFileSync(new URL("../../pkg/consul_peering_bg.wasm", import.meta.url));
let copies = 0;
/** An uninitialised copy of the package. */
const fresh = () => import(`../../pkg/consul_peering.js?copy=${++copies}`);

/** A running call whose response is held back, and a function that releases it. */
function held({ list }) {
  let answer;
  const response = new Promise((resolve) => (answer = () => resolve(new Response("[]"))));
  return { call: list({ address: "http://consul.example", fetch: () => response }), answer };
}

test("before init, every function reports what is missing", async () => {
  const copy = await fresh();
  const { default: internal, ...exported } = copy;
  const calls = Object.entries({ ...exported, ...internal }).filter(([name]) => !/^init|PeeringError$/.test(name));
  assert.ok(calls.length > 15);
  for (const [name, call] of calls) assert.throws(call, /`await init\(\)` first/, name);
});

test("init: two concurrent calls load once, without an effect on running calls", async () => {
  const copy = await fresh();
  const both = [copy.init(bytes), copy.init(bytes)];
  await both[0];
  const { call, answer } = held(copy);
  await both[1];
  await copy.init();
  answer();
  assert.deepEqual(await call, []);
});

test("initSync: refused while init is running", async () => {
  const copy = await fresh();
  const loading = copy.init(bytes);
  assert.throws(() => copy.initSync(bytes), /being initialised: await that `init`/);
  await loading;
  const { call, answer } = held(copy);
  copy.initSync(bytes);
  answer();
  assert.deepEqual(await call, []);
});

test("after a failure, init and initSync can be retried", async () => {
  for (const again of ["init", "initSync"]) {
    const copy = await fresh();
    await assert.rejects(copy.init(new Uint8Array(8)));
    assert.throws(() => copy.validatePeerName("eu"), /`await init\(\)` first/);
    await copy[again](bytes);
    assert.deepEqual(copy.validatePeerName("eu"), []);
  }
});

test("the module contains no paths of its source files", () => {
  assert.doesNotMatch(bytes.toString("latin1"), /\w\.rs\b/);
});
