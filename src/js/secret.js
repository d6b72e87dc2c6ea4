const MASK = "[secret]";
// Shorter texts are hardly secret, and redacting them would make messages unreadable.
const SECRET_MIN_CHARS = 6;
// A peering token, whole or cut, whatever its +, / and = were replaced by, and whether the call knows it or not: no
// word of a message is as long. A peer name has 63 characters at most.
const TOKEN = /[\w+/=%\\-]{64,}/g;
// The part of a header's value after its scheme.
const CREDENTIALS = /^(?:basic|bearer) +(.+)$/i;

// Characters that control a terminal or are hidden, as in src/rules/printable.rs; a text may have line breaks.
const HIDDEN = /[^\P{Cc}\t\n\r]|[\p{Cf}\p{Zl}\p{Zp}]/gu;

// Other invisible characters between two letters: selectors, joiners and fillers.
const UNSEEN = new RegExp(`${HIDDEN.source}|[\\p{Variation_Selector}\\u034f\\u115f\\u1160\\u3164\\uffa0]`, "gu");

/**
 * A foreign `text` for display: each of `secrets` in it redacted, since a proxy's error page may repeat the request; in
 * any letter case, and with invisible characters in between.
 * @param {string} text
 * @param {string[]} secrets
 */
export function redact(text, secrets) {
  const seen = visible(text);
  const masked = mask(seen, secrets);
  const shown = (masked === seen ? text : masked).replace(HIDDEN, escaped);
  /$/.test(""); // overwrites RegExp.input, in which the engine keeps the last text
  return shown;
}

/**
 * Without invisible characters.
 * @param {string} text
 */
const visible = (text) => (/[^\t\n -~]/.test(text) ? text.replace(UNSEEN, "") : text);

/**
 * @param {string} text
 * @param {string[]} secrets
 */
function mask(text, secrets) {
  for (const secret of secrets.flatMap((given) => [given, ...(CREDENTIALS.exec(given)?.slice(1) ?? [])])) {
    if (secret.length < SECRET_MIN_CHARS) continue;
    for (const form of forms(visible(secret))) text = hide(text, form);
  }
  return text.replace(TOKEN, MASK);
}

/**
 * In any letter case. Not by a regular expression made from a secret, which the engine would keep.
 * @param {string} text
 * @param {string} secret
 */
function hide(text, secret) {
  const [there, wanted] = [lower(text), lower(secret)];
  let shown = "";
  let from = 0;
  for (let at; (at = there.indexOf(wanted, from)) >= 0; from = at + wanted.length) shown += text.slice(from, at) + MASK;
  return shown + text.slice(from);
}

/**
 * As long as the text: a few letters become two.
 * @param {string} text
 */
function lower(text) {
  const whole = text.toLowerCase();
  if (whole.length === text.length) return whole;
  return Array.from(text, (c) => (c.toLowerCase().length === c.length ? c.toLowerCase() : c)).join("");
}

/**
 * As in JSON: one escape for each UTF-16 unit.
 * @param {string} character
 */
const escaped = (character) =>
  character
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");

/**
 * The ways in which others may write a secret: as it is, in a URL, in JSON, in base64 of either alphabet, at any
 * offset.
 * @param {string} secret
 */
function forms(secret) {
  const bytes = String.fromCharCode(...new TextEncoder().encode(secret.slice(0, 1_000)));
  // Base64 encodes groups of three bytes: for each of the three offsets, the characters that depend on the secret
  // alone.
  const base64 = ["", " ", "  "].map((before) => {
    const [from, to] = [before.length, before.length + bytes.length].map((length) => (length * 4) / 3);
    return btoa(before + bytes).slice(Math.ceil(from), Math.floor(to));
  });
  const all = [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), ...base64];
  return all.flatMap((form) => [form, form.replaceAll("+", "-").replaceAll("/", "_")]);
}
