// Which requests are looked at at all: written plainly, called by a name of ours, and not from another site's page.

import { GATEWAYS } from "./calls.js";

/** Nothing that the page asks for needs an escape, but one filter, an empty segment or one that begins with a dot. */
const TARGET = new RegExp(`^(/[\\w-][\\w.-]*)*/?(\\?([\\w=&-]|${GATEWAYS})*)?$`);
/** Of these, a second one could be read by others than the first. */
const SINGLE = ["host", "origin", "cookie", "content-type", "sec-fetch-site", "x-consul-token"];
const OWN_SITE = ["same-origin", "none"];

/**
 * @param {import("node:http").IncomingMessage} incoming
 * @param {import("./place.js").Names} names
 * @returns {{ status: number, text: string, stranger?: boolean } | undefined} why it is refused, if it is;
 *   `stranger`: for no more than where it comes from
 */
export function refusal({ method, url = "", headers, headersDistinct }, names) {
  if (!TARGET.test(url) || url === "") return { status: 400, text: "That is no address of this server's." };
  if (SINGLE.some((name) => (headersDistinct[name] ?? []).length > 1))
    return { status: 400, text: "A header stands twice." };
  const { host, origin, "sec-fetch-site": site } = headers;
  if (!host || !names.isOwn(host)) return { status: 421, text: "This server has another name." };
  const own = new URL(`${new URL(names.origin).protocol}//${host}`).origin;
  const foreign = origin === undefined ? method !== "GET" : origin !== own;
  if (foreign) return { status: 403, text: "That was not asked by this server's own page." };
  if (site !== undefined && !OWN_SITE.includes(String(site))) {
    return { status: 403, text: "That was asked by another site's page.", stranger: true };
  }
  return undefined;
}
