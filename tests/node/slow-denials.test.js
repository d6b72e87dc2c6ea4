// Consul delays some denied reads by 12 seconds; a concurrent request of the package detects the denial sooner.
import { sleep } from "./virtual-time.js";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { generateToken, list, read, remove, wait } from "../../pkg/node.js";
import { ACL, busy, failure, ok, raw, stub } from "./stub-server.js";

describe("slow denials", { concurrency: true }, () => {
  /** A cluster that delays reads by `silent` ms, as Consul does, and answers all else at once. */
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

  test("missing permission: fails within a second", async () => {
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

  test("unknown token: fails within a second", async () => {
    const { cluster } = slow([403, "ACL not found"]);
    const error = await failure(read({ ...cluster, token: ACL }, "us"), "acl_token_unknown", { within: 1_000 });
    assert.equal(error.status, 403);
  });

  test("peering disabled: fails in about two seconds", async () => {
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

  test("a read that is only slow succeeds, whatever the probes return", async () => {
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

  test("a fast read causes no probes", async () => {
    const { cluster, calls } = slow([200, may(false)], { silent: 20 });
    assert.equal((await read(cluster, "us")).id, "1");
    assert.equal(calls.length, 1);
  });
});
