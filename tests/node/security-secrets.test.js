// Secrets in errors: servers, fetches and responses that repeat them, in any encoding; and where the environment's token is
// sent. SECURITY.md lists the tests of each promise.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { isPeeringError, read } from "../../pkg/node.js";
import { ACL, CALLS, CONTENT, PEERING, TOKEN, assertHidden, consul, echoes, failure, raw, stub } from "./every-call.js";
import { aclToken, peeringToken } from "./secrets.js";

/** Runs `call`, which reads the environment synchronously, with these variables set. */
function withEnvironment(variables, call) {
  Object.assign(process.env, variables);
  try {
    return call();
  } finally {
    for (const name of Object.keys(variables)) delete process.env[name];
  }
}

describe("secrets", { concurrency: true }, () => {
  /** Every function that sends or receives a token, with `answer(method, path, init)`; returns its progress. */
  async function everyCall(answer) {
    const reported = [];
    const options = { onProgress: (it) => reported.push(it) };
    const calls = Object.entries(CALLS).filter(([name]) => name !== "wait"); // reads, as read does
    await Promise.all(
      calls.map(async ([name, call]) => {
        const writes = ["establish", "generateToken"].includes(name);
        const at = (method, path, init) =>
          writes && method === "GET" && path === PEERING ? consul()(method, path) : answer(init, echoes(name));
        const error = await call(stub(at).cluster, {}, options).then(
          () => assert.fail(`${name} resolved`),
          (error) => error,
        );
        assert.ok(isPeeringError(error), inspect(error));
        assertHidden(error);
      }),
    );
    reported.forEach((it) => assertHidden(it));
    return reported;
  }

  test("a server that echoes them, in any encoding", async () => {
    for (let i = 0; i < echoes("establish").length; i++) {
      await everyCall((init, echoes) => [500, `cannot use ${echoes[i] ?? ACL} here`]);
    }
    for (const status of [400, 403, 404, 502]) {
      await everyCall((init, echoes) => [status, echoes.join(" ")]);
      await everyCall((init, echoes) => [status, echoes.reverse().join(" ")]);
    }
  });

  test("a server that echoes them during retries", async () => {
    let left = 30; // for all calls together
    const reported = await everyCall((init, echoes) => {
      const status = left-- > 0 ? 429 : 500;
      return new Response(echoes.join(" "), { status, headers: { "Retry-After": "0" } });
    });
    assert.ok(reported.some(({ kind }) => kind === "retry"));
  });

  test("a token unknown to the call, in an invalid response", async () => {
    const other = peeringToken(Buffer.from(JSON.stringify({ ...CONTENT, PeerID: "another" })).toString("base64"));
    const answer = JSON.stringify({ PeeringToken: other });
    for (const given of [
      [200, answer.slice(0, -2)],
      [200, `<html>${answer}`],
      [500, answer],
      [502, answer],
      [403, answer],
    ]) {
      const at = (method, path) => (path === "/v1/peering/token" ? given : consul()(method, path));
      const error = await CALLS.generateToken(stub(at).cluster, {}).catch((error) => error);
      assert.ok(isPeeringError(error), inspect(error));
      assertHidden(error, [other.slice(20, -20)]);
    }
  });

  test("a server that sends them in place of every field", async () => {
    const reported = [];
    const onProgress = (it) => reported.push(it);
    const reflecting = (secret) => (method, path) => {
      if (path === "/v1/connect/ca/roots") return [200, JSON.stringify({ TrustDomain: secret })];
      if (path === "/v1/catalog/datacenters") return [200, JSON.stringify([secret])];
      return [200, JSON.stringify({ ...raw, State: secret, PeerID: secret, PeerServerName: secret })];
    };
    for (const secret of [ACL, TOKEN]) {
      const { cluster } = stub(reflecting(secret));
      for (const call of [
        CALLS.establish(cluster, { datacenter: "eu" }, { onProgress }),
        CALLS.read(cluster, { datacenter: "eu" }, { onProgress }),
        CALLS.establish(cluster, {}, { onProgress }),
        CALLS.generateToken(cluster, {}, { onProgress }),
        CALLS.wait(cluster, {}, { onProgress, timeout: 100 }),
        CALLS.remove(cluster, {}, { onProgress, timeout: 100 }),
      ].map((call) => call.catch((error) => error))) {
        // `peering` is Consul's response, which the caller may show.
        const { peering: _, ...error } = (await call).toJSON();
        assertHidden(error);
      }
    }
    assert.ok(reported.some(({ kind }) => kind === "state"));
    reported.forEach((it) => assertHidden(it));
  });

  for (const [what, put] of Object.entries({
    "its message": (text) => new TypeError(text),
    "its message, at the second read": (text) => {
      let reads = 0;
      return Object.defineProperty(new Error(), "message", { get: () => (reads++ ? text : "clean") });
    },
    "name, code and stack": (text) => Object.assign(new Error("x"), { name: text, code: text, stack: text }),
    "its causes": (text) => [1, 2, 3, 4].reduce((cause) => new Error(text, { cause }), new Error(text)),
    "its cause's code": (text) => new Error("x", { cause: Object.assign(new Error(text), { code: text }) }),
    "members, hidden ones and symbols": (text, init) =>
      Object.defineProperty(Object.assign(new Error("x"), { init, [Symbol("init")]: init }), "hidden", { value: text }),
    "a proxy": (text) => new Proxy(new Error(text), {}),
    "what it becomes as a text": (text) => ({ toString: () => text, [Symbol.toPrimitive]: () => text }),
    "a text that is no error": (text) => text,
    "what it shows of itself": (text) =>
      Object.assign(new Error(text), { toJSON: () => text, toString: () => text, [inspect.custom]: () => text }),
  })) {
    test(`a fetch that throws an error with them in ${what}`, async () => {
      await everyCall((init, echoes) => {
        throw put(`${JSON.stringify(init)} ${echoes.join(" ")}`, init);
      });
    });
  }

  test("a response whose getters throw them", async () => {
    const good = { status: 200, headers: new Headers(), text: async () => "[]" };
    const responses = [
      (throws) => ({ ...good, text: async () => throws() }),
      (throws) => ({ ...good, text: throws }),
      (throws) => ({ ...good, headers: { get: throws }, text: throws }),
      (throws) => ({ ...good, body: { getReader: throws } }),
      (throws) => Object.defineProperty({ ...good }, "status", { get: throws }),
      (throws) => Object.defineProperty({ ...good }, "text", { get: throws }),
      (throws) => ({ ...good, text: async () => ({ toString: throws }) }),
    ];
    const throwing = (init, echoes) => () => {
      throw new Error(`${JSON.stringify(init)} ${echoes.join(" ")}`);
    };
    await Promise.all(responses.map((response) => everyCall((init, echoes) => response(throwing(init, echoes)))));
  });

  test("a proxy's password in a header, with and without its scheme", async () => {
    const password = aclToken("aGFubmVzOmdhbnotZ2VoZWlt");
    const headers = { Authorization: `Basic ${password}` };
    for (const echo of [`Basic ${password}`, encodeURIComponent(`Basic ${password}`), `[${password}]`]) {
      const error = await failure(read(stub(() => [500, `no: ${echo}`], { headers }).cluster, "us"), "server_error");
      assertHidden(error, [password]);
    }
  });

  test("other texts are not redacted", async () => {
    const headers = { "X-Short": "Acorn", "X-Long": "Badger" };
    const words = `Acorn Badger ${"n".repeat(63)} 11111111-2222-3333-4444-555555555555.consul`;
    const { message } = await failure(read(stub(() => [500, words], { headers }).cluster, "us"), "server_error");
    assert.ok(message.endsWith(words.replace("Badger", "[secret]")), message);
  });

  test("a variable for a file that contains the token itself", async () => {
    const { cluster } = stub();
    const call = withEnvironment({ CONSUL_HTTP_ADDR: "http://eu.test", CONSUL_HTTP_TOKEN_FILE: ACL }, () =>
      read({ ...cluster, token: undefined }, "us"),
    );
    assertHidden(await failure(call, "invalid"));
  });

  // The whole heap, not only what an error references: the package retains nothing of a call either.
  test("no secret remains in memory after a failed call", { timeout: 60_000 }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "consul-peering-heap-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const child = spawn(process.execPath, [
      "--expose-gc",
      "--heap-snapshot-string-limit=1000000",
      "--input-type=module",
      "--eval",
      `import { randomBytes } from "node:crypto";
       import { writeFileSync } from "node:fs";
       import { writeHeapSnapshot } from "node:v8";
       import { establish, generateToken, read } from ${JSON.stringify(new URL("../../pkg/node.js", import.meta.url).href)};
       // Strings that exist only in these functions, and in files that the other process reads.
       const fresh = (name) => {
         const secret = randomBytes(20).toString("hex");
         writeFileSync(${JSON.stringify(`${folder}/`)} + name, secret);
         return secret;
       };
       globalThis.errors = [];
       globalThis.control = "kept:" + fresh("control") + ":on purpose";
       async function calls() {
         const acl = fresh("acl");
         const secret = fresh("establishment");
         const content = { ...${JSON.stringify(CONTENT)}, EstablishmentSecret: secret };
         const peering_token = Buffer.from(JSON.stringify(content)).toString("base64");
         writeFileSync(${JSON.stringify(`${folder}/token`)}, peering_token.slice(-80));
         const at = (answer) => ({ address: "http://eu.test", token: acl, fetch: async (url, init) => answer(init) });
         for (const answer of [
           (init) => new Response(\`\${init.headers["X-Consul-Token"]} \${init.body}\`, { status: 500 }),
           (init) => { throw Object.assign(new Error(JSON.stringify(init) + (init.body && secret)), { init, cause: new Error(acl) }); },
           (init) => new Response(null, { status: 302 }),
           () => ({ status: "odd" }),
         ]) {
           const absent = (init) => init.method === "GET" ? new Response("Peering not found for x", { status: 404 }) : answer(init);
           for (const call of [
             () => read(at(answer), "us", { timeout: 300 }),
             () => establish(at(absent), { peer_name: "us", peering_token }, { timeout: 300 }),
             () => generateToken(at(absent), { peer_name: "us" }, { timeout: 300 }),
             () => establish(at(absent), { peer_name: "US", peering_token }),
             () => establish(at(absent), { peer_name: "us", peering_token: "!" + peering_token, token: acl + " " }),
           ]) await call().catch((error) => errors.push(error));
         }
       }
       await calls();
       for (let i = 0; i < 10; i++) { gc(); await new Promise((resolve) => setTimeout(resolve, 10)); }
       writeHeapSnapshot(${JSON.stringify(`${folder}/heap`)});
       console.log(errors.length);`,
    ]);
    let said = "";
    child.stdout.on("data", (text) => (said += text));
    child.stderr.on("data", (text) => (said += text));
    assert.deepEqual(await once(child, "close"), [0, null], said);
    assert.equal(said.trim(), "20", "every call has failed, and its error is kept");
    const heap = readFileSync(join(folder, "heap"), "utf8");
    const held = (name) => heap.includes(readFileSync(join(folder, name), "utf8"));
    assert.ok(held("control"), "the search finds a retained text");
    for (const name of ["acl", "establishment", "token"]) assert.ok(!held(name), `the heap holds the ${name}`);
  });
});

