// Bad input and bad days over a fetch that answers in memory: whatever a caller gives or a fetch does, a call rejects with a
// `PeeringError` of one code and a hint (or with the signal's own reason), says no secret, and leaves no timer behind.
import { sleep } from "./quick-time.js";
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { establish, generateToken, list, permissions, read, remove, wait } from "../../pkg/node.js";
import {
  ACL,
  SECRET,
  TOKEN,
  absent,
  assertNoSecret,
  busy,
  failure,
  fields,
  hang,
  ok,
  raw,
  spec,
  stub,
} from "./bad-day.js";

describe("retries", { concurrency: true }, () => {
  const refused = () => {
    throw new TypeError("fetch failed", { cause: Object.assign(new Error("connect"), { code: "ECONNREFUSED" }) });
  };
  const reset = () => {
    throw new TypeError("fetch failed", { cause: Object.assign(new Error("reset"), { code: "ECONNRESET" }) });
  };
  const writes = (calls) => calls.filter(({ method, path }) => method === "DELETE" || /establish|token/.test(path));
  /** Nothing stands, and every write meets `write(n)`. */
  const writing = (write) => {
    let n = 0;
    return stub((url, { method }) => (method === "GET" ? absent() : write(++n)));
  };

  test("a broken read is tried twice more within a second, and progress tells", async () => {
    for (const trouble of [refused, reset]) {
      const { cluster, calls } = stub(trouble);
      const told = [];
      await failure(read(cluster, "us", { onProgress: (it) => told.push(it) }), "network", { within: 1_500 });
      assert.equal(calls.length, 3);
      assert.deepEqual(
        told.map(({ kind }) => kind),
        ["retry", "retry"],
      );
    }
    const { cluster, calls } = stub((url, init, n) => (n < 3 ? reset() : ok([raw])));
    assert.equal((await list(cluster)).length, 1);
    assert.equal(calls.length, 3);
  });

  test("permissions are tried again as well", async () => {
    const { cluster } = stub((url, init, n) => {
      if (n === 1) reset();
      if (n === 2) return busy(429, "", { "Retry-After": "0" });
      return ok(["read", "write"].map((Access) => ({ Resource: "peering", Access, Allow: true })));
    });
    assert.deepEqual(await permissions(cluster), { read: true, write: true });
  });

  for (const [what, after, least] of [
    ["in seconds", () => "1", 950],
    ["as a date", () => new Date(Date.now() + 2_000).toUTCString(), 950],
    ["not", () => undefined, 240],
    ["with nonsense", () => "soon", 240],
  ]) {
    test(`a rate limit that says how long ${what}`, async () => {
      const header = after();
      const { cluster, calls } = stub((url, init, n) =>
        n === 1 ? busy(429, "slow down", header && { "Retry-After": header }) : ok(),
      );
      assert.equal((await read(cluster, "us")).id, "1");
      const waited = calls[1].at - calls[0].at;
      assert.ok(waited > least && waited < 3_500, `waited ${Math.round(waited)} ms`);
    });
  }

  test("a server that says to come back at once is not flooded", async () => {
    for (const after of ["0", "-1", new Date(0).toUTCString()]) {
      const { cluster, calls } = stub(async () => {
        await sleep(1);
        return busy(429, "", { "Retry-After": after });
      });
      await failure(read(cluster, "us", { timeout: 1_000 }), "rate_limited", { within: 1_500 });
      assert.ok(calls.length >= 2 && calls.length < 20, `${calls.length} requests in a second`);
    }
  });

  test("a rate limit that outlasts the call is told, not slept through", async () => {
    const { cluster, calls } = stub(() => busy(429, "", { "Retry-After": "30" }));
    const error = await failure(read(cluster, "us", { timeout: 5_000 }), "rate_limited", { within: 1_000 });
    assert.equal(error.retryable, true);
    assert.equal(calls.length, 1);
  });

  for (const [status, text, code] of [
    [500, "No cluster leader", "not_ready"],
    [500, "CA has not finished initializing", "not_ready"],
    [503, "try later", "server_error"],
    [429, "", "rate_limited"],
  ]) {
    test(`${status} ${text}: a read goes on until the timeout, and says what stood in the way`, async () => {
      const { cluster, calls } = stub(() => busy(status, text));
      const error = await failure(read(cluster, "us", { timeout: 1_200 }), code, { within: 2_500 });
      assert.equal(error.status, status);
      assert.ok(calls.length >= 2 && calls.length < 6, `${calls.length}`);
      const mended = stub((url, init, n) => (n < 3 ? busy(status, text) : ok()));
      assert.equal((await read(mended.cluster, "us")).id, "1");
    });
  }

  test("what will not mend is not tried again", async () => {
    for (const [status, text, code] of [
      [500, "boom", "server_error"],
      [502, "", "server_error"],
      [403, "Permission denied: anonymous token lacks permission 'peering:read'", "permission_denied"],
      [403, "ACL not found", "acl_token_unknown"],
      [403, "Endpoint is blocked by agent configuration", "endpoint_blocked"],
      [403, "Access is restricted", "writes_restricted"],
      [500, "peering must be enabled to use this endpoint", "peering_disabled"],
    ]) {
      const { cluster, calls } = stub(() => busy(status, text));
      const error = await failure(read(cluster, "us"), code, { within: 1_000 });
      assert.equal(error.status, status);
      assert.equal(calls.length, 1);
    }
  });

  test("a write is sent again where nothing can have happened", async () => {
    for (const trouble of [refused, () => busy(429, ""), () => busy(500, "No cluster leader")]) {
      const { cluster, calls } = writing((n) => (n === 1 ? trouble() : ok({ PeeringToken: "made-at-last" })));
      assert.equal(await generateToken(cluster, { peer_name: "us" }), "made-at-last");
      assert.equal(writes(calls).length, 2);
    }
  });

  test("a write whose answer is lost is not sent again", async () => {
    for (const trouble of [reset, () => busy(502, ""), () => busy(504, ""), () => ({})]) {
      const { cluster, calls } = writing(trouble);
      await assert.rejects(generateToken(cluster, { peer_name: "us" }));
      await assert.rejects(establish(cluster, spec));
      assert.deepEqual(
        writes(calls).map(({ path }) => path),
        ["/v1/peering/token", "/v1/peering/establish"],
      );
    }
  });
});

