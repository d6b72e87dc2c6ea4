// Text within the width of a terminal: wrapped between words, in columns as long as they fit, otherwise as a list.

import { stripVTControlCharacters } from "node:util";

const GAP = "  ";
const NARROWEST = 20; // a text column that would be narrower is unreadable
const STACKED = "    ";
const CONTINUED = " \\";
/** Characters that take two columns: the wide and full-width ones of East Asian scripts, and emoji. */
const WIDE =
  /^(?:[\u1100-\u115f\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]|(?![\uff61-\uffdc])[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Yi}]|\p{Emoji_Presentation}|.*\ufe0f)/u;
const ZERO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]+$/u;
const SGR = /\x1b\[([\d;]*)m/g;
const ENDS_COLOUR = ["", "0", "22", "39"];

/**
 * The number of columns of a text.
 * @param {string} text
 */
export function displayWidth(text) {
  const plain = stripVTControlCharacters(text);
  if (/^[\x20-\x7e]*$/.test(plain)) return plain.length;
  let width = 0;
  for (const { segment } of graphemes(plain)) width += graphemeWidth(segment);
  return width;
}

/** @type {Intl.Segmenter | undefined} made when the first text needs it: that takes as long as a tenth of a command */
let segmenter;
/** @param {string} text */
const graphemes = (text) => (segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" })).segment(text);

/** @param {string} segment */
function graphemeWidth(segment) {
  if (ZERO_WIDTH.test(segment)) return 0;
  return WIDE.test(segment) ? 2 : 1;
}

/**
 * The beginning of a plain text that fits.
 * @param {string} text
 * @param {number} width
 */
export function cut(text, width) {
  let result = "";
  let left = width;
  for (const { segment } of graphemes(text)) {
    left -= graphemeWidth(segment);
    if (left < 0) break;
    result += segment;
  }
  return result;
}

/**
 * A text padded with spaces.
 * @param {string} text
 * @param {number} width
 */
export const padded = (text, width) => text + " ".repeat(Math.max(0, width - displayWidth(text)));

/**
 * A text as lines of at most `width` columns, broken only between words; a longer word has its own line.
 * @param {string} text
 * @param {number} width
 */
export function wrap(text, width) {
  if (displayWidth(text) <= width) return [text];
  const lines = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line ? `${line} ${word}` : word;
    if (line && displayWidth(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return closeColours([...lines, line]);
}

/**
 * A colour ends with its line and continues on the next one, since another column may follow it.
 * @param {string[]} lines
 */
function closeColours(lines) {
  let open = "";
  return lines.map((line) => {
    const begun = open + line;
    for (const [code, number] of begun.matchAll(SGR)) open = ENDS_COLOUR.includes(number) ? "" : code;
    return open ? `${begun}\x1b[0m` : begun;
  });
}

/**
 * Paragraphs, separated by blank lines, each wrapped; `indent` begins each line.
 * @param {string} text
 * @param {number} width
 * @param {string} [indent]
 */
export function paragraphs(text, width, indent = "") {
  const wrapped = text
    .trim()
    .split(/\n\n+/)
    .map((each) => wrap(each.replace(/\s*\n\s*/g, " "), width - indent.length).join(`\n${indent}`));
  return indent + wrapped.join(`\n\n${indent}`);
}

/**
 * A shell command as several lines that it reads as one: broken between its words, never inside quotes.
 * @param {string} command
 * @param {number} width
 * @param {string} indent
 */
export function wrapCommand(command, width, indent) {
  const broken = command.split("\n").map((line) => {
    if (displayWidth(line) <= width - indent.length) return line;
    const room = width - indent.length - STACKED.length - CONTINUED.length;
    /** @type {string[]} */
    const lines = [];
    for (const word of shellWords(line)) {
      const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
      if (lines.length && displayWidth(longer) <= room) lines[lines.length - 1] = longer;
      else lines.push(word);
    }
    return lines.join(`${CONTINUED}\n${indent}${STACKED}`);
  });
  return indent + broken.join(`\n${indent}`);
}

/**
 * Words, quoted ones whole; an option together with its value, and an operator of the shell with what follows.
 * @param {string} line
 * @returns {string[]}
 */
function shellWords(line) {
  const words = line.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? [];
  /** @type {string[]} */
  const joined = [];
  for (const word of words) {
    const isMore = /^(--[\w-]+|[|>])$/.test(joined.at(-1) ?? "") && !/^(-|[|>]$)/.test(word);
    if (isMore) joined.push(`${joined.pop()} ${word}`);
    else joined.push(word);
  }
  return joined;
}

/**
 * Rows of cells as aligned lines.
 * @param {string[][]} rows
 * @param {object} [options]
 * @param {string} [options.indent]
 * @param {number} [options.width] of the terminal; without it, lines are as long as they are
 * @param {string[]} [options.head] names of the columns
 * @param {boolean} [options.fixed] the first column is not wrapped
 * @returns {string}
 */
export function columns(rows, { indent = "", width = Infinity, head, fixed = false } = {}) {
  const all = head ? [head, ...rows] : rows;
  const widths = fit(all, width - indent.length, fixed);
  if (!widths) return head ? list(head, rows, width, indent) : stacked(rows, width, indent);
  return all.map((row) => aligned(row, widths, indent)).join("");
}

/**
 * The width of each column so that all fit; undefined if they cannot.
 * @param {string[][]} rows
 * @param {number} available
 * @param {boolean} fixed
 */
function fit(rows, available, fixed) {
  /** @type {number[]} */
  const natural = [];
  /** @type {number[]} */
  const least = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      const whole = displayWidth(cell);
      const word = fixed && i === 0 ? whole : Math.max(...cell.split(" ").map(displayWidth));
      natural[i] = Math.max(natural[i] ?? 0, whole);
      least[i] = Math.max(least[i] ?? 0, word, Math.min(natural[i], NARROWEST));
    });
  }
  const widths = [...natural];
  let excess = widths.reduce((sum, each) => sum + each + GAP.length, -GAP.length) - available;
  while (excess > 0) {
    const shrinkable = widths.map((each, i) => (each > least[i] ? each : 0));
    const widest = Math.max(...shrinkable);
    if (widest === 0) return undefined;
    widths[shrinkable.indexOf(widest)]--;
    excess--;
  }
  return widths;
}

/**
 * One row: as many lines as its longest cell has.
 * @param {string[]} row
 * @param {number[]} widths
 * @param {string} indent
 */
function aligned(row, widths, indent) {
  const cells = row.map((cell, i) => wrap(cell, widths[i]));
  const height = Math.max(...cells.map(({ length }) => length), 1);
  let text = "";
  for (let n = 0; n < height; n++) {
    const line = cells.map((lines, i) => padded(lines[n] ?? "", widths[i])).join(GAP);
    text += `${(indent + line).trimEnd()}\n`;
  }
  return text;
}

/**
 * Each row as names and values, one below the other.
 * @param {string[]} head
 * @param {string[][]} rows
 * @param {number} width
 * @param {string} indent
 */
function list(head, rows, width, indent) {
  const names = Math.max(...head.map(displayWidth));
  /** @param {string[]} row */
  const block = (row) => {
    const pairs = row.map((cell, i) => [padded(head[i], names), cell]);
    return columns(pairs, { indent, width, fixed: true });
  };
  return rows.length ? rows.map(block).join("\n") : `${indent}${head.join(GAP)}\n`;
}

/**
 * Each row with its last cell below the others.
 * @param {string[][]} rows
 * @param {number} width
 * @param {string} indent
 */
function stacked(rows, width, indent) {
  const lines = rows.flatMap((row) => {
    const first = wrap(row.slice(0, -1).join(GAP).trimEnd(), width - indent.length).map((line) => indent + line);
    const below = indent + STACKED;
    return [...first, ...wrap(row.at(-1) ?? "", width - below.length).map((line) => below + line)];
  });
  return lines.map((line) => `${line.trimEnd()}\n`).join("");
}
