// One cell of the table: a fault at a moment of a call, and its promised outcome. All of it is checked: how the call
// ends, its progress, what exists on both clusters, and that the same call succeeds once the fault is over.

import assert from "node:assert/strict";
import { inspect, isDeepStrictEqual } from "node:util";
import { isPeeringError } from "../../pkg/node.js";
import { FAULTS } from "./faults.js";
import { comesTo, isWrite, line, OPERATIONS } from "./operations.js";
import { LEFT, outcomeOf, RETRYABLE } from "./outcomes.js";
import { isMarked, startWorld } from "./world.js";

/** A call that has not settled this long after its timeout will not. */
const GRACE_MS = 2_000;
/** Far more than a call takes that continues in spite of the fault, or ends at once. */
const TIMEOUT_MS = 25_000;
/** For calls that retry until the timeout. */
const PERMANENT_TIMEOUT_MS = 6_000;
/** Long enough for the probes of a slow read. */
const SILENT_TIMEOUT_MS = 4_000;
const READS = 3; // the first, and two retries of a broken connection

/** @param {string[]} [cell.held] the outcome if the timeout ends the call while Consul holds a request back */
export async function checkCell({ table, moment, fault: id, cell, held, sockets = false }) {
  const fault = FAULTS[id];
  const call = OPERATIONS[table][moment];
  let outcome = outcomeOf(cell);
  const world = await startWorld({ sockets });
  const controller = new AbortController();
  try {
    const asked = await call.prepare(world);
    const before = await world.records();
    const act = fault.act && (() => fault.act({ ...world, controller }));
    const watched = world.watch(call.meets, act);
    const ordered = fault.order && order(world, fault, call);
    const reported = [];
    const timeout = timeoutOf(outcome, fault);
    const options = { timeout, signal: controller.signal, onProgress: (progress) => reported.push(progress) };
    const end = await settled(call.call(watched.cluster, asked, options), timeout + GRACE_MS);
    watched.settled = true;
    if (held && end.error?.code === "timeout") outcome = heldBack(held, end.error);
    if (end.value !== undefined && call.operation === "generateToken") world.keep(end.value);

    checkSecrets([end.error, reported], world);
    assert.ok(ordered ? ordered.hits > 0 : watched.met.length > 0, "the fault has matched no request");
    checkEnd(end, outcome, { call, world, reported, signal: controller.signal });
    checkRequests(watched, { id, fault, call, outcome, ordered });

    ordered?.remove();
    if (fault.heal) heal(world, fault);
    if (outcome.resolves) return await call.goal(world, end.value, asked);
    checkRecords(await world.records(), before, { fault, call, asked, outcome });
    const again = () =>
      settled(call.call(world.simulator.clusters.us, asked, { timeout: TIMEOUT_MS }), TIMEOUT_MS + GRACE_MS);
    let { value, error } = await again();
    // A FAILING peering connects by itself once the servers are back. Until then its token counts as spent.
    if (error?.code === "token_spent" && error.peering.state === "FAILING") {
      await comesTo(world, "here", "ACTIVE");
      ({ value, error } = await again());
    }
    assert.equal(error, undefined, `the same call again: ${error?.code} ${error?.message}`);
    await call.goal(world, value, { ...asked, again: true });
  } finally {
    controller.abort(); // an unsettled call would keep the process alive
    await world.stop();
  }
}

function heldBack(held, { left_behind }) {
  const outcomes = held.map(outcomeOf).filter(({ code }) => code === "timeout");
  return outcomes.find(({ left }) => (left !== undefined) === left_behind.length > 0) ?? outcomes[0];
}

function timeoutOf({ end }, { lasts }) {
  if (end === "timeout" || end === "aborted") return SILENT_TIMEOUT_MS;
  return lasts && end !== "done" ? PERMANENT_TIMEOUT_MS : TIMEOUT_MS;
}

function order({ simulator }, { order }, { width = 1 }) {
  return simulator.fault({ ...order, times: (order.times ?? 1) * width, match: isMarked });
}

/** A call ends with a value or with an error, and in time. */
async function settled(promise, within) {
  let watchdog;
  const never = new Promise((_, reject) => {
    watchdog = setTimeout(() => reject(new assert.AssertionError({ message: "the call has not settled" })), within);
  });
  const ends = promise.then(
    (value) => ({ value }),
    (error) => ({ error }),
  );
  return await Promise.race([ends, never]).finally(() => clearTimeout(watchdog));
}

