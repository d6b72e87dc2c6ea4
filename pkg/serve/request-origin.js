// Which requests are accepted: in plain spelling, for one of the server's names, and not from another site's page.

import { GATEWAYS } from "./allow-list.js";

/** No path of the page needs an escape, except one filter, an empty segment or one that begins with a dot. */
const TARGET = new RegExp(`^(/[\\w-][\\w.-]*)*/?(\\?([\\w=&-]|${GATEWAYS})*)?$`);
/** A duplicate of these could be read differently by others. */
const SINGLE = ["host", "origin", "cookie", "content-type", "sec-fetch-site", "x-consul-token"];
const OWN_SITE = ["same-origin", "none"];

/**
 * @param {import("node:http").IncomingMessage} incoming
 * @param {import("./listen-address.js").Names} names
 * @returns {{ status: number, text: string, crossSite?: boolean } | undefined} why it is refused, if it is;
 *   `crossSite`: for no more than where it comes from
 */
export function refusal({ method, url = "", headers, headersDistinct }, names) {
  if (!TARGET.test(url) || url === "") return { status: 400, text: "Invalid request target." };
  if (SINGLE.some((name) => (headersDistinct[name] ?? []).length > 1))
    return { status: 400, text: "Duplicate header." };
  const { host, origin, "sec-fetch-site": site } = headers;
  if (!host || !names.isOwn(host)) return { status: 421, text: "This server has another name." };
  const own = new URL(`${new URL(names.origin).protocol}//${host}`).origin;
  const foreign = origin === undefined ? method !== "GET" : origin !== own;
  if (foreign) return { status: 403, text: "Cross-origin request refused." };
  if (site !== undefined && !OWN_SITE.includes(String(site))) {
    return { status: 403, text: "The request is from another site's page.", crossSite: true };
  }
  return undefined;
}
