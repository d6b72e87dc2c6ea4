// A row of the table: a fault against every moment of every call.
import assert from "node:assert/strict";
import { checkCell } from "./cell.js";
import { FAULTS } from "./faults.js";
import { TABLE } from "./table.js";

/** The cells of a fault, all of them side by side; what is wrong with any of them is told. */
export async function checkRow(fault, sockets) {
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
