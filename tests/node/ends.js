// How calls on two clusters end: with the expected error of the package, or linked.
import assert from "node:assert/strict";
import { isPeeringError } from "../../pkg/node.js";

/** The error of the package that a call rejects with. */
export async function failure(promise, code, operation = "connect") {
  const error = await promise.then(
    (value) => assert.fail(`it resolved with ${JSON.stringify(value)}`),
    (error) => error,
  );
  assert.ok(isPeeringError(error), String(error?.stack));
  assert.equal(error.operation, operation);
  if (code) assert.equal(error.code, code, error.message);
  assert.ok(error.message.startsWith(`${operation}`), error.message);
  assert.ok(error.hint.length > 20, error.hint);
  return error;
}

export function assertLinked({ acceptor, dialer }) {
  assert.deepEqual([acceptor.state, dialer.state], ["ACTIVE", "ACTIVE"]);
  const [accepting, dialing] = acceptor.role === "acceptor" ? [acceptor, dialer] : [dialer, acceptor];
  assert.equal(accepting.role, "acceptor");
  assert.equal(dialing.peer_id, accepting.id);
}
