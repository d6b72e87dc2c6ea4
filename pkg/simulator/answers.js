// Answers as Consul writes them: status, headers, body.

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
  body: JSON.stringify(value, null, 4),
});

/** JSON on one line, as the POSTs without anything to say answer. */
export const compact = (value) => ({ ...json(value), body: JSON.stringify(value) });

/** No body. Since 1.20 it has a Content-Type all the same. */
export const empty = ({ typed }, headers = {}) => ({
  status: 200,
  headers: { ...headers, ...(typed && { "content-type": "application/json; charset=utf-8" }) },
  body: "",
});

/** What a query that can block carries beside its result. */
export const queryHeaders = (index, knownLeader = true) => ({
  "x-consul-index": String(index),
  "x-consul-knownleader": String(knownLeader),
  "x-consul-lastcontact": "0",
  "x-consul-query-backend": "blocking-query",
});

/** A time as Consul writes it, RFC 3339 with nine digits; its clock is finer than ours, so the last six are made up. */
export function timestamp(ms, random) {
  const fraction = `${String(Math.floor(ms) % 1000).padStart(3, "0")}${String(Math.floor(random.between(1, 999_999))).padStart(6, "0")}`;
  return `${new Date(ms).toISOString().slice(0, 19)}.${fraction.replace(/0+$/, "")}Z`;
}
