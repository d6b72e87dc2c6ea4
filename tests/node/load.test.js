// Many calls: concurrently over real sockets, and sequentially until any leak would show.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import http, { createServer } from "node:http";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { tlsFetch } from "../../pkg/cli/transport.js";
import { read } from "../../pkg/node.js";
import { atLength } from "../extent.js";
import { listen } from "./listen.js";
import { aclToken } from "./secrets.js";

const CALLS_AT_ONCE = atLength ? 2_000 : 500;
const ACL = aclToken("5e5cd2ba-11aa-4c8e-9d3a-10ad20ad30ad");
const MB = 1024 * 1024;

describe(`${CALLS_AT_ONCE.toLocaleString("en")} reads at once`, () => {
  /** An agent that has every name, and breaks a connection if `breaks(name, tries)`. */
  async function agent(t, breaks = () => false) {
    const tries = new Map();
    const observed = { tries, sockets: 0, most: 0, foreign: 0 };
    const server = createServer((request, response) => {
      if (request.headers["x-consul-token"] !== ACL) observed.foreign++;
      // Reads that wait for a socket look slow, so probes for a denial are sent.
      if (request.url === "/v1/internal/acl/authorize") {
        const may = (Access) => ({ Resource: "peering", Access, Allow: true });
        return response.end(JSON.stringify(["read", "write"].map(may)));
      }
      if (request.url === "/v1/peering/token") return response.writeHead(500).end('- is not a valid peer name: "-"');
      const name = request.url.slice("/v1/peering/".length);
      tries.set(name, (tries.get(name) ?? 0) + 1);
      if (breaks(name, tries.get(name))) return response.destroy();
      const peering = { ID: `id of ${name}`, Name: name, State: "ACTIVE", CreateIndex: tries.size, ModifyIndex: 1 };
      setTimeout(() => response.end(JSON.stringify(peering)), tries.size % 10);
    });
    // The idle timeout is long enough for a busy machine.
    server.keepAliveTimeout = 0;
    server.on("connection", (socket) => {
      observed.most = Math.max(observed.most, ++observed.sockets);
      socket.on("error", () => {}).on("close", () => observed.sockets--);
    });
    // A backlog for all: the system repeats a lost connection attempt ever later, for a minute.
    return { address: await listen(t, server, { backlog: 2 * CALLS_AT_ONCE }), observed };
  }

  async function readAll(address, fetch) {
    const names = Array.from({ length: CALLS_AT_ONCE }, (_, i) => `peer-${i}`);
    const found = await Promise.all(
      names.map((name) => read({ address, token: ACL, fetch }, name, { timeout: Infinity })),
    );
    assert.deepEqual(
      found.map(({ id, peer_name }) => [id, peer_name]),
      names.map((name) => [`id of ${name}`, name]),
    );
  }

  test("each gets its own response, and none is sent twice", async (t) => {
    const { address, observed } = await agent(t);
    await readAll(address);
    t.diagnostic(`${observed.most} sockets at most`);
    assert.deepEqual(
      [observed.tries.size, new Set(observed.tries.values()), observed.foreign],
      [CALLS_AT_ONCE, new Set([1]), 0],
    );
  });

  test("each gets its own response, even if every tenth connection breaks once", async (t) => {
    const { address, observed } = await agent(t, (name, tries) => name.endsWith("7") && tries === 1);
    await readAll(address);
    const again = [...observed.tries.values()].filter((tries) => tries > 1).length;
    assert.ok(again >= CALLS_AT_ONCE / 10, `${again}`);
    assert.equal(observed.foreign, 0);
  });

  test("each gets its own response from a queue for 50 sockets", async (t) => {
    const { maxSockets } = http.globalAgent;
    t.after(() => void (http.globalAgent.maxSockets = maxSockets));
    http.globalAgent.maxSockets = 50;
    const { address, observed } = await agent(t);
    await readAll(address, tlsFetch({}));
    t.diagnostic(`${observed.most} sockets at most`);
    // The server notices an aborted probe a little late.
    assert.ok(observed.most < 100, `${observed.most} sockets`);
    assert.deepEqual(
      [observed.tries.size, new Set(observed.tries.values()), observed.foreign],
      [CALLS_AT_ONCE, new Set([1]), 0],
    );
  });
});

describe("memory", () => {
  // V8's young generation at full size from the start: its growth is not the package's.
  const FLAGS = ["--expose-gc", "--min-semi-space-size=16", "--max-semi-space-size=16"];
  const script = fileURLToPath(new URL("load-process.js", import.meta.url));

  // At full length a read that keeps a byte would show, otherwise one that keeps 40.
  for (const [kind, most, usual] of [
    ["reads", 1_000_000, 25_000],
    ["errors", 100_000, 10_000],
    ["aborts", 100_000, 10_000],
    ["establishes", 20_000, 1_000],
  ]) {
    const count = atLength ? most : usual;
    test(`${count.toLocaleString("en")} ${kind} leave nothing behind`, async (t) => {
      const child = spawn(process.execPath, [...FLAGS, script, kind, String(count)], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      t.after(() => child.kill());
      let said = "";
      child.stdout.on("data", (text) => (said += text));
      assert.deepEqual(await once(child, "close"), [0, null]);
      const { before, after, seconds } = JSON.parse(said);
      const grown = (key) => ((after[key] - before[key]) / MB).toFixed(1);
      const figures =
        `${seconds.toFixed(1)} s; the module's memory ${after.wasm / MB} MB, grown by ${grown("wasm")}; ` +
        `V8's heap ${(after.heap / MB).toFixed(1)} MB, by ${grown("heap")}; RSS ${(after.rss / MB).toFixed(0)} MB, by ${grown("rss")}`;
      t.diagnostic(figures);
      assert.equal(after.wasm, before.wasm, figures);
      assert.ok(after.heap - before.heap < MB, figures);
      assert.ok(after.rss - before.rss < 20 * MB, figures);
      assert.equal(after.timers, 0, "a timer is left");
    });
  }
});
