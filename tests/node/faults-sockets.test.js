// Broken connections over sockets: the rows of tests/faults/table.js that faults.test.js checks in memory.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { FAULTS } from "../faults/faults.js";
import { checkRow } from "../faults/row.js";
import { late } from "../faults/world.js";

const unhandled = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));

describe("broken connections, over sockets", { concurrency: 2 }, () => {
  for (const [id, { words, sockets }] of Object.entries(FAULTS)) {
    if (sockets) test(words, () => checkRow(id, true));
  }
});

test("no call sends anything after it has settled", () => assert.deepEqual(late, []));

after(() => assert.deepEqual(unhandled, [], "a rejection was not handled"));
