// Invalid addresses, clusters, headers and options: one error with every finding, and nothing is sent.
import "./virtual-time.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { establish, health, list, mesh, preflight, read, remove, wait } from "../../pkg/node.js";
import { ACL, TOKEN, absent, busy, failure, fields, ok, spec, stub } from "./stub-server.js";

describe("input", { concurrency: true }, () => {
  test("an onProgress that throws, or that makes calls, has no effect on its call", async () => {
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

  test("invalid addresses", async () => {
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

  test("invalid clusters", async () => {
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

  test("an object whose properties are hidden is not the default cluster", async () => {
    for (const cluster of [new URL("http://eu.test"), new Map([["address", "http://eu.test"]]), new Date()]) {
      await failure(read(cluster, "us", { timeout: 50 }), "invalid");
    }
  });

  test("invalid headers, and headers that are not sent", async () => {
    for (const [headers, field] of [
      ["X-A: b", "cluster.headers type"],
      [["X-A"], "cluster.headers type"],
      [{ "X-A": "b\nX-Consul-Token: c" }, "cluster.headers.X-A header"],
      [{ "X-A": 7 }, "cluster.headers.X-A header"],
      [{ "X A": "b" }, "cluster.headers.X A header"],
      [{ "x-consul-token": "c" }, "cluster.headers.X-Consul-Token header"],
    ]) {
      const { cluster, calls } = stub(() => ok(), { headers });
      assert.deepEqual(fields(await failure(read(cluster, "us"), "invalid")), [field]);
      assert.equal(calls.length, 0);
    }
    const headers = { "X-A": "b", "CONTENT-TYPE": "text/plain", "X-None": null };
    const { cluster, calls } = stub(() => ok(), { headers });
    await read(cluster, "us");
    assert.deepEqual(calls[0].headers, { "X-A": "b", "Content-Type": "application/json" });
  });

  test("Headers and Map are sent or rejected, never ignored", async () => {
    for (const headers of [new Headers({ "X-A": "b" }), new Map([["X-A", "b"]])]) {
      const { cluster, calls } = stub(() => ok(), { headers });
      await read(cluster, "us").catch((error) => assert.equal(error.code, "invalid"));
      for (const { headers } of calls) assert.equal(headers["X-A"] ?? headers["x-a"], "b");
    }
  });

  test("invalid options", async () => {
    const { cluster, calls } = stub(() => ok());
    for (const [options, field] of [
      ["fast", "options type"],
      [7, "options type"],
      [{ signal: {} }, "options.signal type"],
      [{ signal: "abort" }, "options.signal type"],
      [{ onProgress: {} }, "options.onProgress type"],
      [{ wait: "no" }, "options.wait type"],
      [{ replace: 1 }, "options.replace type"],
      [{ dryrun: true }, "options.dryrun unknown"],
    ]) {
      const { findings } = await failure(establish(cluster, spec, options), "invalid");
      assert.deepEqual(fields({ findings: findings.filter(({ severity }) => severity === "error") }), [field]);
    }
    await read(cluster, "us", null);
    await read(cluster, "us", { timeout: 1_000, wait: true, dryRun: true, interval: 1 });
    assert.equal(calls.length, 2, "options of other functions are allowed");
    assert.deepEqual(fields(await failure(wait(cluster, "us", "READY"), "invalid")), ["until one_of"]);
  });

  test("invalid options of functions that work offline, and options that cannot be read", async () => {
    const found = await read(stub(() => ok()).cluster, "us");
    for (const [options, field] of [
      ["x", "options type"],
      [{ other: [found] }, "options.other type"],
      [{ previous: "x" }, "options.previous type"],
      [{ otherCluster: "eu" }, "options.otherCluster type"],
      [{ othr: found }, "options.othr unknown"],
    ]) {
      assert.throws(
        () => health(found, options),
        (error) => fields(error).join() === field,
      );
    }
    for (const [options, field] of [
      [7, "options type"],
      [{ replace: 1 }, "options.replace type"],
      [{ replaces: true }, "options.replaces unknown"],
    ]) {
      assert.throws(
        () => preflight({ peer_name: "us" }, null, options),
        (error) => fields(error).join() === field,
      );
    }
    const boom = () => {
      throw new Error("boom");
    };
    const unreadable = Object.defineProperties({}, { other: { get: boom }, replace: { get: boom } });
    assert.deepEqual(health(found, unreadable), health(found));
    assert.equal(preflight({ peer_name: "us" }, null, unreadable).action, "send");
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    await failure(mesh(proxy), "invalid");
  });

  test("all findings in one error", async () => {
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

  test("changing the input after the call has no effect", async () => {
    const { cluster, calls } = stub((url, { method }) => (method === "GET" ? absent() : busy(500, "boom")));
    const target = Object.assign(cluster, { token: ACL, headers: { "X-A": "b" } });
    const given = { peer_name: "us", peering_token: TOKEN, meta: { a: "1" } };
    const options = { timeout: 5_000 };
    const promise = failure(establish(target, given, options), "server_error");
    Object.assign(given, { peer_name: "other", peering_token: "none" });
    given.meta.a = "2";
    target.headers["X-A"] = "c";
    Object.assign(target, { address: "http://other.test", token: "other-token", fetch: assert.fail });
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

  test("the token of a spec overrides that of the cluster", async () => {
    const { cluster, calls } = stub((url, { method }) => (method === "GET" ? absent() : busy(404, "")), {
      token: "the-clusters",
    });
    await read(cluster, { peer_name: "us", token: ACL });
    await remove(cluster, { peer_name: "us", token: ACL });
    await failure(establish(cluster, { ...spec, token: ACL }, { wait: false }), "unsupported");
    assert.ok(calls.length >= 5 && calls.every(({ headers }) => headers["X-Consul-Token"] === ACL));
  });
});
