// Details that JSON.parse does not report: the position of a mistake, and duplicate keys.

/** What may come next: at a value, after one, before a key, … by the open brackets. */
const SPACE = /[ \t\n\r]*/y;
const STRING = /"(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/**
 * @param {string} text  what JSON.parse refuses
 * @returns {{ line: number, column: number }} of the first character that cannot be there, counted from 1
 */
export function findMistake(text) {
  return positionOf(firstBad(text), text);
}

/**
 * @param {number} at
 * @param {string} text
 */
function positionOf(at, text) {
  const before = text.slice(0, at).split("\n");
  return { line: before.length, column: before[before.length - 1].length + 1 };
}

const TOKEN = /("(?:[^"\\]|\\.)*")\s*(:)?|[{}[\]]/g;

/**
 * The first duplicate key of an object; undefined without any.
 * @param {string} text  JSON
 */
export function findRepeatedKey(text) {
  /** @type {Set<string>[]} the keys of each object that is open; of a list, none */
  const open = [];
  for (const { 0: token, 1: string, 2: colon, index } of text.matchAll(TOKEN)) {
    if (token === "{" || token === "[") open.push(new Set());
    else if (token === "}" || token === "]") open.pop();
    else if (colon) {
      const key = JSON.parse(string);
      const keys = open[open.length - 1];
      if (keys.has(key)) return { key, depth: open.length, ...positionOf(index, text) };
      keys.add(key);
    }
  }
  return undefined;
}

/** @param {string} text */
function firstBad(text) {
  let at = 0;
  /** @param {RegExp} pattern  sticky */
  const take = (pattern) => {
    pattern.lastIndex = at;
    const [found = ""] = pattern.exec(text) ?? [];
    at += found.length;
    return found !== "";
  };
  const skip = () => take(SPACE);
  /** @type {string[]} */
  const open = []; // the closing brackets that are due
  let expected = "value";
  for (;;) {
    skip();
    const next = text[at];
    if (expected === "end") return at;
    if (expected === "key" || expected === "first key") {
      if (expected === "first key" && next === "}") expected = close();
      else if (!take(STRING) || (skip(), text[at] !== ":")) return at;
      else {
        at++;
        expected = "value";
      }
    } else if (expected === "comma") {
      if (next === open.at(-1)) expected = close();
      else if (next !== ",") return at;
      else {
        at++;
        expected = open.at(-1) === "}" ? "key" : "value";
      }
    } else if (expected === "first value" && next === "]") expected = close();
    else if (next === "{" || next === "[") {
      at++;
      open.push(next === "{" ? "}" : "]");
      expected = next === "{" ? "first key" : "first value";
    } else if (take(STRING) || take(SCALAR)) expected = open.length ? "comma" : "end";
    else return at;
  }

  function close() {
    at++;
    open.pop();
    return open.length ? "comma" : "end";
  }
}
