// docs/components.md: its programs are those of examples/components, which tests/components runs.

import assert from "node:assert/strict";
import { read } from "../examples.js";

const PROGRAMS = [
  ["Check a Terraform plan in Python", "python", "check_plan.py"],
  ["Check a Terraform plan in Rust", "rust", "rust/src/main.rs"],
  ["Check a Terraform plan in JavaScript", "js", "check-plan.mjs"],
  ["Connect two clusters from Python", "python", "connect.py"],
];

export default async function tell(t, take) {
  for (const [heading, language, file] of PROGRAMS) {
    await t.test(file, () => assert.equal(take(heading, language), read(`examples/components/${file}`)));
  }
}
