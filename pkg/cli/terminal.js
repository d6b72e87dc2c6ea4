// Text for people: colours where they are seen and wanted, tables, and nothing in them that could steer a terminal.

import { WriteStream } from "node:tty";
import { styleText } from "node:util";

const STYLES = ["bold", "dim", "red", "green", "yellow", "cyan"];
const WIDTH = 80; // of a terminal that does not know

/**
 * Functions that style a text for a stream, and `width`, the columns that it has (Infinity where it is no terminal).
 * Colours follow Node's `util.styleText`: on a terminal that has them, not with NO_COLOR, always with FORCE_COLOR.
 * @returns {Record<"bold" | "dim" | "red" | "green" | "yellow" | "cyan", (text: string) => string> & { width: number }}
 */
export function colours(stream, env) {
  const wanted = hasColours(stream, env);
  const paint = (style) => (text) =>
    wanted ? styleText(style, String(text), { validateStream: false }) : String(text);
  const width = stream.isTTY ? stream.columns || WIDTH : Infinity;
  return { ...Object.fromEntries(STYLES.map((style) => [style, paint(style)])), width };
}

function hasColours(stream, env) {
  const forced = env.FORCE_COLOR !== undefined;
  if (!forced && !stream.isTTY) return false;
  // Node lets FORCE_COLOR win over NO_COLOR too, but prints a warning; an empty NO_COLOR means nothing.
  const { NO_COLOR, ...others } = env;
  return WriteStream.prototype.getColorDepth(NO_COLOR && !forced ? env : others) > 2;
}

/** Characters that steer a terminal or hide in a text: control, format (bidi, zero-width), line and paragraph separators. */
export const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const SHORT_ESCAPES = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
/** What {@link colours} writes. */
const OWN_COLOURS = /(\x1b\[(?:[0-2]|22|3[12369])m)/;

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
