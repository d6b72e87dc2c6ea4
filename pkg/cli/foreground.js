// Whether this process may read its terminal: one in the background is stopped by the system when it tries.

import { readFileSync } from "node:fs";

/** True if it is unknown. */
export function isForeground() {
  try {
    // After the name, which may have spaces and brackets: state, parent, process group, session, terminal, the
    // terminal's foreground process group.
    const [, fields = ""] = /\) (.*)/s.exec(readFileSync("/proc/self/stat", "utf8")) ?? [];
    const [, , group, , , foreground] = fields.split(" ");
    return foreground === "-1" || group === foreground; // -1: no terminal controls this process
  } catch {
    return true;
  }
}
