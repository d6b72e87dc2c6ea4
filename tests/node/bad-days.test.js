// Bad input and bad days: whatever a caller gives, a server answers or a fetch does, a call rejects with a
// `PeeringError` of one code and a hint (or with the signal's own reason), says no secret, and leaves no timer behind.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { getEventListeners, once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { establish, generateToken, isPeeringError, list, permissions, read, remove, wait } from "../../pkg/node.js";
import { aclToken, peeringToken } from "./secrets.js";

const PACKAGE = new URL("../../pkg/node.js", import.meta.url).href;
const ACL = aclToken("5e5cd2ba-11aa-4c8e-9d3a-acacacacacac");
const SECRET = aclToken("77777777-5ec2-e700-0000-abcdefabcdef");
const TOKEN = peeringToken(
  Buffer.from(
    JSON.stringify({
      CA: null,
      ManualServerAddresses: null,
      ServerAddresses: ["10.0.0.1:8503"],
      ServerName: "server.us.peering.us.consul",
      PeerID: "p1",
      EstablishmentSecret: SECRET,
      Remote: { Partition: "", Datacenter: "us" },
    }),
  ).toString("base64"),
);
const spec = { peer_name: "us", peering_token: TOKEN };
const raw = { ID: "1", Name: "us", State: "ACTIVE", PeerID: "p1", CreateIndex: 7, ModifyIndex: 7 };

const ok = (body = raw) => new Response(JSON.stringify(body));
const absent = () => new Response('Peering not found for "us"', { status: 404 });
const busy = (status, text, headers) => new Response(text, { status, headers });
/** A fetch that never answers; it stops when it is told to, as a good one does. */
const hang = (url, init) =>
  new Promise((_, reject) => init.signal.addEventListener("abort", () => reject(init.signal.reason)));

/** A cluster whose fetch is `answer(url, init, n)`, n counting from 1; `calls` is what it was asked. */
function stub(answer, more) {
  const calls = [];
  const fetch = async (url, init) => {
    calls.push({ at: performance.now(), method: init.method, path: url.slice("http://eu.test".length), ...init });
    return answer(url, init, calls.length);
  };
  return { cluster: { address: "http://eu.test", fetch, ...more }, calls };
}

