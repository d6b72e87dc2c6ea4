// The automation's own test, run as its comment says, and its failure if the automation is broken.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { checkOutput, transcript } from "./document.js";
import { stage } from "./shell.js";

const { folder, run } = stage("tested-automation");
const command = "node --test --test-reporter=spec";
/** Output that is equal in every Node. */
const lines = (text) => text.replace(/ \(\d+(?:\.\d+)?ms\)/g, "").match(/^(?:✔|✖|ℹ (?:tests|pass|fail)) .*\n/gm);

test("passes, with output as documented", async () => {
  const result = await run(command);
  assert.equal(result.code, 0, result.text);
  assert.doesNotMatch(result.text, /ℹ (?:fail|cancelled|skipped|todo) [1-9]/);
  checkOutput("tested-automation", transcript([{ ...result, text: lines(result.text).join("") }]));
});

const whole = readFileSync(`${folder}rotation.js`, "utf8");
for (const [what, from, to, failing] of [
  ["rotates nothing", "await rotate(", "void (", "gives every link a new secret"],
  [
    "forgets the meta",
    "link.dialer, options",
    "{ ...link.dialer, meta: {} }, options",
    "gives every link a new secret",
  ],
  [
    "stops at the first that fails",
    "if (!isPeeringError(error)) throw error;",
    "throw error;",
    "reports a cluster that is down",
  ],
  ["tries none again", "if (error.retryable && retries)", "if (false)", "retries a retryable failure once"],
  ["cannot be stopped", "link.dialer, options", "link.dialer", "leaves every link unchanged"],
]) {
  test(`an automation that ${what} fails its test`, async () => {
    const broken = whole.replace(from, to);
    assert.notEqual(broken, whole);
    writeFileSync(`${folder}rotation.js`, broken);
    const { code, text } = await run(`${command} --test-timeout=60000`);
    assert.equal(code, 1);
    assert.match(text, new RegExp(`✖ ${failing}`));
  });
}
