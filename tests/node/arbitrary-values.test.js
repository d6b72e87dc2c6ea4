// Arbitrary values and random texts as input: an error in the input is a finding, unusable input is a PeeringError, and no
// input breaks the module. `tests/properties` and `fuzz` try the rules with many more.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import * as peering from "../../pkg/node.js";
import { ACL_TOKEN, GOOD, RECORDED, brief, check, refused, spec, wellFormed } from "./findings.js";
import { inProcess } from "./package-process.js";

const { inspectToken, isPeeringError, validatePeerName, validatePeering, validateToken } = peering;

const throwing = () => {
  throw new Error("boom");
};
/** Every trap throws. */
const hostile = (target) => new Proxy(target, new Proxy({}, { get: () => throwing }));

class Spec {
  constructor() {
    this.peer_name = "EU";
  }
  get peering_token() {
    return GOOD;
  }
}

const cyclic = { peer_name: "eu", peering_token: GOOD };
cyclic.meta = cyclic;
const ring = [];
ring.push(ring);

const ODD = {
  "a symbol": Symbol("eu"),
  "a bigint": 1n,
  Infinity: Infinity,
  "a date": new Date(),
  "an invalid date": new Date(NaN),
  "a map": new Map([["peer_name", "eu"]]),
  "a set": new Set(["eu"]),
  "a weak map": new WeakMap(),
  "a regular expression": /eu/,
  "a promise": Promise.resolve("eu"),
  "a function": () => "eu",
  "a class": class {},
  "an error": new Error("eu"),
  "a buffer": Buffer.from("eu"),
  "an array buffer": new ArrayBuffer(8),
  "a boxed text": Object("eu"),
  "a boxed symbol": Object(Symbol()),
  "an object that becomes a text": { toString: () => "eu", [Symbol.toPrimitive]: () => "eu" },
  "an object that becomes nothing": { toString: throwing, valueOf: throwing, toJSON: throwing },
  "an object without prototype": Object.create(null),
  "a frozen object": Object.freeze({ peer_name: "EU" }),
  "an instance of a class": new Spec(),
  "inherited members": Object.create({ peer_name: "eu", peering_token: GOOD }),
  "a cycle": cyclic,
  "a cycle of arrays": ring,
  "a sparse array": Array(9),
  "an array with more": Object.assign(["eu"], { peer_name: "eu" }),
  "something deep": JSON.parse('{"meta":'.repeat(5000) + "1" + "}".repeat(5000)),
  "a proxy that only looks": new Proxy({ peer_name: "EU" }, {}),
  "a proxy that throws": hostile({}),
  "a proxy of a function that throws": hostile(() => {}),
  "a proxy that lies about its keys": new Proxy(
    {},
    { ownKeys: () => ["a", "b"], getOwnPropertyDescriptor: () => undefined },
  ),
  "keys that are symbols": { [Symbol("peer_name")]: "eu" },
  "hidden members": Object.defineProperty({}, "peer_name", { value: "eu", enumerable: false }),
  "a key __proto__": JSON.parse('{"__proto__":{"peer_name":"eu"}}'),
  "names of Object's own": JSON.parse('{"constructor":1,"toString":2,"hasOwnProperty":3}'),
  "a key of a megabyte": { ["k".repeat(1e6)]: 1 },
  "the module itself": peering,
  globalThis,
};

/** The error that is thrown, which must not be a trap: after one, nothing works. */
function survives(run) {
  try {
    return wellFormed(run());
  } catch (error) {
    assert.ok(isPeeringError(error), error?.stack ?? String(error));
    return wellFormed(error.findings);
  }
}

