// What Consul takes over from Go: base64 and JSON with their errors' exact words, durations, host and port.

/** An error of Go's, whose text Consul passes on. */
export class GoError extends Error {}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Standard base64 with padding. Line breaks count for nothing, anything else that is foreign is an error. */
export function decodeBase64(text) {
  const bytes = Buffer.from(text);
  const fail = (at) => {
    throw new GoError(`illegal base64 data at input byte ${at}`);
  };
  const isBreak = (at) => bytes[at] === 10 || bytes[at] === 13;
  let at = 0;
  let digits = 0; // of the four that make three bytes
  for (; at < bytes.length; at++) {
    if (isBreak(at)) continue;
    if (bytes[at] === 61) break;
    if (!BASE64.includes(String.fromCharCode(bytes[at]))) fail(at);
    digits = (digits + 1) % 4;
  }
  if (at === bytes.length) {
    if (digits > 0) fail(at - digits);
    return Buffer.from(text, "base64");
  }
  if (digits < 2) fail(at);
  at++;
  if (digits === 2) {
    while (isBreak(at)) at++;
    if (at === bytes.length) fail(at);
    if (bytes[at] !== 61) fail(at);
    at++;
  }
  while (isBreak(at)) at++;
  if (at < bytes.length) fail(at);
  return Buffer.from(text, "base64");
}

/** `5s`, `1m30s`, `250ms` in ms; undefined for what is none. */
export function parseDuration(text) {
  const units = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1, us: 0.001, ns: 0.000001 };
  if (text === "0") return 0;
  if (!/^([0-9]+(\.[0-9]*)?|\.[0-9]+)(h|ms|m|s|us|ns)+/.test(text)) return undefined;
  let ms = 0;
  const rest = text.replace(/([0-9]*\.?[0-9]+)(h|ms|m|us|ns|s)/g, (_, number, unit) => {
    ms += Number(number) * units[unit];
    return "";
  });
  return rest === "" ? ms : undefined;
}

/** Host and port of `host:port` as SplitHostPort takes them apart; undefined where it does not. */
export function splitHostPort(address) {
  const colon = address.lastIndexOf(":");
  if (colon < 0) return undefined;
  const port = address.slice(colon + 1);
  if (address.startsWith("[")) {
    const end = address.indexOf("]");
    if (end < 0 || end + 1 !== colon) return undefined;
    const host = address.slice(1, end);
    return host.includes("[") || port.includes("]") ? undefined : { host, port };
  }
  const host = address.slice(0, colon);
  return /[:[\]]/.test(host) ? undefined : { host, port };
}

/**
 * The first JSON value in `text`, as Go's decoder reads a stream (what follows it is not looked at), or the only one,
 * as `Unmarshal` does (`whole`).
 */
export function parseJson(text, { whole = false } = {}) {
  const reader = new JsonReader(text, whole);
  const value = reader.value("looking for beginning of value");
  if (whole) {
    reader.space();
    if (reader.at < text.length) reader.fail("after top-level value");
  }
  return value;
}

const ESCAPES = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

class JsonReader {
  at = 0;
  constructor(text, whole) {
    this.text = text;
    this.whole = whole;
  }

  fail(where) {
    const character = String.fromCodePoint(this.text.codePointAt(this.at));
    const shown =
      { "'": `'\\''`, '"': `'"'`, "\n": "'\\n'", "\t": "'\\t'", "\r": "'\\r'" }[character] ?? `'${character}'`;
    throw new GoError(`invalid character ${shown} ${where}`);
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
    let value = "";
    for (this.at++; this.peek() !== '"'; this.at++) {
      if (this.peek() < " ") this.fail("in string literal");
      if (this.text[this.at] !== "\\") {
        value += this.text[this.at];
        continue;
      }
      this.at++;
      const escape = this.peek();
      if (escape in ESCAPES) value += ESCAPES[escape];
      else if (escape === "u") value += this.unicode();
      else this.fail("in string escape code");
    }
    this.at++;
    return value;
  }

  unicode() {
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
export function decodeStruct(value, { type, fields, strict = false }) {
  const found = {};
  for (const [name, of] of Object.entries(fields)) found[name] = of === "string" ? "" : null;
  if (value === null) return found;
  if (!(value instanceof Map)) throw new GoError(`json: cannot unmarshal ${kind(value)} into Go value of type ${type}`);
  const short = type.slice(type.indexOf(".") + 1);
  const mismatch = (given, name, wanted) => {
    throw new GoError(`json: cannot unmarshal ${kind(given)} into Go struct field ${short}.${name} of type ${wanted}`);
  };
  const text = (given, name) =>
    given === null ? "" : typeof given === "string" ? given : mismatch(given, name, "string");
  for (const [key, given] of value) {
    const name = Object.keys(fields).find((field) => field.toLowerCase() === key.toLowerCase());
    if (name === undefined) {
      if (strict) throw new GoError(`json: unknown field ${JSON.stringify(key)}`);
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
    } else found[name] = decodeStruct(given, { type: `${short}.${name}`, fields: of });
  }
  return found;
}

const kind = (value) =>
  Array.isArray(value) ? "array" : value instanceof Map ? "object" : typeof value === "boolean" ? "bool" : typeof value;
