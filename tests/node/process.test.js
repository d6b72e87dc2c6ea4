// Calls in a separate process: how they read its environment, and that they do not keep it alive.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ACL, child, raw, serve, SOON_MS } from "./stub-server.js";

describe("the environment", { concurrency: true }, () => {
  /** The URL and token that each of these reads sends, or the code and fields of its error. */
  const reads = async (calls, env) => {
    const { result } = await child(
      `const observed = [];
       globalThis.fetch = async (url, init) => {
         observed.push([url, init.headers["X-Consul-Token"] ?? null]);
         return new Response("Peering not found for x", { status: 404 });
       };
       const { read } = consul;
       for (const call of [${calls.map((call) => `() => read(${call})`).join(", ")}]) {
         await call().catch((e) => observed.push([e.code, e.findings.map(({ field, rule }) => field + " " + rule).join()]));
       }
       console.log(JSON.stringify(observed));`,
      env,
    );
    return result;
  };
  const PATH = "/v1/peering/us";

  test("its token is sent to its own address and origin only", async () => {
    const env = { CONSUL_HTTP_ADDR: "eu.test:8500", CONSUL_HTTP_TOKEN: ACL };
    const calls = [
      '{}, "us"',
      'undefined, "us"',
      '"http://eu.test:8500", "us"',
      '{ address: "http://eu.test:8500/consul/" }, "us"',
      '"http://eu.test:8501", "us"',
      '"https://eu.test:8500", "us"',
      '{ address: "http://evil.test:8500" }, "us"',
      '"http://eu.test:8500.evil.test", "us"',
      '{ address: "http://eu.test:8500", token: "own-token" }, "us"',
      '{}, { peer_name: "us", token: "own-token" }',
      '"http://evil.test", { peer_name: "us", token: "own-token" }',
    ];
    assert.deepEqual(await reads(calls, env), [
      [`http://eu.test:8500${PATH}`, ACL],
      [`http://eu.test:8500${PATH}`, ACL],
      [`http://eu.test:8500${PATH}`, ACL],
      [`http://eu.test:8500/consul${PATH}`, ACL],
      [`http://eu.test:8501${PATH}`, null],
      [`https://eu.test:8500${PATH}`, null],
      [`http://evil.test:8500${PATH}`, null],
      ["invalid", "cluster.address url"],
      [`http://eu.test:8500${PATH}`, "own-token"],
      [`http://eu.test:8500${PATH}`, "own-token"],
      [`http://evil.test${PATH}`, "own-token"],
    ]);
  });

  test("without CONSUL_HTTP_ADDR, its token is sent to the default address only", async () => {
    assert.deepEqual(await reads(['{}, "us"', '"http://evil.test", "us"'], { CONSUL_HTTP_TOKEN: ACL }), [
      [`http://127.0.0.1:8500${PATH}`, ACL],
      [`http://evil.test${PATH}`, null],
    ]);
    assert.deepEqual(await reads(['{}, "us"']), [[`http://127.0.0.1:8500${PATH}`, null]]);
  });

  test("CONSUL_HTTP_TOKEN_FILE takes precedence, without its line break; unusable values are reported", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "consul-peering-token-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "token");
    writeFileSync(file, `${ACL}\n`);
    const env = { CONSUL_HTTP_ADDR: "http://eu.test", CONSUL_HTTP_TOKEN: "the-other-one" };
    const with_ = (more, calls = ['{}, "us"']) => reads(calls, { ...env, ...more });
    assert.deepEqual(await with_({ CONSUL_HTTP_TOKEN_FILE: file }), [[`http://eu.test${PATH}`, ACL]]);
    const missing = { CONSUL_HTTP_TOKEN_FILE: join(folder, "none") };
    assert.deepEqual(await with_(missing), [["invalid", "token file"]]);
    assert.deepEqual(await with_(missing, ['{ token: "own-token" }, "us"', '"http://evil.test", "us"']), [
      [`http://eu.test${PATH}`, "own-token"],
      [`http://evil.test${PATH}`, null],
    ]);
    assert.deepEqual(await with_({ CONSUL_HTTP_TOKEN: "a b" }), [["invalid", "token characters"]]);
    writeFileSync(file, "a\nb");
    assert.deepEqual(await with_({ CONSUL_HTTP_TOKEN_FILE: file }), [["invalid", "token characters"]]);
  });

  test("an unusable token that is not needed is no error", async () => {
    const env = { CONSUL_HTTP_TOKEN_FILE: "/nowhere/token" };
    assert.deepEqual(await reads(['{}, { peer_name: "us", token: "own-token" }'], env), [
      [`http://127.0.0.1:8500${PATH}`, "own-token"],
    ]);
  });

  test("an unusable CONSUL_HTTP_ADDR is an error, not ignored", async () => {
    for (const [CONSUL_HTTP_ADDR, rule] of [
      ["unix:///var/run/consul.sock", "scheme"],
      ["http://user:password@eu.test", "credentials"],
      ["http://", "url"],
    ]) {
      const observed = await reads(['{}, "us"', '"http://eu.test", "us"'], { CONSUL_HTTP_ADDR });
      assert.deepEqual(observed, [
        ["invalid", `CONSUL_HTTP_ADDR ${rule}`],
        [`http://eu.test${PATH}`, null],
      ]);
    }
  });
});

// Each takes a core to start.
describe("a process exits once its calls have completed", { concurrency: 2 }, () => {
  const say = "console.log(JSON.stringify(1));";
  const ends = (what, code, handler, options) =>
    test(what, options, async (t) => {
      const { address } = await serve(t, handler ?? (() => {}));
      const { exit, lingered, result } = await child(
        `const address = ${JSON.stringify(address)}; const { read, list, wait, establish } = consul;
         const fails = (promise) => promise.then(() => { throw new Error("it resolved") }, (error) => error.code);
         ${code}\n${say}`,
      );
      assert.equal(result, 1);
      assert.equal(exit, 0, "it had to be ended");
      assert.ok(lingered < SOON_MS, `it lived on for ${Math.round(lingered)} ms`);
    });

  ends("with a result", "await list(address)", (_, response) =>
    response.writeHead(200, { Connection: "close" }).end("[]"),
  );
  ends("with a timeout before the response", "await fails(read(address, 'us', { timeout: 300 }))");
  ends("with an abort", "await fails(read(address, 'us', { signal: AbortSignal.timeout(700) }))");
  ends("before a retry", "await fails(read(address, 'us', { timeout: 700 }))", (_, response) =>
    response.writeHead(429, { "Retry-After": "60" }).end(),
  );
  ends("while waiting", "await fails(wait(address, 'us', 'ACTIVE', { timeout: 400 }))", (_, response) =>
    response.end(JSON.stringify({ ...raw, State: "PENDING" })),
  );
  ends("in the middle of a body", "await fails(read(address, 'us', { timeout: 300 }))", (_, response) =>
    response.write("{"),
  );
  ends("with a redirect whose body does not end", "await fails(read(address, 'us'))", (_, response) =>
    response.writeHead(307, { Location: "/" }).write("x"),
  );
  ends("with a Content-Length beyond the limit", "await fails(read(address, 'us'))", (_, response) =>
    response.writeHead(200, { "Content-Length": 1024 ** 4 }).write("x"),
  );
});
