// WAVE, the notation of values in which the command `wasmtime run --invoke` takes arguments and prints results.

/** Members of records that are options: JSON does not show it. */
const OPTIONS = ["token", "datacenter", "partition", "timeout", "trust_domain"];

/** The values of `until`, which are texts in JSON. */
const ENUM = ["active", "terminated", "gone"];

/** A value of JSON, with members in snake_case; a variant has a `tag`. */
export function toWave(value) {
  if (value === null) return "none";
  if (typeof value === "string") return ENUM.includes(value) ? value : quote(value);
  if (Array.isArray(value)) return `[${value.map((item) => (Array.isArray(item) ? tuple(item) : toWave(item)))}]`;
  if (typeof value !== "object") return String(value);
  if ("tag" in value) return "val" in value ? `${value.tag}(${toWave(value.val)})` : value.tag;
  const members = Object.entries(value).map(([name, member]) => {
    const written = toWave(member);
    return `${name.replaceAll("_", "-")}: ${OPTIONS.includes(name) && member !== null ? `some(${written})` : written}`;
  });
  return `{${members.join(", ")}}`;
}

const tuple = (items) => `(${items.map(toWave).join(", ")})`;
/** The escapes of JSON, but for those with a number. */
const quote = (text) => JSON.stringify(text).replaceAll(/\\u([\da-f]{4})/g, "\\u{$1}");

const WORDS = new Map([
  ["none", null],
  ["true", true],
  ["false", false],
]);
const TOKEN = /\s*(?:("(?:[^"\\]|\\.)*")|(-?\d+)|([a-zA-Z%][\w%-]*)|([^\s]))/y;

/** A value as JSON: members in snake_case; `some`, `ok` and `err` are their payloads. Members without a value are left out. */
export function fromWave(text) {
  TOKEN.lastIndex = 0;
  const next = () => TOKEN.exec(text);
  const upcoming = () => {
    const at = TOKEN.lastIndex;
    const token = next();
    TOKEN.lastIndex = at;
    return token?.[4];
  };
  const items = (end, item) => {
    const found = [];
    while (upcoming() !== end) {
      found.push(item());
      if (upcoming() === ",") next();
    }
    next();
    return found;
  };
  const member = () => {
    const [, , , name] = next();
    next(); // the colon
    return [name.replaceAll("-", "_"), value()];
  };
  function value() {
    const [, quoted, number, word, sign] = next();
    if (quoted) return unquote(quoted);
    if (number) return Number(number);
    if (sign === "[") return items("]", value);
    if (sign === "{") return Object.fromEntries(items("}", member));
    if (upcoming() === "(") {
      next();
      const payload = value();
      next();
      return payload;
    }
    return WORDS.has(word) ? WORDS.get(word) : word;
  }
  return value();
}

const unquote = (text) =>
  JSON.parse(
    text
      .replaceAll(/\\u\{([\da-f]+)\}/gi, (_, code) =>
        JSON.stringify(String.fromCodePoint(parseInt(code, 16))).slice(1, -1),
      )
      .replaceAll("\\'", "'"),
  );
