// Attacks: a server that redirects, echoes or returns other names; input with the path of another request; objects with
// unusual properties; a fetch whose errors contain its input. `responses`, `invalid-input`, `validation` and `establish`
// cover more; SECURITY.md lists the tests of each promise.
import assert from "node:assert/strict";
import { Console } from "node:console";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createRawServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { after, afterEach, describe, test } from "node:test";
import { inspect } from "node:util";
import * as peering from "../../pkg/node.js";
import { aclToken, peeringToken } from "./secrets.js";

const { generateToken, isPeeringError, list, permissions, read, remove, validatePeering, validateToken, wait } =
  peering;

/** With characters that URLs and JSON escape. */
const ACL = aclToken('5e"c\\ret+/=acacacac-11aa-4c8e-9d3a');
const SECRET = aclToken("88888888-5ec2-e700-0000-abcdefabcdef");
const CONTENT = {
  CA: null,
  ServerAddresses: ["10.0.0.1:8503"],
  ServerName: "server.us.peering.us.consul",
  // In base64 it has a + and a /.
  PeerID: "p1>>>???",
  EstablishmentSecret: SECRET,
};
const TOKEN = peeringToken(Buffer.from(JSON.stringify(CONTENT)).toString("base64"));
assert.ok(TOKEN.includes("+") && TOKEN.includes("/"));

const raw = { ID: "1", Name: "us", State: "ACTIVE", PeerID: CONTENT.PeerID, CreateIndex: 7, ModifyIndex: 7 };
const PEERING = "/v1/peering/us";
const PATHS = [
  PEERING,
  "/v1/peerings",
  "/v1/peering/establish",
  "/v1/peering/token",
  "/v1/internal/acl/authorize",
].concat(["/v1/connect/ca/roots", "/v1/catalog/datacenters", "/v1/config/mesh/mesh"]);

/** Every function that sends requests; `more` is added to its spec or reference. */
const CALLS = {
  establish: (cluster, more, options) =>
    peering.establish(cluster, { peer_name: "us", peering_token: TOKEN, ...more }, options),
  generateToken: (cluster, more, options) => generateToken(cluster, { peer_name: "us", ...more }, options),
  read: (cluster, more, options) => read(cluster, { peer_name: "us", ...more }, options),
  remove: (cluster, more, options) => remove(cluster, { peer_name: "us", ...more }, options),
  wait: (cluster, more, options) => wait(cluster, { peer_name: "us", ...more }, "ACTIVE", options),
  list: (cluster, more, options) => list(cluster, options),
  permissions: (cluster, more, options) => permissions(cluster, options),
};
const NAMED = Object.entries(CALLS).filter(([name]) => !["list", "permissions"].includes(name));

/** Consul's responses; its peering exists from the first establish, or from the beginning. */
function consul(exists = false) {
  const answers = {
    "GET /v1/peerings": () => [raw],
    "POST /v1/internal/acl/authorize": () => ["read", "write"].map((Access) => ({ Access, Allow: true })),
    "GET /v1/connect/ca/roots": () => ({ TrustDomain: "eu.consul" }),
    "GET /v1/catalog/datacenters": () => ["eu"],
    "POST /v1/peering/token": () => ({ PeeringToken: TOKEN }),
    "POST /v1/peering/establish": () => ((exists = true), {}),
    [`DELETE ${PEERING}`]: () => ((exists = false), {}),
    [`GET ${PEERING}`]: () => (exists ? raw : undefined),
  };
  return (method, path) => {
    const body = answers[`${method} ${path}`]?.();
    return body === undefined ? [404, 'Peering not found for "us"'] : [200, JSON.stringify(body)];
  };
}

/** Unexpected requests, checked after each test, since an error of a fetch would be caught. */
const astray = [];
afterEach(() => assert.deepEqual(astray.splice(0), []));

/** Checks that a URL has the intended path, without anything that a client or a server would read in another way. */
function checkUrl(url, at = "http://eu.test") {
  const { href, origin, pathname, search, hash } = new URL(url);
  const plain = href === url && url.startsWith(at) && origin === new URL(at).origin && hash === "";
  const known = PATHS.some((path) => pathname === new URL(at + path).pathname);
  if (!plain || !known || !["", "?partition=team-a"].includes(search)) astray.push(url);
  if ([ACL, TOKEN, SECRET].some((secret) => embedded(secret).some((text) => url.includes(text))))
    astray.push("a secret");
}

