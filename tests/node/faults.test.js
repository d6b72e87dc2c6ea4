// Every fault against every call, at every moment of it: tests/faults/table.js says what is promised, and each cell of
// it is a call that meets that fault. docs/reliability.md is made from the same table.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isPeeringError } from "../../pkg/node.js";
import { checkCell } from "../faults/cell.js";
import { DOCUMENT, renew } from "../faults/document.js";
import { FAULTS } from "../faults/faults.js";
import { OPERATIONS } from "../faults/operations.js";
import { TABLE } from "../faults/table.js";
import { isMarked, late, startWorld } from "../faults/world.js";

/** Rows at once: most of a cell is waiting, and sockets cost more. */
const AT_ONCE = 6;
const AT_ONCE_OVER_SOCKETS = 2;

const unhandled = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));

/** The cells of a fault, all of them side by side; what is wrong with any of them is told. */
async function checkRow(fault, sockets) {
  const cells = Object.entries(TABLE).flatMap(([table, { moments, rows }]) =>
    moments.map((moment, column) => {
      // What is met at the identity reads is felt by the requests beside and after them.
      const held = FAULTS[fault].held && [rows.delay_long[column], ...rows.delay_long];
      return { table, moment, fault, cell: rows[fault][column], held, sockets };
    }),
  );
  // Over sockets it is left to chance which of the requests made side by side meets a server that goes down.
  const tried = cells.filter(({ moment }) => !sockets || moment !== "identity reads");
  const ends = await Promise.allSettled(tried.map(checkCell));
  const wrong = ends.flatMap(({ reason }, index) => {
    const { table, moment, cell } = tried[index];
    return reason ? [`${table}, ${moment}: not "${cell}": ${reason.message.slice(0, 600)}`] : [];
  });
  assert.deepEqual(wrong, []);
}

test("every call has every fault, and every fault is told of", () => {
  for (const { moments, rows } of Object.values(TABLE)) {
    assert.deepEqual(Object.keys(rows), Object.keys(FAULTS));
    for (const row of Object.values(rows)) assert.equal(row.length, moments.length);
  }
});

describe("every fault against every call", { concurrency: AT_ONCE }, () => {
  for (const [id, { words }] of Object.entries(FAULTS)) test(words, () => checkRow(id, false));
});

describe("what breaks a connection, over real ones", { concurrency: AT_ONCE_OVER_SOCKETS }, () => {
  for (const [id, { words, sockets }] of Object.entries(FAULTS)) if (sockets) test(words, () => checkRow(id, true));
});

describe("beside the table", { concurrency: true }, () => {
  const { establish } = OPERATIONS;

  /** Establishes with a fault that meets one request, and gives the error. */
  async function failed(world, moment, asked, kind) {
    const { call, meets } = establish[moment];
    world.simulator.fault({ kind, match: isMarked });
    const error = await call(world.watch(meets).cluster, asked, { timeout: 10_000 }).catch((reason) => reason);
    assert.ok(isPeeringError(error), "it resolves");
    return error;
  }

  test("the same call again at once, while its peering is not ACTIVE yet, waits for it", async (t) => {
    const world = await startWorld({ speed: 1 });
    t.after(world.stop);
    // A leader that has just had something to do lets the next peering wait, up to five seconds.
    const PeeringToken = await world.token(world.there, "before");
    await world.raw(world.here, "POST", "/v1/peering/establish", { PeerName: "before", PeeringToken });
    await sleep(200);
    const { call, prepare, goal } = establish["until ACTIVE"];
    const asked = await prepare(world);
    const error = await failed(world, "until ACTIVE", asked, "gateway_timeout");
    assert.deepEqual([error.code, error.left_behind.length], ["server_error", 1]);
    const states = [];
    const onProgress = ({ state }) => state && states.push(state);
    await goal(world, await call(world.simulator.clusters.us, asked, { onProgress }), asked);
    assert.deepEqual(states, ["ESTABLISHING", "ACTIVE"]);
  });

  test("a refusal that is cut off is a lost answer, not another refusal", async (t) => {
    const world = await startWorld();
    t.after(world.stop);
    const asked = await establish.POST.prepare(world);
    const used = { PeerName: "used", PeeringToken: asked.peering_token };
    await world.raw(world.here, "POST", "/v1/peering/establish", used);
    const error = await failed(world, "POST", asked, "cut");
    assert.equal((await world.standing()).here.State, "PENDING");
    assert.equal(error.code, "network", error.message);
    assert.match(error.left_behind[0]?.what, /a dialer "eu" stands here, PENDING/);
  });
});

test("no call asks anything after it has settled", () => assert.deepEqual(late, []));

test("docs/reliability.md says what was checked here", async () => {
  const text = readFileSync(DOCUMENT, "utf8");
  assert.ok(text === (await renew(text)), "it is out of date: run `node tests/faults/document.js`");
});

after(() => assert.deepEqual(unhandled, [], "a rejection was not handled"));
