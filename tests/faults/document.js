// Writes the tables of docs/reliability.md from the data that the tests assert: `node tests/faults/document.js`.

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { format } from "prettier";
import { FAULTS } from "./faults.js";
import { ENDS, LEFT, outcomeOf, RETRYABLE } from "./outcomes.js";
import { TABLE } from "./table.js";

export const DOCUMENT = fileURLToPath(new URL("../../docs/reliability.md", import.meta.url));
const BEGIN = "<!-- Made by tests/faults/document.js from what the tests check: begin -->";
const END = "<!-- end -->";
const TITLES = {
  establish: "`establish`",
  generateToken: "`generateToken`",
  delete: "`delete`",
  reads: "`read`, `list`, `wait`, `permissions`",
};

/** The document with regenerated tables. */
export async function regenerate(text) {
  const [head, rest] = text.split(BEGIN);
  const tail = rest?.split(END)[1];
  if (tail === undefined) throw new Error(`${DOCUMENT} lacks its markers`);
  return format(`${head}${BEGIN}\n\n${tables()}\n\n${END}${tail}`, {
    parser: "markdown",
    printWidth: 124,
    proseWrap: "always",
  });
}

function tables() {
  const cells = Object.values(TABLE).flatMap(({ rows }) => Object.values(rows).flat());
  return [legend(cells), ...Object.entries(TABLE).map(([id, table]) => oneTable(TITLES[id], table))].join("\n\n");
}

function legend(cells) {
  const outcomes = cells.map(outcomeOf);
  const ends = Object.entries(ENDS).map(([end, words]) => `- **${end}**: ${words}`);
  const codes = Object.keys(RETRYABLE).filter((code) => outcomes.some((outcome) => outcome.code === code));
  const quoted = (wanted) =>
    codes
      .filter((code) => RETRYABLE[code] === wanted)
      .map((code) => `\`${code}\``)
      .join(", ");
  const left = Object.entries(LEFT).map(([id, { words }]) => `- **…, ${id}**: ${words}`);
  return [
    ...ends,
    `- **a code**: rejects with a \`PeeringError\` with this code. Retryable: ${quoted(true)}. Not retryable: ${quoted(false)}.`,
    "- **aborted** or a code alone: the call left nothing behind, and nothing has changed.",
    ...left,
  ].join("\n");
}

function oneTable(title, { moments, rows }) {
  const shown = (cell) => {
    const { code, end, left } = outcomeOf(cell);
    return `${code ? `\`${code}\`` : end}${left ? `, ${left}` : ""}`;
  };
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [
    `### ${title}`,
    "",
    line(["", ...moments]),
    line(["", ...moments].map(() => "---")),
    ...Object.entries(rows).map(([id, cells]) => line([FAULTS[id].words, ...cells.map(shown)])),
  ].join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(DOCUMENT, await regenerate(readFileSync(DOCUMENT, "utf8")));
}