describe("aborts", { concurrency: true }, () => {
  /** Aborts `call(signal)` once `when` is so, and looks that nothing of it is left. */
  async function aborts(call, { reason = "why", after = 30 } = {}) {
    const controller = new AbortController();
    const promise = call(controller.signal);
    promise.catch(() => {});
    await sleep(after);
    assert.equal(getEventListeners(controller.signal, "abort").length, 1, "it listens");
    const started = performance.now();
    controller.abort(reason);
    await assert.rejects(promise, (error) => error === controller.signal.reason);
    assert.ok(performance.now() - started < 900, "at once");
    assert.equal(getEventListeners(controller.signal, "abort").length, 0, "a listener is left on the signal");
  }

  test("before the call", async () => {
    for (const reason of ["why", undefined, null, 0, new Error("mine")]) {
      const { cluster, calls } = stub(() => ok());
      const signal = AbortSignal.abort(reason);
      for (const call of [
        read(cluster, "us", { signal }),
        establish(cluster, spec, { signal }),
        remove(cluster, "us", { signal }),
        wait(cluster, "us", "ACTIVE", { signal }),
      ]) {
        await assert.rejects(call, (error) => error === signal.reason);
      }
      assert.equal(calls.length, 0);
      assert.equal(getEventListeners(signal, "abort").length, 0);
    }
  });

  test("in the same breath", async () => {
    const { cluster, calls } = stub(() => ok());
    const controller = new AbortController();
    const promise = read(cluster, "us", { signal: controller.signal });
    controller.abort("why");
    await assert.rejects(promise, (error) => error === "why");
    assert.equal(calls.length, 0);
  });

  test("while fetch is under way; the request is given up", async () => {
    const { cluster, calls } = stub(hang);
    await aborts((signal) => read(cluster, "us", { signal }));
    assert.ok(calls.every(({ signal }) => signal.aborted));
  });

  test("while a fetch is under way that does not listen", async () => {
    await aborts((signal) => list(stub(() => new Promise(() => {})).cluster, { signal }));
  });

  test("while a silent read is asked about", async () => {
    const { cluster, calls } = stub(hang);
    await aborts((signal) => read(cluster, "us", { signal }), { after: 500 });
    assert.equal(calls.length, 2);
    assert.ok(calls.every(({ signal }) => signal.aborted));
  });

  test("while the body comes", async () => {
    const body = () => ({ status: 200, headers: new Headers(), text: () => new Promise(() => {}) });
    await aborts((signal) => read(stub(body).cluster, "us", { signal }), { after: 150, reason: new Error("mine") });
  });

  test("while it sleeps before a retry", async () => {
    const { cluster, calls } = stub(() => busy(429, "", { "Retry-After": "5" }));
    await aborts((signal) => read(cluster, "us", { signal }));
    assert.equal(calls.length, 1);
  });

  test("while it waits", async () => {
    const { cluster } = stub(() => ok({ ...raw, State: "PENDING" }));
    await aborts((signal) => wait(cluster, "us", "ACTIVE", { signal }), { after: 100 });
  });

  test("out of a progress listener, and out of a function that is waited for", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const { cluster } = stub(() => busy(429, ""));
    await assert.rejects(
      read(cluster, "us", { signal, onProgress: () => controller.abort("told") }),
      (error) => error === "told",
    );
    const second = new AbortController();
    const until = () => (second.abort("seen"), false);
    await assert.rejects(
      wait(stub(() => ok()).cluster, "us", until, { signal: second.signal }),
      (error) => error === "seen",
    );
  });

  test("AbortSignal.timeout", async () => {
    const connection = setInterval(() => {}, 1_000); // holds the process, which the signal's timer does not
    const signal = AbortSignal.timeout(30);
    await assert
      .rejects(read(stub(hang).cluster, "us", { signal, timeout: Infinity }), (error) => error === signal.reason)
      .finally(() => clearInterval(connection));
    assert.equal(signal.reason.name, "TimeoutError");
  });

  test("no listener is left where a call ends by itself", async () => {
    const { signal } = new AbortController();
    await read(stub(() => ok()).cluster, "us", { signal });
    await failure(read(stub(() => ok({})).cluster, "us", { signal }), "unexpected_answer");
    await failure(read(stub(hang).cluster, "us", { signal, timeout: 20 }), "timeout");
    await failure(read(stub(hang).cluster, "US", { signal }), "invalid");
    assert.equal(getEventListeners(signal, "abort").length, 0);
  });

  test("what a fetch says after its call has ended is nobody's unhandled rejection", async () => {
    const unhandled = [];
    const listen = (error) => unhandled.push(error);
    process.on("unhandledRejection", listen);
    const late = () => new Promise((_, reject) => setTimeout(reject, 60, new Error("late")));
    await failure(read(stub(late).cluster, "us", { timeout: 20 }), "timeout");
    const body = () => ({ status: 200, headers: new Headers(), text: late });
    await failure(read(stub(body).cluster, "us", { timeout: 20 }), "timeout");
    await sleep(120);
    process.off("unhandledRejection", listen);
    assert.deepEqual(unhandled, []);
  });
});