function checkEnd({ error }, { end, left, resolves, code }, { call, world, reported, signal }) {
  const kinds = reported.map(({ kind }) => kind);
  if (resolves) {
    assert.equal(error, undefined, `it rejects: ${error?.code} ${error?.message}`);
    // Concurrent requests meet a server's fault in either order.
    const isLost = ["verified", "sent again"].includes(end);
    if (!isLost && !call.width) assert.equal(kinds.includes("retry"), end === "retried", "a retry was reported");
    const verified = reported.some(({ code }) => code === "response_lost");
    if (isLost) assert.ok(verified, "not verified by a read");
    return;
  }
  assert.ok(error !== undefined, "it resolves");
  let behind;
  if (end === "aborted") {
    assert.equal(error, signal.reason);
    behind = reported.filter(({ kind }) => kind === "left_behind");
  } else {
    assert.ok(isPeeringError(error), inspect(error));
    assert.equal(error.code, code, error.message);
    assert.equal(error.retryable, RETRYABLE[code], "retryable");
    assert.deepEqual([error.operation, error.cluster], [call.operation, world.here.address]);
    assert.equal(error.peer_name, ["list", "permissions"].includes(call.operation) ? undefined : "eu");
    assert.ok(error.hint.length > 20);
    for (const { fix } of error.left_behind) assert.ok(fix.length > 10);
    behind = error.left_behind;
  }
  assert.equal(behind.length, left ? 1 : 0, `left behind: ${inspect(behind)}`);
  for (const { cluster, peer_name, code } of behind) {
    assert.deepEqual([cluster, peer_name], [world.here.address, "eu"]);
    assert.ok(LEFT[left].codes.includes(code), `${code} is not "${left}"`);
  }
}

/** Neither a token nor its secret was reported. */
function checkSecrets(said, { secrets }) {
  const shown = inspect(said, { showHidden: true, depth: Infinity, maxStringLength: Infinity });
  const texts = `${shown}\n${JSON.stringify(said)}\n${said[0]?.stack}`;
  for (const secret of secrets) assert.ok(!texts.includes(secret), "a secret was reported");
}

function checkRequests({ requests, met }, { id, fault, call, outcome, ordered }) {
  const open = requests.filter((request) => request.open && !request.signal.aborted);
  assert.deepEqual(open.map(line), [], "a request is pending");
  const writes = requests.filter(isWrite).map(line);
  const repeated = writes.length - new Set(writes).size;
  if (outcome.end === "sent again") assert.equal(repeated, 1, "the token was not sent again");
  else if (!fault.resent) assert.ok(repeated <= (call.sendsAgain ? 1 : 0), "a write was sent more than once");
  if (id === "drop_always") {
    const attempts = call.sendsAgain ? 2 : 1;
    assert.equal(ordered.hits, call.width ?? (isWrite(met[0]) ? attempts : READS), "the number of attempts");
  }
  if (fault.order?.retry_after && outcome.end === "retried") {
    for (const [index, { at }] of met.entries()) {
      if (index > 0) assert.ok(at - met[index - 1].at > 950, "Retry-After is not honoured");
    }
  }
}

/** Restarts the servers, whose state the test then reads without the package. */
function heal({ simulator, ...world }, { heal, order }) {
  const { name } = world[heal];
  if (order?.kind === "leader_lost") simulator.loseLeader(name, 0);
  else simulator.restart(name, 0);
}

/** The call has reported what exists. */
function checkRecords(now, before, { fault, call, asked, outcome: { left } }) {
  const unchanged = isDeepStrictEqual(shape(now), shape(before));
  const observed = `before: ${inspect(shape(before))}, now: ${inspect(shape(now))}`;
  if (left === "overwritten") return assert.notDeepEqual(now.here.Meta, before.here.Meta);
  const hasActed =
    left === "deleting" || (left === "exists" && call.operation !== "delete") || (left === "may exist" && fault.acted);
  assert.ok(hasActed ? call.acted(now, asked) : unchanged, observed);
}

/** The fields of records that calls change. Changes by streams are ignored. */
function shape({ here, there }) {
  return [here, there].map(
    (record) => record && [record.ID, record.PeerID, record.PeerServerName, record.Meta, record.DeletedAt],
  );
}
