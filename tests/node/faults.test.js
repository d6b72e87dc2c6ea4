// Every fault against every call, at every moment: tests/faults/table.js lists the promises, and each cell is a call
// that meets a fault. docs/reliability.md is generated from the same table. faults-sockets.test.js tests broken
// connections over sockets.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, describe, test } from "node:test";
import "./virtual-time.js";
import { isPeeringError } from "../../pkg/node.js";
import { DOCUMENT, regenerate } from "../faults/document.js";
import { FAULTS } from "../faults/faults.js";
import { OPERATIONS } from "../faults/operations.js";
import { checkRow } from "../faults/row.js";
import { TABLE } from "../faults/table.js";
import { isMarked, late, startWorld } from "../faults/world.js";

const unhandled = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));

test("the table has a row for every fault and a cell for every moment", () => {
  for (const { moments, rows } of Object.values(TABLE)) {
    assert.deepEqual(Object.keys(rows), Object.keys(FAULTS));
    for (const row of Object.values(rows)) assert.equal(row.length, moments.length);
  }
});

describe("every fault against every call", { concurrency: 6 }, () => {
  for (const [id, { words }] of Object.entries(FAULTS)) test(words, () => checkRow(id, false));
});

describe("apart from the table", { concurrency: true }, () => {
  const { establish } = OPERATIONS;

  /** Establishes with a fault at one request, and returns the error. */
  async function failed(world, moment, asked, kind) {
    const { call, meets } = establish[moment];
    world.simulator.fault({ kind, match: isMarked });
    const error = await call(world.watch(meets).cluster, asked, { timeout: 10_000 }).catch((reason) => reason);
    assert.ok(isPeeringError(error), "it resolves");
    return error;
  }

  test("a truncated refusal is a lost response, not another refusal", async (t) => {
    const world = await startWorld();
    t.after(world.stop);
    const asked = await establish.POST.prepare(world);
    const used = { PeerName: "used", PeeringToken: asked.peering_token };
    await world.raw(world.here, "POST", "/v1/peering/establish", used);
    const error = await failed(world, "POST", asked, "cut");
    assert.equal((await world.records()).here.State, "PENDING");
    assert.equal(error.code, "network", error.message);
    assert.deepEqual([error.left_behind[0]?.code, error.left_behind[0]?.state], ["exists", "PENDING"]);
  });
});

test("no call sends anything after it has settled", () => assert.deepEqual(late, []));

test("docs/reliability.md matches the table", async () => {
  const text = readFileSync(DOCUMENT, "utf8");
  assert.ok(text === (await regenerate(text)), "it is out of date: run `node tests/faults/document.js`");
});

after(() => assert.deepEqual(unhandled, [], "a rejection was not handled"));
