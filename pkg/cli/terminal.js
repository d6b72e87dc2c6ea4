// Text for people: colours, tables, and no control characters from elsewhere.

import { WriteStream } from "node:tty";
import { styleText } from "node:util";

/**
 * @typedef {"bold" | "dim" | "red" | "green" | "yellow" | "cyan"} Style
 *
 * @typedef {Record<Style, (text: string) => string> & { width: number }} Colours
 *
 * @typedef {{ isTTY?: boolean, columns?: number }} Stream
 */

const WIDTH = 80; // of a terminal that does not report it

/**
 * Functions that style a text for a stream, and `width`, its columns (Infinity if it is no terminal). Colours follow
 * Node's `util.styleText`: on a terminal that supports them, not with NO_COLOR, always with FORCE_COLOR.
 * @param {Stream} stream
 * @param {NodeJS.ProcessEnv} env
 * @returns {Colours}
 */
export function colours(stream, env) {
  const wanted = hasColours(stream, env);
  /** @param {Style} style @returns {(text: string) => string} */
  const paint = (style) => (text) => (wanted ? styleText(style, text, { validateStream: false }) : text);
  const width = stream.isTTY ? stream.columns || WIDTH : Infinity;
  return {
    bold: paint("bold"),
    dim: paint("dim"),
    red: paint("red"),
    green: paint("green"),
    yellow: paint("yellow"),
    cyan: paint("cyan"),
    width,
  };
}

/**
 * @param {Stream} stream
 * @param {NodeJS.ProcessEnv} env
 */
function hasColours(stream, env) {
  const forced = env.FORCE_COLOR !== undefined;
  if (!forced && !stream.isTTY) return false;
  // Node lets FORCE_COLOR win over NO_COLOR too, but prints a warning; an empty NO_COLOR means nothing.
  const { NO_COLOR, ...others } = env;
  return WriteStream.prototype.getColorDepth(NO_COLOR && !forced ? env : others) > 2;
}

/**
 * Characters that control a terminal or are hidden: control, format (bidi, zero-width), line and paragraph separators.
 */
export const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
/** @type {Record<string, string | undefined>} */
const SHORT_ESCAPES = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
/** What {@link colours} writes. */
const OWN_COLOURS = /(\x1b\[(?:[0-2]|22|3[12369])m)/;

/**
 * Names, meta and server messages may come from a foreign cluster: hidden characters are escaped as in JSON.
 * @param {string} text
 * @param {{ lines?: boolean }} [options] `lines`: line breaks stay
 */
export function printable(text, { lines = false } = {}) {
  return String(text).replace(HIDDEN, (c) => (lines && c === "\n" ? c : escaped(c)));
}

/**
 * Output just before it is written: only line breaks and the package's own colours pass. JSON stays JSON.
 * @param {string} text
 */
export function safeOutput(text) {
  const parts = String(text).split(OWN_COLOURS);
  return parts.map((part, i) => (i % 2 ? part : printable(part, { lines: true }))).join("");
}

/**
 * One escape for each UTF-16 unit, so that JSON can be read back.
 * @param {string} character
 */
function escaped(character) {
  /** @param {unknown} _ @param {number} i */
  const unit = (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`;
  return SHORT_ESCAPES[character] ?? Array.from({ length: character.length }, unit).join("");
}

/**
 * Two sentences in a row, the first of which may lack its full stop.
 * @param {string} first
 * @param {string} [second]
 */
export function sentences(first, second) {
  if (!second) return first;
  return `${first}${/[.!?…]$/.test(first) ? "" : "."} ${second}`;
}
