// The server's own pages, for browsers that have not signed in: no script, and only this style.

import { createHash } from "node:crypto";
import { STATUS_CODES } from "node:http";

/**
 * @typedef {Record<string, string>} Headers
 *
 * @typedef {{ status: number, headers: Headers, body?: string | Buffer }} Reply
 */

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; --accent: light-dark(#3d56c9, #a3b4ff) }
main { max-width: 32rem; margin: 15vh auto 0; padding: 0 1rem }
.product { color: var(--accent); font-weight: 600 }
h1 { font-size: 1.5rem }
label, input, button { display: block; box-sizing: border-box; width: 100%; font: inherit }
input, button { min-height: 2.75rem; padding: 0 .75rem; margin: .25rem 0 1rem; border: 1px solid; border-radius: .5rem }
button { background: var(--accent); color: light-dark(#fff, #10131f); border-color: var(--accent); font-weight: 550 }
`;
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

const FORM = `<form method="post">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required autofocus>
<button>Sign in</button>
</form>`;

const NOTICES = {
  link: {
    title: "Not signed in",
    text: `Open the sign-in link that <code>consul-peering serve</code> has printed. For a new one, press Enter in that
terminal.`,
  },
  invalid: {
    title: "Invalid sign-in link",
    text: `The link is incomplete, or a newer one has replaced it. For a new one, press Enter in the terminal of
<code>consul-peering serve</code>.`,
  },
  used: {
    title: "Not signed in",
    text: `A sign-in link works once, for one browser. For a new one, press Enter in the terminal of
<code>consul-peering serve</code>. If it was not you who used the link, stop the server with Ctrl-C.`,
  },
  password: { title: "Sign in", text: "Sign in to manage peerings of Consul clusters.", more: FORM },
  wrong: { title: "Sign in", text: '<strong role="alert">Wrong password.</strong>', more: FORM },
  later: { title: "Too many attempts", text: "Too many wrong passwords from this address. Retry later." },
  crossSite: {
    title: "Open this page?",
    text: "A link on another site leads to this page, which changes Consul clusters.",
    more: '<p><a href="">Open the page</a></p>',
  },
};

/**
 * @param {number} status
 * @param {keyof typeof NOTICES} which
 * @param {Headers} [headers]
 * @returns {Reply}
 */
export function html(status, which, headers) {
  /** @type {{ title: string, text: string, more?: string }} */
  const { title, text, more = "" } = NOTICES[which];
  const body = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title} · Consul peering</title>
<style>${STYLE}</style>
<main>
<p class="product">Consul peering</p>
<h1>${title}</h1>
<p>${text}</p>
${more}
</main>
</html>
`;
  // With no-referrer, a browser would not send the form's origin either.
  const own = { "Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin" };
  return { status, headers: { "Content-Type": "text/html; charset=utf-8", ...own, ...headers }, body };
}

/**
 * A text in place of the requested content. Never Consul's own, which the page would take for Consul's.
 * @param {number} status
 * @param {string} text
 * @param {Headers} [headers]
 * @returns {Reply}
 */
export function plain(status, text, headers) {
  return { status, headers: { "Content-Type": "text/plain; charset=utf-8", ...headers }, body: `${text}\n` };
}

/**
 * If the status says it all.
 * @param {number} status
 * @param {Headers} [headers]
 */
export const plainStatus = (status, headers) => plain(status, `${STATUS_CODES[status]}.`, headers);