/** A cluster whose fetch is `answer(method, path, init)`; `calls` are the requests. */
function stub(answer = consul(), more = {}) {
  const calls = [];
  const fetch = async (url, init) => {
    checkUrl(url, more.address);
    const path = url.slice((more.address ?? "http://eu.test").length).replace(/\?.*/, "");
    calls.push({ url, path, ...init });
    const given = await answer(init.method, path, init);
    return Array.isArray(given) ? new Response(given[1], { status: given[0] }) : given;
  };
  return { cluster: { address: "http://eu.test", token: ACL, fetch, ...more }, calls };
}

async function listen(t, server) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => (server.close(), server.closeAllConnections?.()));
  return `http://127.0.0.1:${server.address().port}`;
}

/** The `PeeringError` that a call rejects with. */
async function failure(promise, code) {
  const error = await promise.then(
    (value) => assert.fail(`it resolved with ${inspect(value)}`),
    (error) => error,
  );
  assert.ok(isPeeringError(error), inspect(error));
  assertHidden(error);
  assert.equal(error.code, code, error.message);
  return error;
}

/** Asserts that a call is refused before a request; returns `field rule` of each finding. */
async function refused(call, calls) {
  const error = await failure(call, "invalid");
  assert.deepEqual(calls, [], "something was sent");
  return error.findings.filter(({ severity }) => severity === "error").map(({ field, rule }) => `${field} ${rule}`);
}

// --- Secrets, in any encoding
// ------------------------------------------------------------------------------------------

