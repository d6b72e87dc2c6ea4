// A row of the table: a fault against every moment of every call.
import assert from "node:assert/strict";
import { checkCell } from "./cell.js";
import { FAULTS } from "./faults.js";
import { TABLE } from "./table.js";

/** The cells of a fault, tested concurrently; all errors are reported. */
export async function checkRow(fault, sockets) {
  const cells = Object.entries(TABLE).flatMap(([table, { moments, rows }]) =>
    moments.map((moment, column) => {
      // A fault at the identity reads affects the concurrent and later requests.
      const held = FAULTS[fault].held && [rows.delay_long[column], ...rows.delay_long];
      return { table, moment, fault, cell: rows[fault][column], held, sockets };
    }),
  );
  // Over sockets, it is random which concurrent request a server's failure affects.
  const tried = cells.filter(({ moment }) => !sockets || moment !== "identity reads");
  const ends = await Promise.allSettled(tried.map(checkCell));
  const wrong = ends.flatMap(({ reason }, index) => {
    const { table, moment, cell } = tried[index];
    return reason ? [`${table}, ${moment}: not "${cell}": ${reason.message.slice(0, 600)}`] : [];
  });
  assert.deepEqual(wrong, []);
}
