// A cluster's address without a scheme, and a caller's fetch that tries to outlast the call's timeout.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, test } from "node:test";
import { list } from "../../pkg/node.js";

const PACKAGE = new URL("../../pkg/node.js", import.meta.url).href;

const codeOf = (promise) =>
  promise.then(
    (value) => assert.fail(`it resolved with ${JSON.stringify(value)}`),
    ({ code }) => code,
  );

describe("an address without a scheme", () => {
  test("is accepted if it is a host and a port", async () => {
    const urls = [];
    const fetch = async (url) => (urls.push(url), new Response("[]"));
    for (const address of ["127.0.0.1:8500", "eu.test:8500/consul", "[::1]:8500"]) await list({ address, fetch });
    assert.deepEqual(urls, [
      "http://127.0.0.1:8500/v1/peerings",
      "http://eu.test:8500/consul/v1/peerings",
      "http://[::1]:8500/v1/peerings",
    ]);
    assert.equal(await codeOf(list("127.0.0.1:1")), "network", "as the whole cluster too");
    for (const address of ["eu", "eu:http", "/v1"]) {
      assert.equal(await codeOf(list({ address, fetch })), "invalid", address);
    }
  });
});

// In separate processes: the tests check that nothing else is blocked.
describe("a caller's fetch that resolves in microtasks", { timeout: 60_000, concurrency: true }, () => {
  async function lastLine(code) {
    const program = `import * as consul from ${JSON.stringify(PACKAGE)}; ${code}`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
      timeout: 20_000,
      killSignal: "SIGKILL",
    });
    let out = "";
    child.stdout.on("data", (text) => (out += text));
    await once(child, "close");
    return JSON.parse(out || '"nothing: it starved"');
  }
  const SAY = "(value) => console.log(JSON.stringify(value))";

  test("an endless body, in microtasks: times out and stops reading", async () => {
    const said = await lastLine(`
      let reads = 0;
      const value = new TextEncoder().encode(" ");
      const reader = { read: async () => (reads++, { done: false, value }), cancel: async () => {} };
      const fetch = async () => ({ status: 200, headers: new Headers(), text: async () => "", body: { getReader: () => reader } });
      const code = await consul.read({ address: "http://eu.test", fetch }, "us", { timeout: 300 }).catch(({ code }) => code);
      const at = reads;
      await new Promise((resolve) => setTimeout(resolve, 300));
      (${SAY})([code, reads - at < at / 2]);`);
    assert.deepEqual(said, ["timeout", true]);
  });

  test("watch: an index that rises with every response does not block other work", async () => {
    const said = await lastLine(`
      let index = 0;
      const fetch = async () => new Response("[]", { headers: { "X-Consul-Index": String(++index) } });
      const observed = consul.watch({ address: "http://eu.test", fetch });
      await observed.next();
      const next = observed.next();
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      await observed.return();
      (${SAY})([(await next).done, index > 1 && index < 30]);
      process.exit();`);
    assert.deepEqual(said, [true, true]);
  });
});
