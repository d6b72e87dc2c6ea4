// docs/connect.md contains the table, which tests/plan/table.rs checks cell by cell.

import assert from "node:assert/strict";
import { read } from "../examples.js";

export default async function story(_, take) {
  const [, table] = /const TABLE: &str = r?"([^"]*)"/.exec(read("tests/plan/table.rs"));
  assert.equal(take("Steps by state", "text").trim(), table.trim());
}