test("a server's texts contain no control sequences", async () => {
  const steering = "\x1b[2J\x07\0\x9b31m\u202e\u2066\b\u200b\u2028\u{e0041}";
  const reported = [];
  const options = { timeout: 100, onProgress: (it) => reported.push(it) };
  const peering = JSON.stringify({ ...raw, State: steering, PeerServerName: steering });
  const unreachable = `failed to exchange peering secret through address "a:1${steering}": ${steering}`;
  for (const [call, answer] of [
    [CALLS.read, () => [500, `boom${steering}\nmore`]],
    [CALLS.establish, (method, path) => (method === "GET" ? consul()(method, path) : [503, unreachable])],
    [CALLS.wait, () => [200, peering]],
    [CALLS.list, () => Promise.reject(new Error(steering, { cause: new Error(steering) }))],
    [(cluster) => read({ ...cluster, datacenter: "eu" }, "us"), () => [200, JSON.stringify([steering])]],
  ]) {
    const { message, hint, cause } = await call(stub(answer).cluster, {}, options).catch((error) => error);
    const texts = [message, hint, cause?.message, cause?.cause?.message, ...reported.splice(0).flatMap(Object.values)];
    for (const text of texts) assert.doesNotMatch(String(text), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  }
});

test("the environment's token is sent only to its origin, for any spelling of an address", async () => {
  const withToken = [];
  for (const [address, own] of [
    ["http://eu.test:8500", true],
    ["HTTP://EU.TEST:8500/", true],
    ["http://eu.test:8500\\@evil.test/", true],
    ["http://eu.test:8500/http://evil.test", true],
    ["http://@eu.test:8500", true],
    ["http://eu.test:8500.", false],
    ["http://eu.test", false],
    ["http://eu.test.:8500", false],
    ["http://eu.test:85000", false],
    ["https://eu.test:8500", false],
    ["http://evil.test:8500/eu.test:8500", false],
    ["http://eu.test:8500@evil.test", false],
    ["http://eu.test%3a8500@evil.test", false],
    ["http://@evil.test:8500", false],
    ["//evil.test:8500", false],
    ["http:\\\\evil.test:8500", false],
    ["http://еu.test:8500", false],
  ]) {
    const observed = [];
    const fetch = async (url, { headers }) => (
      observed.push([new URL(url).origin, headers["X-Consul-Token"]]),
      new Response()
    );
    const call = withEnvironment({ CONSUL_HTTP_ADDR: "eu.test:8500", CONSUL_HTTP_TOKEN: ACL }, () =>
      read({ address, fetch }, "us"),
    );
    await assert.rejects(call, isPeeringError);
    for (const [origin, token] of observed) {
      assert.equal(token, origin === "http://eu.test:8500" ? ACL : undefined, address);
      withToken.push(own && token !== undefined);
    }
    assert.ok(!own || observed.length > 0, address);
  }
  assert.equal(withToken.filter(Boolean).length, 5);
});
