// How the module is loaded where it is not ready at import: once, whoever asks, and however often.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const bytes = readFileSync(new URL("../../pkg/consul_peering_bg.wasm", import.meta.url));
let copies = 0;
/** A copy of the package that nobody has initialised. */
const fresh = () => import(`../../pkg/consul_peering.js?copy=${++copies}`);

/** A call under way whose answer is held back, and how to give it. */
function held({ list }) {
  let answer;
  const response = new Promise((resolve) => (answer = () => resolve(new Response("[]"))));
  return { call: list({ address: "http://consul.example", fetch: () => response }), answer };
}

test("before it, whatever is called says what is missing", async () => {
  const copy = await fresh();
  const { default: internal, ...exported } = copy;
  const calls = Object.entries({ ...exported, ...internal }).filter(([name]) => !/^init|PeeringError$/.test(name));
  assert.ok(calls.length > 15);
  for (const [name, call] of calls) assert.throws(call, /`await init\(\)` first/, name);
});

test("twice at once, it is loaded once: a call that began after the first is not disturbed by the second", async () => {
  const copy = await fresh();
  const both = [copy.init(bytes), copy.init(bytes)];
  await both[0];
  const { call, answer } = held(copy);
  await both[1];
  await copy.init();
  answer();
  assert.deepEqual(await call, []);
});

test("initSync while init is under way is refused, and changes nothing", async () => {
  const copy = await fresh();
  const loading = copy.init(bytes);
  assert.throws(() => copy.initSync(bytes), /being initialised: await that `init`/);
  await loading;
  const { call, answer } = held(copy);
  copy.initSync(bytes);
  answer();
  assert.deepEqual(await call, []);
});

test("after a failure it can be tried again, in either way", async () => {
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
