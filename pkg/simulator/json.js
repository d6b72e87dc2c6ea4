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
  const value = reader.value("looking for beginning of value");
  if (whole) {
    reader.space();
    if (reader.at < reader.text.length) reader.fail("after top-level value");
  }
  return value;
}

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

  space() {
    while (" \t\r\n".includes(this.text[this.at] ?? "x")) this.at++;
  }

  value(where) {
    this.space();
    const first = this.peek();
    if (first === "{") return this.object();
    if (first === "[") return this.array();
    if (first === '"') return this.string();
    if (/[-0-9]/.test(first)) return this.number();
    for (const [word, value] of Object.entries({ true: true, false: false, null: null })) {
      if (first === word[0]) return this.literal(word, value);
    }
    return this.fail(where);
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
      while (/[0-9]/.test(this.text[this.at] ?? "")) this.at++;
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
    const pieces = [];
    for (this.at++; this.peek() !== '"'; this.at++) {
      if (this.peek() < " ") this.fail("in string literal");
      if (this.text[this.at] !== "\\") {
        pieces.push(Buffer.from(this.text[this.at], "latin1"));
        continue;
      }
      this.at++;
      const escape = this.peek();
      if (escape in ESCAPES) pieces.push(Buffer.from(ESCAPES[escape]));
      else if (escape === "u") pieces.push(Buffer.from(this.unicode()));
      else this.fail("in string escape code");
    }
    this.at++;
    return Buffer.concat(pieces).toString();
  }

  /** The character of `\uXXXX`, or of two that are halves of one. */
  unicode() {
    const unit = this.hexadecimal();
    const [, low] = /^\\u(d[c-f][0-9a-f]{2})/i.exec(this.text.slice(this.at + 1)) ?? [];
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

  array() {
    const values = [];
    this.at++;
    this.space();
    if (this.peek() === "]") return (this.at++, values);
    for (;;) {
      values.push(this.value("looking for beginning of value"));
      this.space();
      if (this.peek() === "]") return (this.at++, values);
      if (this.peek() !== ",") this.fail("after array element");
      this.at++;
    }
  }

  object() {
    const members = new Map();
    this.at++;
    this.space();
    if (this.peek() === "}") return (this.at++, members);
    for (;;) {
      this.space();
      if (this.peek() !== '"') this.fail("looking for beginning of object key string");
      const key = this.string();
      this.space();
      if (this.peek() !== ":") this.fail("after object key");
      this.at++;
      members.set(key, this.value("looking for beginning of value"));
      this.space();
      if (this.peek() === "}") return (this.at++, members);
      if (this.peek() !== ",") this.fail("after object key:value pair");
      this.at++;
    }
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
