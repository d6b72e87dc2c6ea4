// The table in docs/connect.md is the one that tests/plan.rs checks cell by cell; here, that it is there and whole.

import assert from "node:assert/strict";
import { read } from "../examples.js";

export default async function tell(_, take) {
  const [, table] = /const TABLE: &str = r?"([^"]*)"/.exec(read("tests/plan.rs"));
  assert.equal(take("Steps by state", "text").trim(), table.trim());
}