/** The encodings of a text: as it is, in a URL, in JSON, in base64 of either alphabet with any prefix. */
function embedded(secret) {
  const base64 = ["", "a", "ab"].map((before) => Buffer.from(`${before}${secret}:`).toString("base64"));
  const texts = [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), ...base64];
  return texts.flatMap((text) => [text, text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")]);
}
/** A peering token is recognised by its length: parts are redacted too, also in a call without it. */
const PARTS = [TOKEN.replaceAll("/", "\\/"), TOKEN.slice(0, -40), TOKEN.slice(40), TOKEN.replace(/.{76}/g, "$&\r\n")];
const echoes = (name) => [...[ACL, TOKEN, ...(name === "establish" ? [SECRET] : [])].flatMap(embedded), ...PARTS];

/** All printed forms of a value. */
function shown(subject) {
  const printed = new PassThrough();
  const console = new Console(printed);
  console.log(subject);
  console.dir(subject, { showHidden: true, depth: Infinity, getters: true });
  console.error("%s %o %j", subject, subject, subject);
  const copy = structuredClone(subject);
  return [
    printed.read().toString(),
    ...[subject, copy].map((it) => inspect(it, { showHidden: true, depth: Infinity, maxStringLength: Infinity })),
    JSON.stringify(subject),
    JSON.stringify(copy),
    String(subject),
    `${subject.message}\n${subject.stack}\n${subject.hint}\n${subject.cause?.stack}\n${subject.cause?.message}`,
  ].join("\n");
}

/** The part of a text that must not be shown: in base64, its first and last characters depend on their neighbours. */
const CORES = [
  ...[ACL, SECRET, TOKEN].flatMap(embedded).map((text) => text.slice(4, -4)),
  ...Array.from({ length: (TOKEN.length - 64) / 4 }, (_, i) => TOKEN.slice(4 * i, 4 * i + 64)),
];
function assertHidden(subject, more = []) {
  const text = shown(subject);
  for (const core of [...CORES, ...more]) {
    assert.ok(!text.includes(core) && !text.includes(JSON.stringify(core).slice(1, -1)), "a secret is shown");
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

/** Runs `call`, which reads the environment synchronously, with these variables set. */
function withEnvironment(variables, call) {
  Object.assign(process.env, variables);
  try {
    return call();
  } finally {
    for (const name of Object.keys(variables)) delete process.env[name];
  }
}

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

// --- Redirects ---------------------------------------------------------------------------------------------------------

describe("redirects, with a token", { concurrency: true }, () => {
  const assertRedirected = (error) => {
    assert.match(error.hint, /redirected/);
    assert.equal(error.retryable, true);
    assert.deepEqual(error.left_behind, [], "a redirected request has no effect");
  };
  for (const status of [301, 302, 303, 307, 308]) {
    test(`${status}: no call follows it, also for a write after successful reads`, async (t) => {
      const requests = [];
      const target = await listen(
        t,
        createServer(({ url }, response) => (requests.push(url), response.end())),
      );
      let mode;
      const agent = await listen(
        t,
        createServer(({ method, url }, response) => {
          mode.observed.push(`${method} ${url}`);
          const answered = mode.writes && method === "GET" ? mode.writes(method, url) : undefined;
          if (answered) return response.writeHead(answered[0]).end(answered[1]);
          response.writeHead(status, { Location: mode.location + url }).end();
        }),
      );
      for (const location of [target, target.replace("http:", ""), ""]) {
        for (const [name, call] of Object.entries(CALLS)) {
          for (const writes of [undefined, consul(name === "remove")]) {
            if (writes && !["establish", "generateToken", "remove"].includes(name)) continue;
            mode = { location, writes, observed: [] };
            const error = await failure(call({ address: agent, token: ACL }, { token: ACL }), "network");
            assertRedirected(error);
            assert.equal(error.status, status);
            // The permissions are read again whenever a read is slow.
            const redirected = mode.observed.filter(
              (it) => !it.endsWith("/acl/authorize") && (!writes || !it.startsWith("GET")),
            );
            assert.deepEqual(redirected, [...new Set(redirected)], "none was sent again");
          }
        }
      }
      assert.deepEqual(requests, []);
    });
  }

  test("opaque ones, as in a page", async () => {
    const opaque = {
      type: "opaqueredirect",
      status: 0,
      ok: false,
      redirected: false,
      headers: new Headers(),
      body: null,
    };
    for (const call of Object.values(CALLS)) {
      const { cluster, calls } = stub(() => ({ ...opaque, text: async () => "" }));
      const error = await failure(call(cluster, {}), "network");
      assertRedirected(error);
      assert.equal(error.status, undefined);
      assert.ok(calls.length > 0 && calls.every(({ redirect }) => redirect === "manual"));
    }
  });

  test("a fetch that follows them all the same is rejected", async (t) => {
    let answer;
    const target = await listen(
      t,
      createServer(({ method, url }, response) => {
        const [status, body] = answer(method, url);
        response.writeHead(status).end(body);
      }),
    );
    const agent = await listen(
      t,
      createServer(({ url }, response) => response.writeHead(307, { Location: target + url }).end()),
    );
    const follow = (url, init) => fetch(url, { ...init, redirect: "follow" });
    for (const [name, call] of Object.entries(CALLS)) {
      answer = consul(["remove", "wait"].includes(name));
      assertRedirected(await failure(call({ address: agent, fetch: follow }, {}), "network"));
      await call({ address: target, fetch: follow }, {}, { timeout: 2_000 });
    }
  });
});

// --- Paths ---------------------------------------------------------------------------------------------------------------

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
    const headers = { "X-Tenant": "a b\tc", "x-consul-token": "another", __proto__: { "X-Evil": "1" } };
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

// --- Unusual objects
// --------------------------------------------------------------------------------------------------

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
      const { prototype, ...options } = own({ timeout: 2_000 });
      assert.equal((await read(cluster, "us", own(options))).id, "1", "unknown options are ignored");
      assert.equal(calls.length, 1);
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
    const options = changing({ timeout: 5_000, wait: true, replace: false, onProgress: () => {} }, throwing);
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
      await peering.establish(make({ ...cluster, headers: make({ "X-A": "b" }) }), spec, make({ timeout: 5_000 }));
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

// --- Dependencies
// -----------------------------------------------------------------------------------------------------

describe("dependencies", () => {
  const json = (path) => JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), "utf8"));

  test("the package has no runtime dependencies and no install scripts", () => {
    const { scripts = {}, ...shipped } = json("pkg/package.json");
    const brought = Object.keys(shipped).filter((key) => /dependencies/i.test(key));
    assert.deepEqual([brought, scripts], [[], {}]);
    for (const file of shipped.files.filter((name) => name.endsWith(".js"))) {
      const imported = [
        ...readFileSync(new URL(`../../pkg/${file}`, import.meta.url), "utf8").matchAll(/\bfrom ?"([^"]+)"/g),
      ];
      for (const [, from] of imported) assert.match(from, /^(\.\/|node:)/, file);
    }
  });

  const FREE = ["MIT", "ISC", "BSD-2-Clause", "BSD-3-Clause", "BlueOak-1.0.0", "Apache-2.0", "MPL-2.0"];
  test("build dependencies are pinned, unchanged and freely licensed", () => {
    const { "": own, ...packages } = json("package-lock.json").packages;
    assert.deepEqual(
      Object.keys(own).filter((key) => /dependencies/i.test(key)),
      ["devDependencies"],
    );
    for (const version of Object.values(own.devDependencies)) assert.match(version, /^\d+\.\d+\.\d+$/);
    for (const [name, { license, integrity, dev }] of Object.entries(packages)) {
      assert.ok(FREE.includes(license), `${name} ${license}`);
      assert.match(integrity, /^sha512-/, name);
      assert.equal(dev, true, name);
    }
  });
});
