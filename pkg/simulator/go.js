// What Consul takes over from Go: base64 with its errors' exact words, durations, quoted texts, host and port.

/** An error of Go's, whose text Consul passes on. */
export class GoError extends Error {}

const BASE64 = new Set(Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"));

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
    if (!BASE64.has(bytes[at])) fail(at);
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
    if (bytes[at] !== 61) fail(at - 1);
    at++;
  }
  while (isBreak(at)) at++;
  if (at < bytes.length) fail(at);
  return Buffer.from(text, "base64");
}

/** `5s`, `1m30s`, `250ms` in ms; undefined for what is none. */
export function parseDuration(text) {
  const units = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1, us: 0.001, µs: 0.001, μs: 0.001, ns: 0.000001 };
  const [, sign, amount] = /^([-+]?)(.*)$/s.exec(text);
  if (amount === "0") return 0;
  if (!/^(([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+$/.test(amount)) return undefined;
  let ms = 0;
  for (const [, number, unit] of amount.matchAll(/([0-9.]+)(ns|us|µs|μs|ms|s|m|h)/g))
    ms += Number(number) * units[unit];
  return sign === "-" ? -ms : ms;
}

/** What can be seen, and the space. */
export const isPrintable = (text) => /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u.test(text);

const ESCAPED = { "\x07": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v" };

/** A text in quotes, as `%q` writes it. */
export function quote(text) {
  if (isPrintable(text) && !/["\\]/.test(text)) return `"${text}"`;
  const quoted = [...text].map((character) => {
    if (character === '"' || character === "\\") return `\\${character}`;
    if (isPrintable(character) || ESCAPED[character]) return ESCAPED[character] ?? character;
    const code = character.codePointAt(0).toString(16);
    if (character < " " || character === "\x7f") return `\\x${code.padStart(2, "0")}`;
    return code.length > 4 ? `\\U${code.padStart(8, "0")}` : `\\u${code.padStart(4, "0")}`;
  });
  return `"${quoted.join("")}"`;
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