describe("timeouts", { concurrency: true }, () => {
  test("small ones end a call as they say", async () => {
    for (const timeout of [0.5, 1, 100]) {
      const error = await failure(read(stub(hang).cluster, "us", { timeout }), "timeout", { within: timeout + 900 });
      assert.equal(error.retryable, true);
    }
  });

  test("Infinity, more than a timer can count, null and undefined are no fault", async () => {
    for (const timeout of [Infinity, 2 ** 31 - 1, 2 ** 31, 2 ** 53, null, undefined]) {
      const { cluster } = stub(() => sleep(30).then(ok));
      assert.equal((await read(cluster, "us", { timeout })).id, "1");
    }
  });

  test("what is none is invalid, and nothing is sent", async () => {
    for (const timeout of [0, -1, NaN, -Infinity, "60000", "60s", true, {}, [], 10n, () => 1]) {
      const { cluster, calls } = stub(() => ok());
      const error = await failure(read(cluster, "us", { timeout }), "invalid");
      assert.deepEqual(fields(error), ["options.timeout type"]);
      assert.equal(calls.length, 0);
    }
  });

  test("the whole call counts, waiting and retries included", async () => {
    const { cluster } = stub(() => ok({ ...raw, State: "PENDING" }));
    const error = await failure(wait(cluster, "us", "ACTIVE", { timeout: 300 }), "timeout", { within: 1_200 });
    assert.equal(error.peering.state, "PENDING", "as it was last seen");
  });
});

