// The arguments of plan, connect, rotate and disconnect: every invalid one is reported, and the input is read once.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect, disconnect, plan, rotate } from "../../pkg/node.js";
import { assertLinked, failure } from "./ends.js";
import { world } from "./pair.js";
import "./virtual-time.js";

describe("invalid sides", { concurrency: true }, () => {
  const nothing = {
    cluster: { address: "http://unused.test", fetch: () => assert.fail("it was called") },
    peer_name: "x",
  };
  const hostile = new Proxy(
    {},
    {
      ...Object.fromEntries(
        ["get", "ownKeys", "getOwnPropertyDescriptor", "has"].map((trap) => [
          trap,
          () => assert.fail("not to be read"),
        ]),
      ),
    },
  );
  const fields = ({ findings }) => findings.filter(({ severity }) => severity === "error").map(({ field }) => field);

  test("reports all errors of both sides, and sends nothing", async () => {
    const acceptor = {
      cluster: { ...nothing.cluster, adress: "x" },
      peer_name: "No",
      server_external_addresses: ["lb"],
      token: "a b",
    };
    const dialer = { cluster: "ftp://x", peerName: "eu", meta: { "consul-x": 7 } };
    for (const [call, operation, a, b] of [
      [plan, "plan", "acceptor", "dialer"],
      [connect, "connect", "acceptor", "dialer"],
      [rotate, "rotate", "acceptor", "dialer"],
      [disconnect, "disconnect", "a", "b"],
    ]) {
      const error = await failure(call(acceptor, dialer, { timeout: -1, onProgress: 7 }), "invalid", operation);
      const reported = fields(error);
      for (const field of [
        "options.timeout",
        "options.onProgress",
        `${a}.cluster.adress`,
        `${a}.peer_name`,
        `${a}.server_external_addresses[0]`,
        `${a}.token`,
        `${b}.cluster.address`,
        `${b}.peerName`,
        `${b}.peer_name`,
      ]) {
        assert.ok(reported.includes(field), `${field} is not in ${reported.join(", ")}`);
      }
      assert.ok(reported.some((field) => field.startsWith(`${b}.meta`)));
      const fix = (field) => error.findings.find((finding) => finding.field === field).fix;
      assert.equal(fix(`${b}.peerName`), "Write peer_name.");
      assert.match(fix(`${a}.cluster.adress`), /^Known are address, token/);
      assert.equal(JSON.stringify(error).includes("a b"), false, "not the token itself");
    }
  });

  test("arbitrary values for a side, for options, or for their members", async () => {
    const wrong = [undefined, null, 7, "eu", [], () => {}, hostile, new Map(), Symbol("x"), 1n];
    for (const side of [
      ...wrong,
      {},
      { peer_name: "x" },
      { ...nothing, cluster: null },
      { ...nothing, cluster: hostile },
    ]) {
      for (const [call, operation] of [
        [plan, "plan"],
        [connect, "connect"],
        [rotate, "rotate"],
        [disconnect, "disconnect"],
      ]) {
        const error = await failure(call(side, nothing), "invalid", operation);
        assert.ok(
          fields(error).every((field) => /^(acceptor|a)(\.|$)/.test(field)),
          fields(error).join(),
        );
        const other = await failure(call(nothing, side), "invalid", operation);
        assert.ok(
          fields(other).every((field) => /^(dialer|b)(\.|$)/.test(field)),
          fields(other).join(),
        );
      }
    }
    for (const options of ["5s", 7, true, { timeout: "5s" }, { signal: {} }, { onProgress: {} }]) {
      const error = await failure(connect(nothing, nothing, options), "invalid");
      assert.ok(
        fields(error).every((field) => field.startsWith("options")),
        fields(error).join(),
      );
    }
    assert.deepEqual(fields(await failure(disconnect(nothing, nothing, { force: "no" }), "invalid", "disconnect")), [
      "options.force",
    ]);
    const getter = Object.defineProperty({ ...nothing }, "meta", {
      enumerable: true,
      get: () => assert.fail("thrown"),
    });
    await failure(connect(getter, nothing), "invalid");
  });
});

test("a secret in a finding is replaced once", async (t) => {
  const { sides } = await world(t);
  const [acceptor, dialer] = sides;
  const cluster = { ...acceptor.cluster, headers: { "X-Key": "secret" } };
  const { findings } = await failure(connect({ ...acceptor, cluster: { ...cluster, secrets: 1 } }, dialer), "invalid");
  assert.equal(findings[0].field, "acceptor.cluster.[secret]s");
  const warnings = [];
  const onProgress = ({ kind, field, text }) => kind === "warning" && warnings.push([field, text]);
  const server_external_addresses = ["secret.svc.cluster.local:8503"];
  await plan({ ...acceptor, cluster, server_external_addresses }, dialer, { onProgress });
  assert.equal(warnings[0][0], "server_external_addresses[0]");
  assert.match(warnings[0][1], /^server_external_addresses\[0\] "\[secret\]\.svc/);
});

test("the input is read once: later changes have no effect", async (t) => {
  const pair = await world(t);
  let reads = 0;
  const meta = { team: "net" };
  const cluster = { ...pair.sides[1].cluster, headers: { "X-A": "1" } };
  const dialer = Object.defineProperty({ cluster, meta }, "peer_name", {
    enumerable: true,
    get: () => (reads++, "eu"),
  });
  const acceptor = { ...pair.sides[0], cluster: { ...pair.sides[0].cluster } };
  const options = {};
  const linking = connect(acceptor, dialer, options);
  meta.team = "changed";
  cluster.address = "http://changed.test";
  cluster.headers["X-A"] = "\n";
  acceptor.cluster.fetch = () => assert.fail("not this one");
  acceptor.server_external_addresses.push("changed");
  options.timeout = -1;
  const linked = await linking;
  assertLinked(linked);
  assert.deepEqual(linked.dialer.meta, { team: "net" });
  assert.equal(reads, 1);
});
