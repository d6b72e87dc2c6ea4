// examples/README.md: under each example's heading, in the block after "Its output", what its test has seen. A test keeps
// what it saw and checks that the document has it; `node tests/examples/document.js` writes all of them from what the last
// runs have kept.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { ROOT, TOOLS } from "../package/place.js";

const DOCUMENT = `${ROOT}examples/README.md`;
const KEPT = `${TOOLS}examples/`;
/** Before the block, the block, after it. */
const block = (name) => new RegExp(`(\\n## ${name}\\n[^]*?\\n\`\`\`console\\n)([^]*?)(\`\`\`\\n)`);

const UUID = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g;
const TIME = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;

/**
 * What came of commands, as a terminal shows it.
 * @param {{ command: string, text: string, code: number }[]} results
 */
export const transcript = (results) =>
  results.map(({ command, text, code }) => `$ ${command}\n${text}${code ? `# exit code ${code}\n` : ""}`).join("\n");

/**
 * @param {string} name of the example
 * @param {string} text what was seen
 * @param {Record<string, string>} [words] what stands in the document for what is another each time
 */
export function checkOutput(name, text, words = {}) {
  let stable = text.replace(UUID, "<id>").replace(TIME, "<time>");
  for (const [seen, word] of Object.entries(words)) stable = stable.replaceAll(seen, word);
  mkdirSync(KEPT, { recursive: true });
  writeFileSync(KEPT + name, stable);
  const told = block(name).exec(readFileSync(DOCUMENT, "utf8"))?.[2];
  assert.equal(told, stable, "examples/README.md is out of date: run `node tests/examples/document.js`");
}

function writeOutputs() {
  let text = readFileSync(DOCUMENT, "utf8");
  for (const name of readdirSync(KEPT)) {
    const stable = readFileSync(KEPT + name, "utf8");
    text = text.replace(block(name), (whole, before, seen, after) => before + stable + after);
  }
  writeFileSync(DOCUMENT, text);
}

if (argv[1] === fileURLToPath(import.meta.url)) writeOutputs();
