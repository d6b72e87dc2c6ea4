// Faults to order: what goes wrong with a request, or with a whole server, and for which requests.

import { sleep } from "./clock.js";
import { text } from "./answers.js";

const PROXY_PAGE =
  "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>";

/**
 * What each kind does, and what can be said of it. `before`: to the request, before Consul sees it; may answer in its
 * place. `after`: to Consul's answer. Either may give `{ dropped: true }`: the connection breaks without an answer.
 */
const KINDS = {
  delay: { takes: ["ms"], before: ({ ms = 1_000 }, { clock, signal }) => sleep(clock, ms, signal) },
  drop_before: { before: () => ({ dropped: true }) },
  drop_after: { after: () => ({ dropped: true }) },
  cut: { after: (_, answer) => ({ ...answer, cut: true }) },
  rate_limited: {
    takes: ["retry_after"],
    before: ({ retry_after }) =>
      text(429, "rate limit exceeded, try again later or against a different server", retryAfter(retry_after)),
  },
  unavailable: {
    takes: ["retry_after"],
    before: ({ retry_after }) => text(503, "Service Unavailable", retryAfter(retry_after)),
  },
  leader_lost: { takes: ["ms"], before: ({ ms = 2_000 }, { cluster }) => void cluster.loseLeader(ms) },
  proxy_page: { takes: ["status"], before: ({ status = 502 }) => proxyPage(status) },
  gateway_timeout: { after: () => proxyPage(504) },
  redirect: {
    takes: ["location", "status"],
    before: ({ location = "http://elsewhere.invalid/", status = 307 }) => ({ status, headers: { location }, body: "" }),
  },
  restart: {
    takes: ["ms", "acted"],
    before: ({ ms = 500, acted = false }, { cluster }) =>
      acted ? undefined : (cluster.restart(ms), { dropped: true }),
    after: ({ ms = 500, acted = false }, answer, { cluster }) =>
      acted ? (cluster.restart(ms), { dropped: true }) : answer,
  },
};

export const FAULT_KINDS = Object.keys(KINDS);

export class Faults {
  #ordered = [];

  /** @see the types: `Fault`, `OrderedFault` */
  order({ kind, match = {}, times = 1, ...how }) {
    if (!Object.hasOwn(KINDS, kind)) {
      throw new TypeError(`kind must be one of ${FAULT_KINDS.join(", ")}, not "${kind}"`);
    }
    const { takes = [] } = KINDS[kind];
    for (const key of Object.keys(how)) {
      if (takes.includes(key)) continue;
      throw new TypeError(`${key} is not known of "${kind}"; known are ${["match", "times", ...takes].join(", ")}`);
    }
    if (!(times > 0)) throw new TypeError("times must be a number above 0");
    const fault = { kind, match, left: times, hits: 0, how };
    this.#ordered.push(fault);
    return {
      get hits() {
        return fault.hits;
      },
      remove: () => void (this.#ordered = this.#ordered.filter((other) => other !== fault)),
    };
  }

  /** Carries out a request with whatever was ordered for it; `serve` asks Consul. */
  async apply(request, context, serve) {
    const faults = this.#ordered.filter(({ left, match }) => left > 0 && matches(match, request, context.cluster));
    for (const fault of faults) {
      fault.left--;
      fault.hits++;
    }
    for (const { kind, how } of faults) {
      const instead = await KINDS[kind].before?.(how, context);
      if (instead) return instead;
    }
    let answer = await serve();
    for (const { kind, how } of faults) answer = KINDS[kind].after?.(how, answer, context) ?? answer;
    return answer;
  }
}

function matches(match, request, cluster) {
  const { method, target } = request;
  const path = target.split("?")[0];
  if (typeof match === "function") return match({ cluster: cluster.name, method, path, headers: request.headers });
  return (
    (match.cluster === undefined || match.cluster === cluster.name) &&
    (match.method === undefined || match.method === method) &&
    (match.path === undefined || (match.path instanceof RegExp ? match.path.test(path) : match.path === path))
  );
}

const proxyPage = (status) => ({
  status,
  headers: { "content-type": "text/html; charset=utf-8" },
  body: PROXY_PAGE,
});

const retryAfter = (seconds) => (seconds === undefined ? {} : { "retry-after": String(seconds) });
