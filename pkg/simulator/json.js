// JSON as Go reads and writes it, with its errors' exact words, which Consul passes on.

import { GoError, quote } from "./go.js";

/** JSON as Go writes it: safe within a page. */
export const toJson = (value, indent) =>
  JSON.stringify(value, null, indent).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.codePointAt(0).toString(16).padStart(4, "0")}`,
  );

/**
 * The first JSON value in some bytes, as Go's decoder reads a stream (what follows it is not looked at), or the only
 * one, as `Unmarshal` does (`whole`).
 *
 * @param {string | Buffer} bytes
 */
export function parseJson(bytes, { whole = false } = {}) {
  const reader = new JsonReader(bytes, whole);
  const value = reader.document();
  if (whole) {
    reader.space();
    if (reader.at < reader.text.length) reader.fail("after top-level value");
  }
  return value;
}

/** Go's own: beyond it, a stack could overflow. */
const DEPTH_MAX = 10_000;
const SPACE = /[ \t\r\n]*/y;
const DIGITS = /[0-9]*/y;
const PLAIN = /[^"\\\x00-\x1f]*/y;
const WORDS = Object.entries({ true: true, false: false, null: null });
const ESCAPES = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/** Reads byte by byte, as Go does: a character of `text` is a byte. */
class JsonReader {
  at = 0;

  constructor(bytes, whole) {
    this.text = Buffer.from(bytes).toString("latin1");
    this.whole = whole;
  }

  fail(where) {
    const character = this.text[this.at];
    const shown = { "'": "\\'", '"': '"' }[character] ?? quote(character).slice(1, -1);
    throw new GoError(`invalid character '${shown}' ${where}`);
  }

  peek() {
    if (this.at >= this.text.length) {
      if (this.whole) throw new GoError("unexpected end of JSON input");
      throw new GoError(this.text.trim() === "" ? "EOF" : "unexpected EOF");
    }
    return this.text[this.at];
  }

  /** What an expression that matches from here on matches. */
  run(expression) {
    expression.lastIndex = this.at;
    const [found] = expression.exec(this.text);
    this.at += found.length;
    return found;
  }

  space() {
    if (this.text[this.at] <= " ") this.run(SPACE);
  }

  /** A value with all that is in it. Without recursion: a body may be deeper than the stack. */
  document() {
    const open = []; // the arrays and objects that this is in, and for an object the key that its next value has
    for (;;) {
      let value = this.opened(open);
      if (value === undefined) continue;
      for (;;) {
        const parent = open.at(-1);
        if (!parent) return value;
        if (parent.value instanceof Map) parent.value.set(parent.key, value);
        else parent.value.push(value);
        this.space();
        const [end, where] = parent.value instanceof Map ? ["}", "object key:value pair"] : ["]", "array element"];
        const next = this.peek();
        if (next !== end && next !== ",") this.fail(`after ${where}`);
        this.at++;
        if (next === ",") {
          if (parent.value instanceof Map) parent.key = this.key();
          break;
        }
        value = open.pop().value;
      }
    }
  }

  /** The value that begins here; undefined for an array or an object with something in it, which is opened. */
  opened(open) {
    this.space();
    const first = this.peek();
    if (first !== "[" && first !== "{") return this.scalar(first);
    if (open.length === DEPTH_MAX) this.fail("exceeded max depth");
    this.at++;
    this.space();
    const value = first === "{" ? new Map() : [];
    if (this.peek() === (first === "{" ? "}" : "]")) return (this.at++, value);
    open.push({ value, key: first === "{" ? this.key() : undefined });
    return undefined;
  }

  key() {
    this.space();
    if (this.peek() !== '"') this.fail("looking for beginning of object key string");
    const key = this.string();
    this.space();
    if (this.peek() !== ":") this.fail("after object key");
    this.at++;
    return key;
  }

  scalar(first) {
    if (first === '"') return this.string();
    if (/[-0-9]/.test(first)) return this.number();
    for (const [word, value] of WORDS) if (first === word[0]) return this.literal(word, value);
    return this.fail("looking for beginning of value");
  }

  literal(word, value) {
    for (const letter of word) {
      if (this.peek() !== letter) this.fail(`in literal ${word} (expecting '${letter}')`);
      this.at++;
    }
    return value;
  }

  number() {
    const digits = (where) => {
      if (!/[0-9]/.test(this.peek())) this.fail(where);
      this.run(DIGITS);
    };
    const start = this.at;
    if (this.peek() === "-") this.at++;
    if (this.peek() === "0") this.at++;
    else digits("in numeric literal");
    if (this.text[this.at] === ".") {
      this.at++;
      digits("after decimal point in numeric literal");
    }
    if (/[eE]/.test(this.text[this.at] ?? "")) {
      this.at++;
      if (/[-+]/.test(this.peek())) this.at++;
      digits("in exponent of numeric literal");
    }
    return Number(this.text.slice(start, this.at));
  }

  string() {
    let bytes = "";
    this.at++;
    for (;;) {
      bytes += this.run(PLAIN);
      const next = this.peek();
      if (next === '"') break;
      if (next !== "\\") this.fail("in string literal");
      this.at++;
      const escape = this.peek();
      if (Object.hasOwn(ESCAPES, escape)) bytes += ESCAPES[escape];
      else if (escape === "u") bytes += Buffer.from(this.unicode()).toString("latin1");
      else this.fail("in string escape code");
      this.at++;
    }
    this.at++;
    return Buffer.from(bytes, "latin1").toString();
  }

  /** The character of `\uXXXX`, or of two that are halves of one. */
  unicode() {
    const unit = this.hexadecimal();
    const [, low] = /^\\u(d[c-f][0-9a-f]{2})/i.exec(this.text.slice(this.at + 1, this.at + 7)) ?? [];
    if (/[\ud800-\udbff]/.test(unit) && low) {
      this.at += 2;
      return unit + this.hexadecimal();
    }
    return /[\ud800-\udfff]/.test(unit) ? "\ufffd" : unit;
  }

  hexadecimal() {
    const start = this.at + 1;
    for (let digits = 0; digits < 4; digits++) {
      this.at++;
      if (!/[0-9a-fA-F]/.test(this.peek())) this.fail("in \\u hexadecimal character escape");
    }
    return String.fromCharCode(parseInt(this.text.slice(start, this.at + 1), 16));
  }
}

/**
 * Fills a Go struct from a parsed value. `fields` gives each field's type: "string", "strings" or "map"; an object is a
 * struct of its own. `strict`: an unknown field is an error.
 */
export function decodeStruct(value, { type, fields, strict = false }, path = "") {
  const found = {};
  for (const [name, of] of Object.entries(fields)) found[name] = of === "string" ? "" : null;
  if (value === null) return found;
  if (!(value instanceof Map)) throw new GoError(`json: cannot unmarshal ${kind(value)} into Go value of type ${type}`);
  const short = type.slice(type.indexOf(".") + 1);
  const mismatch = (given, name, wanted) => {
    const field = `${short}.${path}${name}`;
    throw new GoError(`json: cannot unmarshal ${kind(given)} into Go struct field ${field} of type ${wanted}`);
  };
  const text = (given, name) =>
    given === null ? "" : typeof given === "string" ? given : mismatch(given, name, "string");
  for (const [key, given] of value) {
    const name = Object.keys(fields).find((field) => field.toLowerCase() === key.toLowerCase());
    if (name === undefined) {
      if (strict) throw new GoError(`json: unknown field ${quote(key)}`);
      continue;
    }
    const of = fields[name];
    if (of === "string") found[name] = text(given, name);
    else if (given === null) found[name] = null;
    else if (of === "strings") {
      if (!Array.isArray(given)) mismatch(given, name, "[]string");
      found[name] = given.map((each) => text(each, name));
    } else if (of === "map") {
      if (!(given instanceof Map)) mismatch(given, name, "map[string]string");
      found[name] = Object.fromEntries([...given].map(([k, v]) => [k, text(v, name)]));
    } else {
      if (!(given instanceof Map)) mismatch(given, name, of.type);
      found[name] = decodeStruct(given, of, `${path}${name}.`);
    }
  }
  return found;
}

/** A list of such structs. */
export function decodeStructs(value, shape) {
  if (value === null) return [];
  if (!Array.isArray(value)) {
    throw new GoError(`json: cannot unmarshal ${kind(value)} into Go value of type []${shape.type}`);
  }
  return value.map((each) => decodeStruct(each, shape));
}

const kind = (value) =>
  Array.isArray(value) ? "array" : value instanceof Map ? "object" : typeof value === "boolean" ? "bool" : typeof value;
