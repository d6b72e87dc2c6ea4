// Answers as Consul writes them: status, headers, body.

import { toJson } from "./json.js";

const TEXT = "text/plain; charset=utf-8";

/** A refusal on its way out: thrown where it is found, written where the request came in. */
export class Refusal {
  constructor(status, text, headers) {
    Object.assign(this, { status, text, headers });
  }
}

export const refuse = (status, text, headers = {}) => new Refusal(status, text, headers);

export const text = (status, body, headers = {}) => ({ status, headers: { "content-type": TEXT, ...headers }, body });

/** JSON as Consul prints it, indented. */
export const json = (value, headers = {}) => ({
  status: 200,
  headers: { "content-type": "application/json", ...headers },
  body: toJson(value, 4),
});

/** JSON on one line, as the POSTs without anything to say answer. */
export const compact = (value) => ({ ...json(value), body: toJson(value) });

/** No body. Since 1.20 it has a Content-Type all the same. */
export const empty = ({ typed }, headers = {}) => ({
  status: 200,
  headers: { ...headers, ...(typed && { "content-type": "application/json; charset=utf-8" }) },
  body: "",
});

/** As Go's router writes it: for those who read it, with a link. */
export function redirect(method, status, reason, location) {
  if (method !== "GET" && method !== "HEAD") return { status, headers: { location }, body: "" };
  const headers = { "content-type": "text/html; charset=utf-8", location };
  return { status, headers, body: `<a href="${location.replaceAll("&", "&amp;")}">${reason}</a>.\n\n` };
}

/** What a query that can block carries beside its result. */
export const queryHeaders = (index, knownLeader = true) => ({
  "x-consul-index": String(index),
  "x-consul-knownleader": String(knownLeader),
  "x-consul-lastcontact": "0",
  "x-consul-query-backend": "blocking-query",
});

/** A time as Consul writes it, to the nanosecond, without trailing noughts. Our clocks end at ms: the rest is given. */
export function timestamp(ms, micros) {
  const fraction = String(Math.floor(ms) % 1000).padStart(3, "0") + String(Math.floor(micros)).padStart(6, "0");
  return `${new Date(ms).toISOString().slice(0, 19)}.${fraction.replace(/0+$/, "")}Z`;
}
