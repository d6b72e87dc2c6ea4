// What `startSimulator` is given from JavaScript: its options, seed and clock. `src/simulator/module` validates them, and
// `tests/simulator` shows what they do.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ManualClock } from "../../pkg/simulator.js";
import { simulate, startFor } from "./manual-simulator.js";
import { aclToken } from "./secrets.js";

describe("options", () => {
  const cluster = (options) => ({ clusters: [{ name: "eu", ...options }] });
  // JSON has no such values, or they are refused after the options were read.
  const wrong = {
    "options must be an object": [null, "x", []],
    "unknown option options.speeed": [{ speeed: 2 }],
    "options.speed must be a number above 0": [{ speed: NaN }, { speed: Infinity }],
    "options.clock must be a clock": [{ clock: {} }, { clock: Date }],
    "clusters must have different names": [{ clusters: ["eu", { name: "eu" }] }],
    'clusters[0].response_headers: "bad name" is not a valid header': [
      cluster({ response_headers: { "X-More": "1", "bad name": "x" } }),
    ],
    'clusters[0].response_headers: "X-More" is not a valid header': [
      cluster({ response_headers: { "X-More": "→" } }),
      cluster({ response_headers: { "X-More": "a\r\nb: c" } }),
    ],
    "clusters[0].peering must be true or false": [cluster({ peering: () => true })],
    "clusters[0].acl.tokens[…].peering must be": [cluster({ acl: { tokens: { secret: { peering: "all" } } } })],
  };
  for (const [message, cases] of Object.entries(wrong)) {
    test(`refused: ${message}`, async () => {
      for (const options of cases) {
        await assert.rejects(startFor(options), (error) => {
          assert.ok(error instanceof TypeError && error.message.includes(message), error.message);
          assert.ok(!error.message.includes("secret"), error.message);
          return true;
        });
      }
    });
  }

  test("undefined options are defaults", async () => {
    const { clusters, seed } = await simulate({
      clusters: [{ name: "eu", version: undefined, acl: undefined }],
      seed: 3,
    });
    assert.deepEqual([Object.keys(clusters), seed], [["eu"], 3]);
  });

  test("the default clusters are eu and us", async () => {
    const { clusters } = await simulate();
    assert.deepEqual(Object.keys(clusters), ["eu", "us"]);
    assert.equal("token" in clusters.eu, false);
  });

  test("with ACLs, the management token is available", async () => {
    const given = aclToken("11111111-2222-3333-4444-555555555555");
    const { clusters } = await simulate({
      clusters: [
        { name: "eu", acl: true },
        { name: "us", acl: { management: given } },
      ],
    });
    assert.match(aclToken(clusters.eu.token), /^[0-9a-f-]{36}$/);
    assert.equal(clusters.us.token, given);
  });
});

describe("the seed", () => {
  const tokenOf = async (seed) =>
    aclToken((await simulate({ seed, clusters: [{ name: "eu", acl: true }] })).clusters.eu.token);

  test("determines the random choices", async () => {
    assert.equal(await tokenOf(5), await tokenOf(5));
    assert.notEqual(await tokenOf(5), await tokenOf(6));
  });

  test("by default, each simulator has its own", async () => {
    const [some, others] = [await simulate({ seed: undefined }), await simulate({ seed: undefined })];
    assert.notEqual(some.seed, others.seed);
  });
});

describe("the clock", () => {
  test("only `advance` moves a manual one", async () => {
    const { token, establish, read, clock } = await simulate();
    await establish("eu", "us", await token("us", "eu"));
    assert.equal((await read("eu", "us")).State, "ESTABLISHING");
    for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
    assert.equal((await read("eu", "us")).State, "ESTABLISHING");
    await clock.advance(100);
    assert.equal((await read("eu", "us")).State, "ACTIVE");
  });

  test("a manual clock runs timers in order, with those that they set", async () => {
    const clock = new ManualClock(1_000);
    const ran = [];
    const at = (ms, what, then) => clock.setTimeout(() => (ran.push([what, clock.now()]), then?.()), ms);
    assert.equal(clock.next, undefined);
    at(20, "late");
    at(10, "early", () => at(5, "what follows"));
    at(10, "early too");
    clock.clearTimeout(at(12, "never"));
    assert.equal(clock.next, 1_010);
    await clock.advance(19);
    assert.deepEqual(ran, [
      ["early", 1_010],
      ["early too", 1_010],
      ["what follows", 1_015],
    ]);
    assert.deepEqual([clock.now(), clock.next], [1_019, 1_020]);
    await clock.advance(1);
    assert.equal(ran.at(-1)[0], "late");
  });

  test("the clock option is used", async () => {
    const clock = new ManualClock();
    const simulator = await startFor({ clock, listen: false });
    assert.equal(simulator.clock, clock);
  });
});
