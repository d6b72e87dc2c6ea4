// `PeeringError`: its fields, its printed forms, how it is recognised, and that invalid input is one before a request.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import * as peering from "../../pkg/node.js";
import { SECRET, brief, refused, spec, tokenWith } from "./findings.js";

const { PeeringError, isPeeringError } = peering;

describe("PeeringError", () => {
  test("is a subclass of Error, with all fields and no secret", () => {
    const error = refused(tokenWith({ ServerAddresses: ["nowhere"] }));
    assert.ok(error instanceof PeeringError && error instanceof Error);
    assert.equal(error.name, "PeeringError");
    assert.equal(Object.prototype.toString.call(error), "[object Error]");
    assert.match(error.stack, /^PeeringError: inspectToken: /);
    const { code, operation, cluster, hint, retryable, findings, left_behind } = error;
    assert.deepEqual(
      { code, operation, cluster, retryable, left_behind },
      { code: "invalid", operation: "inspectToken", cluster: "", retryable: false, left_behind: [] },
    );
    assert.match(hint, /\.$/);
    assert.deepEqual(brief(findings), ["error peering_token server_address"]);
    for (const key of ["status", "peer_name", "peering", "cause"]) assert.ok(!(key in error), key);
    assert.deepStrictEqual(error.toJSON(), {
      name: "PeeringError",
      message: error.message,
      code,
      operation,
      cluster,
      hint,
      retryable,
      findings,
      left_behind,
      reason: `peering_token's address "nowhere" is not host:port.`,
    });
    assert.equal(error.message, `inspectToken: ${error.reason}`);
    assert.deepStrictEqual(JSON.parse(JSON.stringify({ error })).error, error.toJSON());
    for (const shown of [String(error), inspect(error), error.stack, JSON.stringify(error)]) {
      assert.ok(!shown.includes(SECRET), shown);
    }
  });

  test("isPeeringError: recognises it by name, across realms", () => {
    assert.ok(isPeeringError(refused("!")));
    assert.ok(isPeeringError({ name: "PeeringError", code: "invalid" }), "of another realm or copy");
    const others = [
      undefined,
      null,
      0,
      "PeeringError",
      new Error("x"),
      { name: "PeeringError" },
      {},
      () => {},
      Symbol(),
    ];
    for (const other of others) assert.equal(isPeeringError(other), false);
  });

  test("calls reject with all findings before a request", async () => {
    const cluster = { address: "http://c", fetch: () => assert.fail("something was sent") };
    const calls = {
      establish: peering.establish(cluster, spec({ peer_name: "EU", meta: { a: 1 } })),
      generateToken: peering.generateToken(cluster, { peer_name: "EU", meta: { a: 1 } }),
      read: peering.read(cluster, "EU"),
      delete: peering.delete(cluster, { peer_name: "EU" }),
      wait: peering.wait(cluster, "EU", "ACTIVE"),
    };
    for (const [operation, call] of Object.entries(calls)) {
      await assert.rejects(call, (error) => {
        assert.ok(isPeeringError(error) && error instanceof PeeringError, operation);
        assert.deepEqual([error.code, error.operation, error.cluster], ["invalid", operation, "http://c"]);
        const named = brief(error.findings).filter((found) => !found.includes("local_address"));
        const meta = ["establish", "generateToken"].includes(operation) ? ["error meta.a type"] : [];
        assert.deepEqual(named, ["error peer_name lower_case", ...meta], operation);
        return true;
      });
    }
  });
});
