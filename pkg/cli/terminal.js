// Text for people: colours where they are seen and wanted, tables, and nothing in them that could steer a terminal.

import { stripVTControlCharacters } from "node:util";

const SGR = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 };
const GAP = "  ";

/**
 * Functions that colour a text, or leave it as it is where the stream is no terminal or NO_COLOR is set.
 * @returns {Record<keyof typeof SGR, (text: string) => string>}
 */
export function colours(stream, env) {
  const wanted = stream.isTTY && !env.NO_COLOR && env.TERM !== "dumb";
  const paint = (code) => (text) => (wanted ? `\x1b[${code}m${text}\x1b[0m` : String(text));
  return Object.fromEntries(Object.entries(SGR).map(([name, code]) => [name, paint(code)]));
}

/** Characters that steer a terminal or hide in a text: control, format (bidi, zero-width), line and paragraph separators. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const SHORT_ESCAPES = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
/** What {@link colours} writes. */
const OWN_COLOURS = /(\x1b\[(?:[0-2]|3[1236])m)/;

/** Names, meta and server messages may come from a foreign cluster: hidden characters are escaped as JSON escapes them. */
export function printable(text, { lines = false } = {}) {
  return String(text).replace(HIDDEN, (c) => (lines && c === "\n" ? c : escaped(c)));
}

/** Output just before it is written: only line breaks and our own colours pass. JSON stays JSON. */
export function safeOutput(text) {
  const parts = String(text).split(OWN_COLOURS);
  return parts.map((part, i) => (i % 2 ? part : printable(part, { lines: true }))).join("");
}

/** One escape for each UTF-16 unit, so that JSON can be read back. */
function escaped(character) {
  const unit = (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`;
  return SHORT_ESCAPES[character] ?? Array.from({ length: character.length }, unit).join("");
}

/** Two sentences one after the other, the first of which may lack its full stop. */
export function sentences(first, second) {
  if (!second) return first;
  return `${first}${/[.!?…]$/.test(first) ? "" : "."} ${second}`;
}

/** Rows of cells as aligned lines; the last column may be as long as it is. */
export function columns(rows, indent = "") {
  const widths = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, width(cell))));
  const line = (row) => row.map((cell, i) => cell + " ".repeat(widths[i] - width(cell))).join(GAP);
  return rows.map((row) => (indent + line(row)).trimEnd()).join("\n") + "\n";
}

const width = (cell) => stripVTControlCharacters(cell).length;
