// A server that redirects: no call follows it, neither over a socket, nor in a page, nor with a fetch that follows.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { describe, test } from "node:test";
import { ACL, CALLS, consul, failure, stub } from "./every-call.js";
import { listen } from "./listen.js";

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
      await call({ address: target, fetch: follow }, {}, { timeout: 60_000 });
    }
  });
});
