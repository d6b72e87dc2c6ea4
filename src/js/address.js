/**
 * A cluster's address: scheme, host, port and path prefix, without a trailing slash; or a word for the error, which has
 * no colon.
 * @param {string} text
 */
export function readAddress(text) {
  let url;
  try {
    url = new URL(text);
  } catch {
    return "url";
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") return "scheme";
  if (url.username !== "" || url.password !== "") return "credentials";
  if (url.search !== "" || url.hash !== "") return "query";
  return url.origin + url.pathname.replace(/\/+$/, "");
}

/**
 * Whether two addresses have the same origin.
 * @param {string} a
 * @param {string} b
 */
export function sameOrigin(a, b) {
  try {
    return new URL(a).origin === new URL(b).origin;
  } catch {
    return false;
  }
}
