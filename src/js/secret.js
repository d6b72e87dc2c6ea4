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

/**
 * Somebody else's `text` as it may be shown: every one of `secrets` in it hidden, since a proxy's error page may repeat
 * what it was sent.
 */
export function redact(text, secrets) {
  for (const secret of secrets.flatMap((given) => [given, ...(CREDENTIALS.exec(given)?.slice(1) ?? [])])) {
    if (secret.length < SECRET_MIN_CHARS) continue;
    for (const form of forms(secret)) text = text.replaceAll(form, MASK);
  }
  return text.replace(TOKEN, MASK).replace(HIDDEN, escaped);
}

/** As JSON does it: one escape for each UTF-16 unit. */
const escaped = (character) =>
  character
    .split("")
    .map((unit) => `\\u${unit.charCodeAt().toString(16).padStart(4, "0")}`)
    .join("");

// How others may write a secret: as it is, in a URL, in JSON, in base64 of either alphabet, wherever it begins there.
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
