// examples/README.md has the output of each example's test, in the block after "Its output". A test stores its output
// and compares it with the document; `node tests/examples/document.js` writes all blocks from the stored output of the
// last runs.
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
 * The result of commands, as a terminal shows it.
 * @param {{ command: string, text: string, code: number }[]} results
 */
export const transcript = (results) =>
  results.map(({ command, text, code }) => `$ ${command}\n${text}${code ? `# exit code ${code}\n` : ""}`).join("\n");

/**
 * @param {string} name of the example
 * @param {string} text what was observed
 * @param {Record<string, string>} [words] the document's text for each value that changes
 */
export function checkOutput(name, text, words = {}) {
  let stable = text.replace(UUID, "<id>").replace(TIME, "<time>");
  for (const [observed, word] of Object.entries(words)) stable = stable.replaceAll(observed, word);
  mkdirSync(KEPT, { recursive: true });
  writeFileSync(KEPT + name, stable);
  const documented = block(name).exec(readFileSync(DOCUMENT, "utf8"))?.[2];
  assert.equal(documented, stable, "examples/README.md is out of date: run `node tests/examples/document.js`");
}

function writeOutputs() {
  let text = readFileSync(DOCUMENT, "utf8");
  for (const name of readdirSync(KEPT)) {
    const stable = readFileSync(KEPT + name, "utf8");
    text = text.replace(block(name), (whole, before, observed, after) => before + stable + after);
  }
  writeFileSync(DOCUMENT, text);
}

if (argv[1] === fileURLToPath(import.meta.url)) writeOutputs();
