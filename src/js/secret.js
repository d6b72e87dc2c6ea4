const MASK = "[secret]";
// Shorter texts are no secrets worth hiding, and hiding them would tear messages apart.
const SECRET_MIN_CHARS = 6;
// A peering token, whole or cut, whatever was made of its +, / and =, and whether the call knows it or not: no word of
// a message is as long. A peer name has 63 characters at most.
const TOKEN = /[\w+/=%\\-]{64,}/g;
// Of a header's value, what its scheme stands before.
const CREDENTIALS = /^(?:basic|bearer) +(.+)$/i;

// What steers a terminal or is not seen, as in src/rules/printable.rs; a text may have lines.
const HIDDEN = /[^\P{Cc}\t\n\r]|[\p{Cf}\p{Zl}\p{Zp}]/gu;

// What else may be between two letters without being seen: selectors, joiners and fillers.
const UNSEEN = new RegExp(`${HIDDEN.source}|[\\p{Variation_Selector}\\u034f\\u115f\\u1160\\u3164\\uffa0]`, "gu");

/**
 * A foreign `text` as it may be shown: every one of `secrets` in it hidden, since a proxy's error page may repeat what it
 * was sent; in any letter case, and with unseen characters between the others.
 * @param {string} text
 * @param {string[]} secrets
 */
export function redact(text, secrets) {
  const seen = visible(text);
  const masked = mask(seen, secrets);
  const shown = (masked === seen ? text : masked).replace(HIDDEN, escaped);
  /$/.test(""); // the engine keeps what matched last, as RegExp.input
  return shown;
}

/**
 * Without what is not seen.
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
 * In any letter case. Not by an expression made of a secret: the engine would keep that.
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
 * As JSON does it: one escape for each UTF-16 unit.
 * @param {string} character
 */
const escaped = (character) =>
  character
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");

/**
 * How others may write a secret: as it is, in a URL, in JSON, in base64 of either alphabet, at any offset.
 * @param {string} secret
 */
function forms(secret) {
  const bytes = String.fromCharCode(...new TextEncoder().encode(secret.slice(0, 1_000)));
  // Base64 goes by groups of three bytes; of each of the three ways, what belongs to the secret alone.
  const base64 = ["", " ", "  "].map((before) => {
    const [from, to] = [before.length, before.length + bytes.length].map((length) => (length * 4) / 3);
    return btoa(before + bytes).slice(Math.ceil(from), Math.floor(to));
  });
  const all = [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), ...base64];
  return all.flatMap((form) => [form, form.replaceAll("+", "-").replaceAll("/", "_")]);
}
