// Objects with unusual properties as input and in responses: prototypes, getters that change, cycles, proxies.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { inspect } from "node:util";
import * as peering from "../../pkg/node.js";
import { ACL, CALLS, NAMED, TOKEN, consul, failure, raw, refused, stub } from "./every-call.js";

const { list, read, validatePeering, validateToken, wait } = peering;

const PROTOTYPES = [Object, Array, Function, String, Error, Promise].map(({ prototype }) => prototype);
const pristine = PROTOTYPES.map((prototype) => Object.getOwnPropertyDescriptors(prototype));
const assertPristine = () =>
  PROTOTYPES.forEach((prototype, i) => assert.deepEqual(Object.getOwnPropertyDescriptors(prototype), pristine[i]));
after(assertPristine);

/** Getters, each of which returns the good member once, and then the evil one. */
function changing(good, evil) {
  const reads = {};
  const object = {};
  for (const key of Object.keys(good)) {
    reads[key] = 0;
    Object.defineProperty(object, key, { enumerable: true, get: () => (reads[key]++ ? evil(key) : good[key]) });
  }
  return { object, reads };
}
const onceEach = (reads) => assert.deepEqual(new Set(Object.values(reads)), new Set([1]), inspect(reads));
describe("unusual objects", { concurrency: true }, () => {
  const throwing = () => {
    throw new Error("boom");
  };

  test("__proto__, constructor and prototype pollute nothing and select nothing", async () => {
    for (const key of ["__proto__", "constructor", "prototype"]) {
      // As text: a literal would set the prototype.
      const poison = JSON.parse(`{"${key}":{"polluted":"yes","address":"http://evil.test","peer_name":"evil"}}`);
      const own = (more) => Object.defineProperties({ ...more }, Object.getOwnPropertyDescriptors(poison));
      for (const [name, call] of NAMED) {
        const { cluster, calls } = stub(consul(true));
        const shown = `cluster.${key} unknown`;
        assert.deepEqual(await refused(call(own(cluster), {}), calls), [shown], name);
        assert.deepEqual(await refused(call({ ...cluster, headers: own({}) }, {}), calls), [
          `cluster.headers.${key} header`,
        ]);
        const found = await refused(
          peering[name](cluster, own({ peer_name: "us", peering_token: TOKEN }), "ACTIVE"),
          calls,
        );
        assert.ok(found.includes(`${key} unknown`), found);
      }
      const { cluster, calls } = stub(consul(true));
      const { prototype, ...options } = own({ timeout: 60_000 });
      const unknown = await refused(read(cluster, "us", own(options)), calls);
      assert.ok(unknown.includes(`options.${key} unknown`), unknown);
      assert.deepEqual(
        validateToken({ peer_name: "us", meta: own({}) }).map(({ field, rule }) => `${field} ${rule}`),
        [`meta.${key} type`],
      );
      assertPristine();
      assert.equal({}.polluted, undefined);
    }
  });

  test("a meta pair of that name is sent and returned as a pair", async () => {
    const Meta = JSON.parse('{"__proto__":"a","constructor":"b","toJSON":"c","hasOwnProperty":"d"}');
    const { cluster, calls } = stub();
    await CALLS.generateToken(cluster, { meta: Meta });
    const sent = calls.find(({ path }) => path === "/v1/peering/token").body;
    assert.equal(JSON.stringify(JSON.parse(sent).Meta), JSON.stringify(Meta));

    const text = JSON.stringify({ ...raw, Meta, Remote: JSON.parse('{"__proto__":{"Datacenter":"x"}}') });
    const top = `{"__proto__":{"polluted":"yes","DeletedAt":"2026-01-01T00:00:00Z"},"constructor":1,${text.slice(1)}`;
    for (const found of [
      await read(stub(() => [200, top]).cluster, "us"),
      (await list(stub(() => [200, `[${top}]`]).cluster))[0],
      await wait(stub(() => [200, top]).cluster, "us", "ACTIVE"),
    ]) {
      assert.equal(Object.getPrototypeOf(found.meta), Object.prototype);
      assert.deepEqual(Object.getOwnPropertyDescriptors(found.meta), Object.getOwnPropertyDescriptors(Meta));
      assert.deepEqual([found.state, found.remote.datacenter, found.polluted], ["ACTIVE", null, undefined]);
      assert.ok(!Object.hasOwn(found, "__proto__") && Object.keys(found).length === 15);
      structuredClone(found);
    }
    for (const wrong of ['{"__proto__":{"ID":"1","Name":"us","State":"ACTIVE"}}', '{"__proto__":[]}']) {
      await failure(read(stub(() => [200, wrong]).cluster, "us"), "unexpected_answer");
    }
    assertPristine();
  });

  test("the validated values are sent: each getter is read once", async () => {
    const meta = changing({ a: "1" }, () => 7);
    const spec = changing(
      { peer_name: "us", peering_token: TOKEN, meta: meta.object, token: ACL, partition: "team-a" },
      (key) => ({ peer_name: "../kv", meta: throwing })[key] ?? `evil ${key}\r\n`,
    );
    const headers = changing({ "X-A": "b" }, () => "a\r\nX-Evil: 1");
    const answered = stub();
    const { fetch, ...fixed } = answered.cluster;
    const cluster = changing({ ...fixed, headers: headers.object }, () => "http://evil.test");
    // The function is the caller's own: only its type is checked.
    Object.defineProperty(cluster.object, "fetch", { enumerable: true, value: fetch });
    const options = changing({ timeout: 60_000, wait: true, replace: false, onProgress: () => {} }, throwing);
    await peering.establish(cluster.object, spec.object, options.object);
    for (const { reads } of [meta, spec, headers, cluster, options]) onceEach(reads);
    const { body } = answered.calls.find(({ path }) => path === "/v1/peering/establish");
    assert.deepEqual(JSON.parse(body), { PeerName: "us", Meta: { a: "1" }, Partition: "team-a", PeeringToken: TOKEN });
    assert.ok(answered.calls.every(({ headers }) => headers["X-A"] === "b" && headers["X-Consul-Token"] === ACL));
  });

  test("a fetch getter that changes does not redirect the call", async (t) => {
    const { fetch: hosts } = globalThis;
    t.after(() => void (globalThis.fetch = hosts));
    for (const second of [undefined, null, 7]) {
      let reads = 0;
      const { cluster, calls } = stub();
      const { fetch } = cluster;
      const trick = Object.defineProperty(cluster, "fetch", {
        enumerable: true,
        get: () => (reads++ ? second : fetch),
      });
      globalThis.fetch = assert.fail;
      assert.deepEqual(await refused(read(trick, "us", { timeout: 500 }), calls), ["cluster.fetch type"]);
      globalThis.fetch = hosts;
    }
  });

  test("toString and valueOf of input are not called", async () => {
    let asked = 0;
    const sly = {
      toString: () => `${++asked}`,
      valueOf: () => ++asked,
      toJSON: () => `${++asked}`,
      [Symbol.toPrimitive]: () => `${++asked}`,
    };
    for (const key of ["peer_name", "peering_token", "meta", "token", "datacenter", "partition"]) {
      const { cluster, calls } = stub();
      const found = await refused(CALLS.establish(cluster, { [key]: sly }), calls);
      assert.ok(found[0].startsWith(key), found);
    }
    for (const key of ["address", "token", "datacenter", "partition", "headers"]) {
      const { cluster, calls } = stub();
      await refused(read({ ...cluster, [key]: sly }, "us"), calls);
      await refused(read({ ...cluster, headers: { "X-A": sly } }, "us"), calls);
    }
    const { cluster, calls } = stub();
    await refused(read(cluster, "us", { timeout: sly }), calls);
    await refused(CALLS.generateToken(cluster, { meta: { a: sly }, server_external_addresses: [sly] }), calls);
    assert.equal(asked, 0);
  });

  test("frozen objects and objects without prototype are valid", async () => {
    for (const make of [
      Object.freeze,
      Object.seal,
      (it) => Object.assign(Object.create(null), it),
      (it) => new Proxy(it, {}),
    ]) {
      const { cluster, calls } = stub();
      const spec = make({ peer_name: "us", peering_token: TOKEN, meta: make({ a: "1" }) });
      await peering.establish(make({ ...cluster, headers: make({ "X-A": "b" }) }), spec, make({ timeout: 60_000 }));
      assert.ok(calls.length > 3 && calls.every(({ headers }) => headers["X-A"] === "b"));
    }
  });

  test("an instance with accessors is not an empty object", async () => {
    const { cluster: plain, calls } = stub();
    class Config {
      #cluster = plain;
      get address() {
        return this.#cluster.address;
      }
      get fetch() {
        return this.#cluster.fetch;
      }
    }
    const withCalls = { ...plain, headers: new (class Headers {})() };
    assert.deepEqual(await refused(read(new Config(), "us", { timeout: 200 }), calls), ["cluster type"]);
    assert.deepEqual(await refused(read(Object.create(plain), "us", { timeout: 200 }), calls), ["cluster type"]);
    assert.deepEqual(await refused(read(withCalls, "us"), calls), ["cluster.headers type"]);
    assert.deepEqual(await refused(CALLS.generateToken(plain, { meta: Object.create({ a: "1" }) }), calls), [
      "meta type",
    ]);
  });

  test("endless, cyclic, deep and huge objects are refused", async () => {
    const cyclic = {};
    cyclic.self = cyclic;
    const deep = JSON.parse(`${'{"a":'.repeat(4_000)}1${"}".repeat(4_000)}`);
    const huge = Object.fromEntries(Array.from({ length: 200_000 }, (_, i) => [`k${i}`, "v"]));
    const endless = new Proxy(
      {},
      {
        ownKeys: () => ["a"],
        getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }),
        get: () => endless,
      },
    );
    for (const odd of [
      cyclic,
      deep,
      huge,
      endless,
      new Proxy({}, { get: throwing, ownKeys: throwing, getPrototypeOf: throwing }),
    ]) {
      const { cluster, calls } = stub();
      for (const call of [
        read(odd, "us"),
        read({ ...cluster, headers: { "X-A": odd } }, "us"),
        read({ ...cluster, address: odd }, "us"),
        read(cluster, odd),
        CALLS.establish(cluster, { meta: odd }),
        CALLS.establish(cluster, { peering_token: odd }),
        CALLS.generateToken(cluster, { server_external_addresses: odd }),
        read(cluster, "us", { timeout: odd, signal: odd }),
      ]) {
        assert.ok((await refused(call, calls)).length < 100, "in a short message");
      }
      assert.ok(validatePeering(odd, odd).length > 0);
      assert.equal((await read(stub(consul(true)).cluster, "us")).id, "1");
    }
  });

  test("a list is sent completely or not at all", async () => {
    for (const length of [1_000, 19_000, 30_000]) {
      const server_external_addresses = Array(length).fill("lb.example:8503");
      const { cluster, calls } = stub();
      const code = await CALLS.generateToken(cluster, { server_external_addresses }).then(
        () => "sent",
        ({ code }) => code,
      );
      if (code === "sent") {
        const { body } = calls.find(({ path }) => path === "/v1/peering/token");
        assert.equal(JSON.parse(body).ServerExternalAddresses.length, length);
      } else {
        assert.deepEqual([code, calls], ["invalid", []]);
      }
      if (length === 1_000) assert.equal(code, "sent");
    }
  });

  test("a time whose getter throws is caught", () => {
    const hostile = new Proxy({}, { get: throwing, getPrototypeOf: throwing });
    class Never extends Date {
      getTime() {
        throw new Error("boom");
      }
    }
    for (const options of [
      hostile,
      { now: hostile },
      { now: new Never() },
      Object.defineProperty({}, "now", { get: throwing }),
    ]) {
      assert.ok(Array.isArray(validatePeering({ peer_name: "us", peering_token: TOKEN }, options)));
    }
  });
});