/** A real server on loopback; `requests` is what reached it, `reads()` how many reads of peerings. */
async function serve(t, handler) {
  const requests = [];
  const server = createServer((request, response) => {
    requests.push(request);
    response.on("error", () => {});
    handler(request, response, requests.length);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const reads = () => requests.filter(({ url }) => /^\/v1\/peering\/us$|^\/v1\/peerings$/.test(url)).length;
  return { address: `http://127.0.0.1:${server.address().port}`, requests, reads };
}

function assertNoSecret(subject, secrets = [ACL, TOKEN, SECRET]) {
  const shown = [
    inspect(subject, { showHidden: true, depth: Infinity, maxStringLength: Infinity }),
    JSON.stringify(subject) ?? "",
    String(subject),
    `${subject?.message} ${subject?.stack} ${subject?.hint}`,
  ].join("\n");
  for (const secret of secrets) assert.ok(!shown.includes(secret), "a secret is in an error");
}

/** The `PeeringError` that a call rejects with. */
async function failure(promise, code, { within = Infinity } = {}) {
  const started = performance.now();
  const error = await promise.then(
    (value) => assert.fail(`it resolved with ${inspect(value)}`),
    (error) => error,
  );
  const took = performance.now() - started;
  assert.ok(took < within, `took ${Math.round(took)} ms, ${within} at most`);
  assert.ok(isPeeringError(error) && error instanceof Error, inspect(error));
  assertNoSecret(error);
  assert.equal(error.code, code, error.message);
  assert.ok(error.hint.length > 20 && Array.isArray(error.findings) && Array.isArray(error.left_behind));
  return error;
}

const fields = (error) => error.findings.map(({ field, rule }) => `${field} ${rule}`);

/** Runs an ES module in a process of its own; what it prints last is JSON. */
async function child(code, env = {}) {
  const clean = Object.entries(process.env).filter(([name]) => !name.startsWith("CONSUL_"));
  const script = `import * as consul from ${JSON.stringify(PACKAGE)};\n${code}`;
  const process_ = spawn(process.execPath, ["--input-type=module", "-e", script], {
    env: { ...Object.fromEntries(clean), ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let out = "";
  let said;
  process_.stdout.setEncoding("utf8").on("data", (text) => {
    out += text;
    said = performance.now();
  });
  const kill = setTimeout(() => process_.kill(), 6_000);
  const [exit] = await once(process_, "close");
  clearTimeout(kill);
  return { exit, lingered: performance.now() - said, result: out === "" ? undefined : JSON.parse(out) };
}

describe("answers that are not Consul's", { concurrency: true }, () => {
  const page = "<!doctype html><html><title>Sign in</title></html>";
  for (const [what, status, body, code] of [
    ["a page with 200", 200, page, "unexpected_answer"],
    ["a page with 404", 404, page, "unsupported"],
    ["a page with 502", 502, page, "server_error"],
    ["nothing with 200", 200, "", "unexpected_answer"],
    ["nothing with 500", 500, "", "server_error"],
    ["JSON that ends too early", 200, '{"ID":"1","Name":"us"', "unexpected_answer"],
    ["null", 200, "null", "unexpected_answer"],
    ["a number", 200, "7", "unexpected_answer"],
    ["an array where an object should be", 200, "[]", "unexpected_answer"],
    ["an object of another kind", 200, '{"Node":"a"}', "unexpected_answer"],
    ["a peering without a state", 200, '{"ID":"1","Name":"us"}', "unexpected_answer"],
    ["a peering with a state that is none", 200, '{"ID":"1","Name":"us","State":7}', "unexpected_answer"],
    ["a 404 of a path", 404, "Invalid URL path: not a recognized HTTP API endpoint\n", "unsupported"],
    ["a status that nobody uses", 418, "", "unexpected_answer"],
  ]) {
    test(what, async (t) => {
      const { address, reads } = await serve(t, (_, response) => response.writeHead(status).end(body));
      const error = await failure(read(address, "us"), code);
      assert.equal(error.status, status === 200 ? undefined : status);
      assert.ok(!error.message.includes("<"), "no markup in a message");
      assert.equal(reads(), 1, "asking again would not help");
    });
  }

  test("a list with something in it that is no peering", async () => {
    for (const body of [{}, [raw, null], [raw, { ...raw, ID: "" }], ["us"], null]) {
      await failure(list(stub(() => ok(body)).cluster), "unexpected_answer");
    }
  });

  test("permissions that are none", async () => {
    for (const body of [[], {}, null, [{ Access: "read", Allow: "yes" }]]) {
      await failure(permissions(stub(() => ok(body)).cluster), "unexpected_answer");
    }
  });

  test("whatever else a peering holds, it is read or refused, and nothing is thrown that is no PeeringError", async () => {
    for (const key of ["Meta", "Remote", "StreamStatus", "DeletedAt", "PeerCAPems", "PeerServerAddresses", "PeerID"]) {
      for (const value of [null, 7, "text", [], [null], {}, { Region: 1 }, true]) {
        const peering = await read(stub(() => ok({ ...raw, [key]: value })).cluster, "us");
        assert.equal(peering.id, "1", `${key} ${inspect(value)}`);
        assert.equal(Object.keys(peering).length, 15);
      }
    }
  });

  test("a connection that breaks in the middle of the answer", async (t) => {
    for (const cut of [
      (response) => response.writeHead(200, { "Content-Length": 4096 }).write('{"ID":"1"', () => response.destroy()),
      (response) => response.writeHead(200).write('{"ID":"1"', () => response.destroy()),
      (response) => response.destroy(),
    ]) {
      const { address, reads } = await serve(t, (_, response) => cut(response));
      await failure(read(address, "us"), "network", { within: 2_000 });
      assert.equal(reads(), 3, "a read is tried twice more");
    }
  });

  test("what is cut off on the first try is read on the second", async (t) => {
    const { address } = await serve(t, (_, response, n) =>
      n === 1 ? response.writeHead(200).write("{", () => response.destroy()) : response.end(JSON.stringify(raw)),
    );
    assert.equal((await read(address, "us")).id, "1");
  });

  test("an answer without end ends with the timeout, and the connection with it", { timeout: 5_000 }, async (t) => {
    let close;
    const closed = new Promise((resolve) => (close = resolve));
    const { address } = await serve(t, (_, response) => {
      const drip = setInterval(() => response.write(" ".repeat(1_000)), 5);
      response.on("close", () => {
        clearInterval(drip);
        close();
      });
    });
    await failure(read(address, "us", { timeout: 300 }), "timeout", { within: 1_000 });
    await closed;
  });
});

// Apart from the others: it takes the processor for a second.
describe("answers that are too large", () => {
  /** A body of `pieces` megabytes that counts what is taken of it. */
  const flood = (pieces, headers) => {
    const seen = { taken: 0, cancelled: false };
    const megabyte = Buffer.alloc(1024 * 1024, " ");
    const pull = (controller) => (++seen.taken > pieces ? controller.close() : controller.enqueue(megabyte));
    const cancel = () => void (seen.cancelled = true);
    const { cluster } = stub(
      () => new Response(new ReadableStream({ pull, cancel }, { highWaterMark: 0 }), { headers }),
    );
    return { cluster, seen };
  };

  test("an answer that is too large is given up: after 1 MB, a list after 128", async () => {
    for (const [call, atMost] of [
      [(cluster) => read(cluster, "us"), 8],
      [(cluster) => generateToken(cluster, { peer_name: "us" }), 8],
      [(cluster) => permissions(cluster), 8],
      [(cluster) => list(cluster), 140],
    ]) {
      const { cluster, seen } = flood(Infinity);
      await failure(call(cluster), "unexpected_answer");
      assert.ok(seen.cancelled && seen.taken <= atMost, `${seen.taken} MB`);
    }
  });

  test("an answer that says it is too large is not begun", async () => {
    const { cluster, seen } = flood(Infinity, { "Content-Length": String(1024 ** 4) });
    await failure(read(cluster, "us"), "unexpected_answer");
    assert.equal(seen.taken, 0);
  });
});

describe("redirects", () => {
  test("are never followed: not with a token in hand, not for a read, not for a write", async (t) => {
    const target = await serve(t, (_, response) => response.end(JSON.stringify(raw)));
    for (const status of [301, 302, 303, 307, 308]) {
      const agent = await serve(t, (request, response) =>
        response.writeHead(status, { Location: target.address + request.url }).end(),
      );
      const cluster = { address: agent.address, token: ACL };
      for (const call of [
        () => read(cluster, "us"),
        () => list(cluster),
        () => permissions(cluster),
        () => remove(cluster, "us"),
        () => establish(cluster, spec),
        () => generateToken(cluster, { peer_name: "us" }),
      ]) {
        const error = await failure(call(), "network", { within: 1_000 });
        assert.match(error.hint, /redirect/);
        assert.equal(error.status, status);
      }
      assert.ok(agent.requests.every(({ url }) => !/establish|token/.test(url)));
    }
    assert.equal(target.requests.length, 0);
  });

  test("a write that is redirected has not been made", async () => {
    const { cluster, calls } = stub((url, { method }) => (method === "DELETE" ? busy(307, "") : ok()));
    const error = await failure(remove(cluster, "us"), "network");
    assert.deepEqual(error.left_behind, []);
    assert.deepEqual(
      calls.map(({ method }) => method),
      ["GET", "DELETE"],
    );
  });
});

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

  test("over real sockets: no second write after the first has reached the server", async (t) => {
    const { address, requests } = await serve(t, (request, response) =>
      request.method === "GET" ? response.writeHead(404).end('Peering not found for "us"') : response.destroy(),
    );
    await failure(establish(address, spec), "network", { within: 2_000 });
    assert.equal(requests.filter(({ method }) => method === "POST").length, 1);
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

  test("while the body comes", async (t) => {
    const { address } = await serve(t, (_, response) => response.write("{"));
    await aborts((signal) => read(address, "us", { signal }), { after: 150, reason: new Error("mine") });
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
    const signal = AbortSignal.timeout(30);
    await assert.rejects(read(stub(hang).cluster, "us", { signal }), (error) => error === signal.reason);
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
  /** A server that keeps reads waiting for `silent` ms, as Consul does, and answers the rest at once. */
  const slow = (t, authorize, { silent = 12_000, token } = {}) =>
    serve(t, (request, response) => {
      const say = (status, body) => response.writeHead(status).end(body);
      if (request.url === "/v1/internal/acl/authorize") return say(...authorize);
      if (request.url === "/v1/peering/token") return say(...token);
      const timer = setTimeout(() => say(200, request.url === "/v1/peerings" ? "[]" : JSON.stringify(raw)), silent);
      response.on("close", () => clearTimeout(timer));
    });
  const may = (read) =>
    JSON.stringify(
      ["read", "write"].map((Access) => ({ Resource: "peering", Access, Allow: Access === "read" && read })),
    );

  test("no right: under a second", async (t) => {
    const { address, requests } = await slow(t, [200, may(false)]);
    const cluster = { address, token: ACL };
    const calls = [
      read(cluster, "us"),
      list(cluster),
      wait(cluster, "us", "ACTIVE"),
      remove(cluster, "us"),
      generateToken(cluster, { peer_name: "us" }),
    ];
    await Promise.all(calls.map((call) => failure(call, "permission_denied", { within: 1_000 })));
    assert.ok(requests.every(({ headers }) => headers["x-consul-token"] === ACL));
    assert.ok(requests.every(({ url }) => url !== "/v1/peering/token"));
  });

  test("an unknown token: under a second", async (t) => {
    const { address } = await slow(t, [403, "ACL not found"]);
    const error = await failure(read({ address, token: ACL }, "us"), "acl_token_unknown", { within: 1_000 });
    assert.equal(error.status, 403);
  });

  test("peering disabled: about two seconds", async (t) => {
    const { address, requests } = await slow(t, [401, "ACL support disabled"], {
      token: [500, "peering must be enabled to use this endpoint"],
    });
    const started = performance.now();
    await failure(list(address), "peering_disabled", { within: 3_500 });
    assert.ok(performance.now() - started > 1_900);
    assert.deepEqual(
      requests.map(({ url }) => url),
      ["/v1/peerings", "/v1/internal/acl/authorize", "/v1/peering/token"],
    );
  });

  test("only slow: it is waited for, whatever the questions beside it bring", async (t) => {
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
        const { address, requests } = await slow(t, authorize, { silent: 2_600, token });
        assert.equal((await read(address, "us")).id, "1", inspect(authorize));
        assert.equal(requests.length, 3);
      }),
    );
  });

  test("a read that answers in time is not asked about", async (t) => {
    const { address, requests } = await slow(t, [200, may(false)], { silent: 20 });
    assert.equal((await read(address, "us")).id, "1");
    assert.equal(requests.length, 1);
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

describe("the environment", { concurrency: true }, () => {
  /** Where each of these reads goes, and with which token; or the code and fields of its error. */
  const reads = async (calls, env) => {
    const { result } = await child(
      `const seen = [];
       globalThis.fetch = async (url, init) => {
         seen.push([url, init.headers["X-Consul-Token"] ?? null]);
         return new Response("Peering not found for x", { status: 404 });
       };
       const { read } = consul;
       for (const call of [${calls.map((call) => `() => read(${call})`).join(", ")}]) {
         await call().catch((e) => seen.push([e.code, e.findings.map(({ field, rule }) => field + " " + rule).join()]));
       }
       console.log(JSON.stringify(seen));`,
      env,
    );
    return result;
  };
  const PATH = "/v1/peering/us";

  test("its token goes to its own address and origin, and nowhere else", async () => {
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

  test("without an address in it, its token goes to the default address alone", async () => {
    assert.deepEqual(await reads(['{}, "us"', '"http://evil.test", "us"'], { CONSUL_HTTP_TOKEN: ACL }), [
      [`http://127.0.0.1:8500${PATH}`, ACL],
      [`http://evil.test${PATH}`, null],
    ]);
    assert.deepEqual(await reads(['{}, "us"']), [[`http://127.0.0.1:8500${PATH}`, null]]);
  });

  test("CONSUL_HTTP_TOKEN_FILE wins, its line break left out; what cannot be used is told", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "consul-peering-bad-days-"));
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

  test("a token of the environment that is not used is no fault", async () => {
    const env = { CONSUL_HTTP_TOKEN_FILE: "/nowhere/token" };
    assert.deepEqual(await reads(['{}, { peer_name: "us", token: "own-token" }'], env), [
      [`http://127.0.0.1:8500${PATH}`, "own-token"],
    ]);
  });

  test("addresses that cannot be used are told, not passed over", async () => {
    for (const [CONSUL_HTTP_ADDR, rule] of [
      ["unix:///var/run/consul.sock", "scheme"],
      ["http://user:password@eu.test", "credentials"],
      ["http://", "url"],
    ]) {
      const seen = await reads(['{}, "us"', '"http://eu.test", "us"'], { CONSUL_HTTP_ADDR });
      assert.deepEqual(seen, [
        ["invalid", `CONSUL_HTTP_ADDR ${rule}`],
        [`http://eu.test${PATH}`, null],
      ]);
    }
  });
});

// Few at once: how long a process takes to end is measured, and each takes a core to begin.
describe("a process ends by itself once its calls have", { concurrency: 2 }, () => {
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
      assert.ok(lingered < 1_500, `it lived on for ${Math.round(lingered)} ms`);
    });

  ends("with a result", "await list(address)", (_, response) =>
    response.writeHead(200, { Connection: "close" }).end("[]"),
  );
  ends("with a timeout in the silence", "await fails(read(address, 'us', { timeout: 300 }))");
  ends("with an abort", "await fails(read(address, 'us', { signal: AbortSignal.timeout(700) }))");
  ends("in a retry", "await fails(read(address, 'us', { timeout: 700 }))", (_, response) =>
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
  ends("with an answer that says it is too large", "await fails(read(address, 'us'))", (_, response) =>
    response.writeHead(200, { "Content-Length": 1024 ** 4 }).write("x"),
  );
});
