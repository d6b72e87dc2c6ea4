// Paths, parameters and headers: input and responses with the path of another request reach no other one.
import assert from "node:assert/strict";
import { createServer as createRawServer } from "node:net";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { read, remove, wait } from "../../pkg/node.js";
import { ACL, CALLS, NAMED, PEERING, checkUrl, consul, failure, raw, refused, stub } from "./every-call.js";
import { listen } from "./listen.js";

const REACHING = [
  "..",
  ".",
  "../kv/x",
  "us/../../kv/x",
  "%2e%2e",
  "%2e%2e%2fkv",
  "//evil.test",
  "/",
  "us/x",
  "us?recurse",
  "us#x",
  "us\\..\\x",
  "us;x",
  "us&partition=x",
  "us%00",
  "us\0",
  "us\r\nX-Evil: 1",
  "us HTTP/1.1\r\n\r\nDELETE /v1/kv/x",
  "us\t",
  "us ",
  "üs",
  "us\u2028",
  "us\u202e",
  "ｕｓ",
  "\ud800",
  "us\udc00",
  "http://evil.test/",
  "u".repeat(1e6),
  "../".repeat(1e5),
];

describe("paths", { concurrency: true }, () => {
  test("a name with another path is refused, and nothing is sent", async () => {
    for (const peer_name of REACHING) {
      for (const [name, call] of NAMED) {
        const { cluster, calls } = stub();
        const found = await refused(call(cluster, { peer_name }), calls);
        assert.ok(found.length > 0 && found.every((it) => it.startsWith("peer_name ")), `${name} ${found}`);
      }
    }
  });

  test("a partition, a datacenter and an ACL token too", async () => {
    for (const text of REACHING) {
      for (const field of ["partition", "datacenter", "token"]) {
        // As a token, printable ASCII is valid: it is sent in a header, never in a path.
        if ((field === "token" && /^[!-~]+$/.test(text)) || /^u+$/.test(text)) continue;
        for (const [, call] of NAMED) {
          const { cluster, calls } = stub();
          const wrong = [`${field} characters`];
          assert.deepEqual(await refused(call(cluster, { [field]: text }), calls), wrong, inspect(text).slice(0, 40));
          assert.deepEqual(await refused(call({ ...cluster, [field]: text }, {}), calls), wrong);
        }
      }
    }
  });

  test("header names and values", async () => {
    const names = ["", " ", "X A", "X-A:", "X-A\r\nX-Evil", "X-Ä", "X\0", "(X)", "X-\ud800"];
    const values = ["a\r\nX-Evil: 1", "a\n", "\rb", "a\0", "ä", "a\u2028", "\ud800", "\x7f", "\x1b[0m"];
    for (const headers of [...names.map((name) => ({ [name]: "a" })), ...values.map((value) => ({ "X-A": value }))]) {
      const { cluster, calls } = stub(undefined, { headers });
      for (const call of Object.values(CALLS)) {
        const [found, ...more] = await refused(call(cluster, {}), calls);
        assert.match(found, /^cluster\.headers\..* header$/s);
        assert.deepEqual(more, []);
      }
    }
  });

  test("every call stays below the prefix of its address, for any spelling", async () => {
    for (const address of [
      "http://eu.test",
      "http://eu.test/consul",
      "http://eu.test/a%2fb/%23",
      "http://eu.test//x",
      "http://eu.test:8500/;p",
    ]) {
      for (const [name, call] of Object.entries(CALLS)) {
        const { cluster, calls } = stub(consul(name === "remove"), { address, partition: "team-a" });
        if (name === "wait") await wait(stub(consul(true), { address, partition: "team-a" }).cluster, "us", "ACTIVE");
        else await call(cluster, {}, name === "remove" ? { wait: false } : {});
        assert.ok(name === "wait" || calls.length > 0);
      }
    }
  });

  test("an address is resolved like in a browser", async () => {
    for (const address of [
      "http://eu.test/a/../b",
      "http://eu.test/../..",
      "http://eu.test/%2e%2e/b",
      "http://eu.test\\@evil.test",
      "http://eu.test//evil.test//",
      "http://eu.test/?",
      "http://eu.test/a#",
      "http://eu.test/a\r\nX-Evil: 1",
      "http://eu.test/\0",
      "http://eu.test/ä",
      "http://eu.test/\ud800",
      "http://eu.test/%0d%0aX-Evil:%201",
      `http://eu.test/${"a".repeat(1e6)}`,
    ]) {
      const observed = [];
      const fetch = async (url) => (observed.push(url), new Response(JSON.stringify(raw)));
      await read({ address, fetch, token: ACL }, "us");
      const prefix = new URL(address).pathname.replace(/\/+$/, "");
      assert.deepEqual(observed, [`http://eu.test${prefix}${PEERING}`]);
      assert.equal(new URL(observed[0]).href, observed[0]);
    }
    for (const address of [
      "http://eu.test?x",
      "http://eu.test#x",
      "http://a@eu.test",
      "javascript:alert(1)",
      "data:,x",
      "blob:http://eu.test/1",
      "http://",
      "http://e u.test",
      "http://eu.test:99999",
      "eu.test",
      "/v1",
      "http://[::1",
      "\0",
      "http://eu.test\r\nX-Evil: 1",
    ]) {
      const { cluster, calls } = stub(undefined);
      for (const call of Object.values(CALLS)) {
        const [found] = await refused(call({ ...cluster, address }, {}), calls);
        assert.match(found, /^cluster\.address /);
      }
    }
  });

  test("a request on the wire has one request line and the intended headers", async (t) => {
    const heads = [];
    const server = createRawServer((socket) => {
      let text = "";
      socket.on("error", () => {});
      socket.setEncoding("latin1").on("data", (chunk) => {
        text += chunk;
        const end = text.indexOf("\r\n\r\n");
        const length = Number(text.match(/\r\ncontent-length: (\d+)/i)?.[1] ?? 0);
        if (end < 0 || text.length < end + 4 + length) return;
        assert.equal(text.length, end + 4 + length, "nothing follows");
        heads.push(text.slice(0, end).split("\r\n"));
        const [method, path] = text.split(" ");
        const [status, body] = answer(method, path);
        socket.end(
          `HTTP/1.1 ${status} OK\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
        );
      });
    });
    const base = await listen(t, server);
    let answer;
    const headers = { "X-Tenant": "a b\tc", __proto__: { "X-Evil": "1" } };
    for (const [name, call] of Object.entries(CALLS)) {
      answer = consul(["remove", "wait"].includes(name));
      await call({ address: base, token: ACL, headers }, {}, name === "remove" ? { wait: false } : {});
    }
    assert.ok(heads.length >= 12);
    for (const [line, ...rest] of heads) {
      assert.match(line, /^(GET|POST|DELETE) \/v1\/[a-z/]+ HTTP\/1\.1$/);
      checkUrl(base + line.split(" ")[1], base);
      const of = (name) => rest.filter((it) => it.toLowerCase().startsWith(`${name}: `)).map((it) => it.split(": ")[1]);
      assert.deepEqual([of("x-consul-token"), of("x-tenant"), of("x-evil")], [[ACL], ["a b\tc"], []]);
      assert.deepEqual(of("host"), [base.slice("http://".length)]);
    }
    for (const path of [
      "/a/../b",
      "/%2e%2e/b",
      "//evil.test",
      "\\@evil.test",
      "/a\r\nX-Evil: 1",
      "/a HTTP/1.1\r\n\r\nGET /v1/kv",
    ]) {
      heads.length = 0;
      answer = () => [200, JSON.stringify(raw)];
      await read({ address: base + path, token: ACL }, "us");
      assert.equal(heads.length, 1);
      const expected = new URL(base + path).pathname + PEERING;
      assert.equal(heads[0][0], `GET ${expected} HTTP/1.1`);
      assert.ok(heads[0].every((it) => !/^x-evil|evil\.test:|^get \/v1\/kv/i.test(it.trim())));
    }
  });

  test("a peering whose name is another path is not deleted by it", async () => {
    for (const Name of [...REACHING, "other"]) {
      const answer = (method, path) =>
        method === "GET" && path === PEERING
          ? [200, JSON.stringify({ ...raw, Name, PeerServerName: "x" })]
          : consul()(method, path);
      for (const call of [
        (cluster) => remove(cluster, "us"),
        (cluster) => CALLS.establish(cluster, {}, { replace: true }),
        (cluster) => CALLS.generateToken(cluster, {}, { replace: true }),
        (cluster) => wait(cluster, "us", "ACTIVE"),
      ]) {
        const { cluster, calls } = stub(answer);
        await failure(call(cluster), "unexpected_answer");
        assert.ok(calls.every(({ method }) => method === "GET"));
      }
    }
  });
});