describe("arbitrary values", () => {
  for (const [what, value] of Object.entries(ODD)) {
    test(`${what}: returns findings`, async () => {
      assert.ok(wellFormed(validatePeerName(value)).length > 0);
      assert.ok(wellFormed(check(value)).length > 0);
      assert.ok(wellFormed(validateToken(value)).length > 0);
      assert.ok(refused(value).findings.length > 0);
      for (const key of ["peer_name", "peering_token", "meta", "datacenter", "token", "unknown"]) {
        survives(() => check(spec({ [key]: value })));
        survives(() => validateToken({ peer_name: "eu", [key]: value }));
      }
      survives(() => check(spec({ meta: { a: value } })));
      survives(() => validateToken({ peer_name: "eu", server_external_addresses: [value] }));
      const cluster = { address: "http://c", fetch: () => assert.fail("something was sent") };
      for (const call of [
        peering.establish(cluster, value),
        peering.generateToken(cluster, value),
        peering.read(cluster, value),
      ]) {
        await assert.rejects(call, { name: "PeeringError", code: "invalid" });
      }
      assert.deepEqual(check(spec()), [], "the module still works");
    });
  }

  test("a getter that throws is a finding for its member", () => {
    const value = Object.defineProperty(spec(), "meta", { get: throwing, enumerable: true });
    assert.deepEqual(brief(check(value)), ["error meta type"]);
    const nested = spec({ meta: Object.defineProperty({ a: "b" }, "c", { get: throwing, enumerable: true }) });
    assert.deepEqual(brief(check(nested)), ["error meta.c type"]);
  });

  /** A spec whose getters count how often they are read, and return another value each time. */
  function counting(members) {
    const reads = {};
    const value = {};
    for (const [key, member] of Object.entries(members)) {
      reads[key] = 0;
      Object.defineProperty(value, key, { enumerable: true, get: () => (reads[key]++ === 0 ? member : throwing()) });
    }
    return { value, reads };
  }

  test("each getter is read once", () => {
    const meta = counting({ a: "b" });
    const whole = counting(spec({ meta: meta.value, token: ACL_TOKEN }));
    assert.deepEqual(check(whole.value), []);
    assert.deepEqual([meta.reads, whole.reads], [{ a: 1 }, { peer_name: 1, peering_token: 1, meta: 1, token: 1 }]);
    const token = counting({ peer_name: "us", server_external_addresses: ["lb.example:1"] });
    assert.deepEqual(validateToken(token.value), []);
    assert.deepEqual(token.reads, { peer_name: 1, server_external_addresses: 1 });
  });

  test("by a call too", async () => {
    const { value, reads } = counting({ peer_name: "us" });
    const fetch = async (url, { method }) =>
      method === "GET"
        ? new Response('Peering not found for "us"', { status: 404 })
        : new Response('{"PeeringToken":"x"}', { status: 200 });
    assert.equal(await peering.generateToken({ address: "http://c", fetch }, value), "x");
    assert.deepEqual(reads, { peer_name: 1 });
  });

  test("meta in a Map is rejected, not ignored", () => {
    for (const meta of [new Map([["team", "payments"]]), new Set(["a"]), new Date()]) {
      assert.deepEqual(brief(check(spec({ meta }))), ["error meta type"], inspect(meta));
    }
  });

  test("an invalid time does not throw", () => {
    for (const now of [Symbol(), Object.create(null), "soon", {}, NaN, 1n])
      wellFormed(validatePeering(spec(), { now }));
  });

  // In separate processes, since a failure breaks the module or never ends.
  const broken = {
    "a revoked proxy": "(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy; })()",
    "an array that throws": "Object.defineProperty([1], 0, { get() { throw new Error('boom'); } })",
    "an array that cannot be walked": "Object.assign([1], { [Symbol.iterator]() { throw new Error('boom'); } })",
  };
  for (const [what, source] of Object.entries(broken)) {
    test(`${what} returns findings, any number of times`, () => {
      const program = `
        let found = 0;
        for (let i = 0; i < 2000; i++) {
          try { found += p.validateToken({ peer_name: "eu", server_external_addresses: ${source} }).length; } catch {}
        }
        console.log(p.validatePeerName("eu").length, found);`;
      assert.equal(inProcess(program), "0 2000");
    });
  }

  test("many cycles end at once", () => {
    const program = `
      const tangle = { peer_name: "eu" };
      for (const key of ["a", "b", "c", "d", "e", "f"]) tangle[key] = tangle;
      console.log(p.validatePeering(tangle).length > 0);`;
    assert.equal(inProcess(program, { seconds: 5 }), "true");
  });
});

/** Numbers below `limit`, the same in each run. */
function chance(seed) {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  };
}

/** Some bytes of a copy changed, added, removed, repeated or cut off. */
function mutated(bytes, below) {
  const copy = [...bytes];
  for (let changes = 1 + below(4); changes > 0; changes--) {
    const at = below(copy.length + 1);
    const change = [
      () => (copy[at] = below(256)),
      () => (copy[at] ^= 1 << below(8)),
      () => copy.splice(at, 0, below(256)),
      () => copy.splice(at, 1 + below(8)),
      () => copy.splice(at, 0, ...copy.slice(at, at + below(64))),
      () => (copy[at] = [0, 0x7f, 0x80, 0xff][below(4)]),
      () => below(8) || copy.splice(at),
    ];
    change[below(change.length)]();
  }
  return Buffer.from(copy);
}

describe("random inputs", () => {
  /** Each token is read or rejected, by both functions alike. */
  function settle(tokens) {
    const count = { read: 0, refused: 0 };
    for (const token of tokens) {
      const errors = check(spec({ peering_token: token })).filter(({ severity }) => severity === "error");
      let info;
      try {
        info = inspectToken(token);
      } catch (error) {
        const what = JSON.stringify(token).slice(0, 3000);
        assert.ok(isPeeringError(error), `${error?.stack}\n${what}`);
        assert.deepEqual([error.code, error.findings.length > 0], ["invalid", true], what);
      }
      assert.equal(info === undefined, errors.length > 0, JSON.stringify(token).slice(0, 3000));
      if (info) assert.deepEqual(Object.keys(info), Object.keys(inspectToken(RECORDED)));
      count[info ? "read" : "refused"]++;
    }
    return count;
  }

  test("random texts", () => {
    const below = chance(1);
    const letters = [0x20, 0x80, 0x800, 0x10000];
    const text = () =>
      String.fromCharCode(...Array.from({ length: below(200) }, () => below(letters[below(letters.length)])));
    const { read } = settle(Array.from({ length: 1000 }, text));
    assert.equal(read, 0);
    for (let i = 0; i < 1000; i++) {
      const name = text();
      const taken = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name);
      assert.equal(wellFormed(validatePeerName(name)).length === 0, taken && name !== "token" && name !== "establish");
      survives(() =>
        check({ [name]: name, peer_name: name, peering_token: name, meta: { [name]: name }, token: name }),
      );
    }
  });

  test("a real token with other bytes in it", () => {
    const below = chance(3);
    const bytes = Buffer.from(RECORDED, "base64");
    const { read, refused } = settle(Array.from({ length: 1000 }, () => mutated(bytes, below).toString("base64")));
    assert.ok(refused > 50 && read > 50, `${read} read, ${refused} refused`);
  });
});