describe("what a call was given", { concurrency: true }, () => {
  test("an onProgress that throws changes nothing, and one that calls back does not either", async () => {
    const { cluster } = stub((url, init, n) => (n < 3 ? busy(429, "", { "Retry-After": "0" }) : ok()));
    const inner = [];
    const onProgress = () => {
      inner.push(read(stub(() => ok()).cluster, "us"));
      throw new Error("mine");
    };
    assert.equal((await read(cluster, "us", { onProgress })).id, "1");
    assert.deepEqual(
      (await Promise.all(inner)).map(({ id }) => id),
      ["1", "1", "1"], // two attempts that failed, and the response after them
    );
  });

  test("addresses that are none", async () => {
    const { fetch } = stub(() => ok()).cluster;
    for (const [address, rule] of [
      ["not a url", "url"],
      ["", "url"],
      ["eu.example:8500/x y", "scheme"],
      [`http://user:${ACL}@eu.test`, "credentials"],
      [`http://${ACL}@eu.test`, "credentials"],
      ["ftp://eu.test", "scheme"],
      ["unix:///var/run/consul.sock", "scheme"],
      ["file:///etc/passwd", "scheme"],
      ["http://eu.test?dc=us", "query"],
      ["http://eu.test/#a", "query"],
      [7, "type"],
      [true, "type"],
      [{}, "type"],
      [new URL("http://eu.test"), "type"],
    ]) {
      const error = await failure(read({ address, fetch }, "us"), "invalid");
      assert.deepEqual(fields(error), [`cluster.address ${rule}`], inspect(address));
      if (typeof address === "string") assert.deepEqual(fields(await failure(list(address), "invalid")), fields(error));
    }
  });

  test("clusters that are none", async () => {
    for (const [cluster, field] of [
      [7, "cluster type"],
      [[], "cluster type"],
      [() => {}, "cluster type"],
      [Symbol("it"), "cluster type"],
      [{ adress: "http://eu.test" }, "cluster.adress unknown"],
      [{ address: "http://eu.test", Token: "x" }, "cluster.Token unknown"],
      [{ address: "http://eu.test", fetch: "fetch" }, "cluster.fetch type"],
      [{ address: "http://eu.test", fetch: {} }, "cluster.fetch type"],
    ]) {
      assert.deepEqual(fields(await failure(read(cluster, "us"), "invalid")), [field]);
    }
  });

  test("a cluster that only looks empty does not stand for the default one", async () => {
    for (const cluster of [new URL("http://eu.test"), new Map([["address", "http://eu.test"]]), new Date()]) {
      await failure(read(cluster, "us", { timeout: 50 }), "invalid");
    }
  });

  test("headers that are none, and the ones that are kept back", async () => {
    for (const [headers, field] of [
      ["X-A: b", "cluster.headers type"],
      [["X-A"], "cluster.headers type"],
      [{ "X-A": "b\nX-Consul-Token: c" }, "cluster.headers.X-A header"],
      [{ "X-A": 7 }, "cluster.headers.X-A header"],
      [{ "X A": "b" }, "cluster.headers.X A header"],
    ]) {
      const { cluster, calls } = stub(() => ok(), { headers });
      assert.deepEqual(fields(await failure(read(cluster, "us"), "invalid")), [field]);
      assert.equal(calls.length, 0);
    }
    const headers = { "X-A": "b", "x-consul-token": "c", "CONTENT-TYPE": "text/plain", "X-None": null };
    const { cluster, calls } = stub(() => ok(), { headers });
    await read(cluster, "us");
    assert.deepEqual(calls[0].headers, { "X-A": "b", "Content-Type": "application/json" });
  });

  test("headers in an object that hides them are not dropped in silence", async () => {
    for (const headers of [new Headers({ "X-A": "b" }), new Map([["X-A", "b"]])]) {
      const { cluster, calls } = stub(() => ok(), { headers });
      await read(cluster, "us").catch((error) => assert.equal(error.code, "invalid"));
      for (const { headers } of calls) assert.equal(headers["X-A"] ?? headers["x-a"], "b");
    }
  });

  test("options that are none", async () => {
    const { cluster, calls } = stub(() => ok());
    for (const [options, field] of [
      ["fast", "options type"],
      [7, "options type"],
      [{ signal: {} }, "options.signal type"],
      [{ signal: "abort" }, "options.signal type"],
      [{ onProgress: {} }, "options.onProgress type"],
      [{ wait: "no" }, "options.wait type"],
      [{ replace: 1 }, "options.replace type"],
    ]) {
      const { findings } = await failure(establish(cluster, spec, options), "invalid");
      assert.deepEqual(fields({ findings: findings.filter(({ severity }) => severity === "error") }), [field]);
    }
    await read(cluster, "us", null);
    assert.equal(calls.length, 1);
    assert.deepEqual(fields(await failure(wait(cluster, "us", "READY"), "invalid")), ["until one_of"]);
  });

  test("every fault at once, in one error", async () => {
    const { cluster, calls } = stub(() => ok(), { token: `${ACL}\n`, headers: { "X-A": 7 }, tokn: "x" });
    const bad = { peer_name: "US", peering_token: TOKEN.slice(0, 40), meta: { "consul-a": "b" } };
    const error = await failure(establish(cluster, bad, { timeout: "1s" }), "invalid");
    for (const field of ["token", "cluster.headers.X-A", "cluster.tokn", "peer_name", "peering_token", "meta"]) {
      assert.ok(
        error.findings.some((finding) => finding.field.startsWith(field)),
        field,
      );
    }
    assert.ok(fields(error).includes("options.timeout type"));
    assert.equal(calls.length, 0);
  });

  test("what is changed after the call has no effect: all was read at once", async () => {
    const { cluster, calls } = stub((url, { method }) => (method === "GET" ? absent() : busy(500, "boom")));
    const asked = Object.assign(cluster, { token: ACL, headers: { "X-A": "b" } });
    const given = { peer_name: "us", peering_token: TOKEN, meta: { a: "1" } };
    const options = { timeout: 5_000 };
    const promise = failure(establish(asked, given, options), "server_error");
    Object.assign(given, { peer_name: "other", peering_token: "none" });
    given.meta.a = "2";
    asked.headers["X-A"] = "c";
    Object.assign(asked, { address: "http://other.test", token: "other-token", fetch: assert.fail });
    options.timeout = 1;
    const error = await promise;
    assert.equal(error.peer_name, "us");
    const sent = calls.find(({ method }) => method === "POST");
    assert.deepEqual(JSON.parse(sent.body), { PeerName: "us", Meta: { a: "1" }, PeeringToken: TOKEN });
    for (const { path, headers } of calls) {
      assert.match(path, /^\/v1\//);
      assert.deepEqual([headers["X-A"], headers["X-Consul-Token"]], ["b", ACL]);
    }
  });

  test("a token given with the spec wins over the cluster's", async () => {
    const { cluster, calls } = stub((url, { method }) => (method === "GET" ? absent() : busy(404, "")), {
      token: "the-clusters",
    });
    await read(cluster, { peer_name: "us", token: ACL });
    await remove(cluster, { peer_name: "us", token: ACL });
    await failure(establish(cluster, { ...spec, token: ACL }, { wait: false }), "unsupported");
    assert.ok(calls.length >= 5 && calls.every(({ headers }) => headers["X-Consul-Token"] === ACL));
  });
});

describe("reads that Consul denies slowly", { concurrency: true }, () => {
  /** A cluster that keeps reads waiting for `silent` ms, as Consul does, and answers the rest at once. */
  const slow = (authorize, { silent = 12_000, token } = {}) =>
    stub(async (url) => {
      if (url.endsWith("/v1/internal/acl/authorize")) return busy(...authorize);
      if (url.endsWith("/v1/peering/token")) return busy(...token);
      await sleep(silent);
      return ok(url.endsWith("/v1/peerings") ? [] : raw);
    });
  const may = (read) =>
    JSON.stringify(
      ["read", "write"].map((Access) => ({ Resource: "peering", Access, Allow: Access === "read" && read })),
    );

  test("no right: under a second", async () => {
    const { cluster: plain, calls: sent } = slow([200, may(false)]);
    const cluster = { ...plain, token: ACL };
    const calls = [
      read(cluster, "us"),
      list(cluster),
      wait(cluster, "us", "ACTIVE"),
      remove(cluster, "us"),
      generateToken(cluster, { peer_name: "us" }),
    ];
    await Promise.all(calls.map((call) => failure(call, "permission_denied", { within: 1_000 })));
    assert.ok(sent.every(({ headers }) => headers["X-Consul-Token"] === ACL));
    assert.ok(sent.every(({ path }) => path !== "/v1/peering/token"));
  });

  test("an unknown token: under a second", async () => {
    const { cluster } = slow([403, "ACL not found"]);
    const error = await failure(read({ ...cluster, token: ACL }, "us"), "acl_token_unknown", { within: 1_000 });
    assert.equal(error.status, 403);
  });

  test("peering disabled: about two seconds", async () => {
    const { cluster, calls } = slow([401, "ACL support disabled"], {
      token: [500, "peering must be enabled to use this endpoint"],
    });
    const started = performance.now();
    await failure(list(cluster), "peering_disabled", { within: 2_500 });
    assert.ok(performance.now() - started > 1_900);
    assert.deepEqual(
      calls.map(({ path }) => path),
      ["/v1/peerings", "/v1/internal/acl/authorize", "/v1/peering/token"],
    );
  });

  test("only slow: it is waited for, whatever the questions beside it bring", async () => {
    const name = [500, '- is not a valid peer name: "-"'];
    const answers = [
      [[200, may(true)], name],
      [[401, "ACL support disabled"], name],
      [[403, "Access is restricted"], name],
      [
        [500, "boom"],
        [500, "boom"],
      ],
      [
        [200, "<html>"],
        [200, '{"PeeringToken":"x"}'],
      ],
      [
        [200, "[]"],
        [403, "Permission denied: token lacks permission 'peering:write'"],
      ],
    ];
    await Promise.all(
      answers.map(async ([authorize, token]) => {
        const { cluster, calls } = slow(authorize, { silent: 2_600, token });
        assert.equal((await read(cluster, "us")).id, "1", inspect(authorize));
        assert.equal(calls.length, 3);
      }),
    );
  });

  test("a read that answers in time is not asked about", async () => {
    const { cluster, calls } = slow([200, may(false)], { silent: 20 });
    assert.equal((await read(cluster, "us")).id, "1");
    assert.equal(calls.length, 1);
  });
});

describe("secrets", { concurrency: true }, () => {
  const cluster = (answer, more) => stub(answer, { token: ACL, ...more }).cluster;
  const told = [];
  const onProgress = (it) => told.push(it);
  /** Nothing stands, and a POST is answered so. */
  const posting = (answer) => cluster((url, init) => (init.method === "GET" ? absent() : answer(url, init)));

  test("a server that repeats what it was sent", async () => {
    const echo = (url, init) => busy(500, `cannot use ${init.body} of ${init.headers["X-Consul-Token"]}`);
    await failure(read(cluster(echo), "us", { onProgress }), "server_error");
    await failure(establish(posting(echo), spec, { onProgress }), "server_error");
    const decoded = () => busy(500, `secret ${SECRET} of ${TOKEN}`);
    await failure(establish(posting(decoded), spec, { onProgress }), "server_error");
    const limited = () => busy(429, `${SECRET} ${TOKEN} ${ACL}`);
    await failure(establish(posting(limited), spec, { timeout: 800, onProgress }), "rate_limited");
    const page = () => busy(503, `${ACL}: later`);
    await failure(list(cluster(page), { timeout: 800, onProgress }), "server_error");
    assert.ok(told.some(({ kind }) => kind === "retry"));
    told.forEach((it) => assertNoSecret(it));
  });

  test("a token in several lines, repeated as it was sent", async () => {
    const lines = TOKEN.replace(/.{64}/g, "$&\n");
    const parts = [SECRET, ...lines.split("\n").filter((line) => line.length > 20)];
    for (const echo of [(url, { body }) => busy(500, body), () => busy(500, TOKEN)]) {
      const error = await failure(establish(posting(echo), { ...spec, peering_token: lines }), "server_error");
      assertNoSecret(error, parts);
    }
  });

  test("an error of a custom fetch that says what it was given", async () => {
    const inMessage = (url, init) => {
      throw new Error(`cannot send ${JSON.stringify(init)}`);
    };
    const asText = (url, init) => Promise.reject(`${JSON.stringify(init.headers)} ${init.body}`);
    for (const fetch of [inMessage, asText]) {
      await failure(read(cluster(fetch), "us", { onProgress }), "network");
      await failure(establish(posting(fetch), spec, { onProgress }), "network");
    }
    told.forEach((it) => assertNoSecret(it));
  });

  const carries = (put) => (url, init) => {
    const error = new Error("it failed");
    put(error, init);
    throw error;
  };
  for (const [where, fetch] of Object.entries({
    "in a member": carries((error, init) => (error.config = { url: "x", headers: init.headers, data: init.body })),
    "in its cause": carries((error, { headers }) => (error.cause = new Error(`bad ${headers["X-Consul-Token"]}`))),
    "in a cause two levels down": carries((error, { headers }) => {
      error.cause = new Error("outer", { cause: new Error(`inner ${headers["X-Consul-Token"]}`) });
    }),
    "in a member of its cause": carries((error, init) => (error.cause = Object.assign(new Error("a"), { init }))),
    "in a member that is not enumerable": carries((error, init) =>
      Object.defineProperty(error, "request", { value: init }),
    ),
    "in an AggregateError": (url, { headers }) =>
      Promise.reject(new AggregateError([new Error(headers["X-Consul-Token"])], "all failed")),
    "as an object that is no Error": (url, init) => Promise.reject({ message: "it failed", request: init }),
  })) {
    test(`an error of a custom fetch that has it ${where}`, async () => {
      await failure(read(cluster(fetch), "us"), "network");
      await failure(establish(posting(fetch), spec), "network");
    });
  }

  test("the address of an error has no credentials, and an invalid token is not repeated", async () => {
    for (const token of [`${ACL}\n`, ` ${ACL}`, `${ACL} x`, `${ACL}é`]) {
      const { cluster } = stub(() => ok(), { token });
      await failure(read(cluster, "us"), "invalid");
      await failure(read(cluster.address, { peer_name: "us", token }), "invalid");
    }
    for (const token of [`${TOKEN}!`, TOKEN.slice(0, -3), `${TOKEN}${TOKEN}`, `a ${TOKEN}`]) {
      await failure(establish("http://eu.test", { ...spec, peering_token: token }), "invalid");
    }
  });

  test("hiding a header's value does not change what an answer means", async () => {
    const headers = { "X-Service": "peering", "X-Why": "Permission denied" };
    const denied = () => busy(403, "Permission denied: token lacks permission 'peering:read'");
    await failure(read(cluster(denied, { headers }), "us"), "permission_denied");
    const disabled = () => busy(500, "peering must be enabled to use this endpoint");
    await failure(read(cluster(disabled, { headers }), "us"), "peering_disabled");
  });
});
