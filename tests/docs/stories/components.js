// docs/components.md: its programs are those of examples/components. tests/components runs them, and the blocks in RUN.

import assert from "node:assert/strict";
import { read } from "../examples.js";

const PROGRAMS = [
  ["Check a Terraform plan in Python", "python", "check_plan.py"],
  ["Check a Terraform plan in Rust", "rust", "rust/src/check_plan.rs"],
  ["Check a Terraform plan in JavaScript", "js", "check-plan.mjs"],
  ["Connect two clusters from Python", "python", "connect.py"],
  ["Connect two clusters from Rust", "rust", "rust/src/connect.rs"],
  ["Restrict the clusters that it reaches", "js", "restricted-http.mjs"],
];
const RUN = [
  ["Call a function from the command line", "sh"],
  ["Restrict the clusters that it reaches", "python"],
];

export default async function tell(t, take) {
  for (const [heading, language, file] of PROGRAMS) {
    await t.test(file, () => assert.equal(take(heading, language), read(`examples/components/${file}`)));
  }
  for (const [heading, language] of RUN) take(heading, language);
}
