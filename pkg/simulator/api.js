// Consul's HTTP API for peerings: from a request's method, path, headers and body to an answer. A request has
// `{ method, target, headers, body, signal }`: target is path and query as they came, headers have lower-case names.

import { Acl } from "./acl.js";
import * as agent from "./agent.js";
import { compact, empty, json, queryHeaders, Refusal, refuse, text } from "./answers.js";
import { sleep } from "./clock.js";
import { decodeStruct, GoError, parseDuration, parseJson } from "./go.js";

const DENIED_READ_MS = [10_700, 13_500];
const WAIT_DEFAULT_MS = 300_000;
const WAIT_MAX_MS = 600_000;
const WAIT_JITTER = 16;
const PARTITIONS = "Partitions are a Consul Enterprise feature";
const BODIES = {
  token: {
    type: "api.PeeringGenerateTokenRequest",
    fields: { PeerName: "string", Partition: "string", Meta: "map", ServerExternalAddresses: "strings" },
    strict: true,
    missing: { PeerName: "PeerName is required in the payload when generating a new peering token." },
  },
  establish: {
    type: "api.PeeringEstablishRequest",
    fields: { PeerName: "string", PeeringToken: "string", Partition: "string", Meta: "map" },
    strict: true,
    missing: {
      PeerName: "PeerName is required in the payload when establishing a peering.",
      PeeringToken: "PeeringToken is required in the payload when establishing a peering.",
    },
  },
};

export class Api {
  constructor(cluster) {
    this.cluster = cluster;
    this.acl = new Acl(cluster.options.acl, cluster.world.random);
  }

  /** The answer to a request. Rejects only with the reason of the request's signal. */
  async answer(request) {
    const [rawPath, rawQuery = ""] = split(request.target, "?");
    if (/%(0[0-9a-f]|1[0-9a-f]|7f)/i.test(rawPath)) return { status: 400, headers: {}, body: "" };
    const cleaned = rawPath.replace(/\/{2,}/g, "/");
    const moved = cleaned === "/v1/peering" ? "/v1/peering/" : cleaned;
    if (moved !== rawPath) return redirect(moved);
    const route = this.#route(decode(rawPath));
    if (!route) return text(404, "Invalid URL path: not a recognized HTTP API endpoint\n");
    if (this.cluster.options.block_endpoints.some((prefix) => rawPath.startsWith(prefix))) {
      return this.#sign(text(403, "Endpoint is blocked by agent configuration"), false);
    }
    return this.#sign(await this.#carryOut(route, request, rawQuery));
  }

  async #carryOut(route, request, rawQuery) {
    const { method } = request;
    const methods = Object.keys(route);
    const allow = { allow: ["OPTIONS", ...methods].join(",") };
    if (method === "OPTIONS") return empty(this.cluster.version, allow);
    if (!Object.hasOwn(route, method)) return text(405, `method ${method} not allowed`, allow);
    if (method !== "GET" && this.cluster.options.restrict_writes) return text(403, "Access is restricted");
    if (/%(?![0-9a-f]{2})/i.test(rawQuery)) return text(500, "");
    try {
      return await route[method]({ ...request, query: new URLSearchParams(rawQuery) });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const prefix = error.status === 500 ? this.cluster.version.errorPrefix : "";
      return text(error.status, prefix + error.text, error.headers);
    }
  }

  #route(path) {
    if (path === "/v1/peering/token") return { POST: (request) => this.#generateToken(request) };
    if (path === "/v1/peering/establish") return { POST: (request) => this.#establish(request) };
    if (path === "/v1/peerings") return { GET: (request) => this.#list(request) };
    if (path.startsWith("/v1/peering/")) {
      const name = path.slice("/v1/peering/".length);
      return { GET: (request) => this.#read(name, request), DELETE: (request) => this.#delete(name, request) };
    }
    return agent.route(this, path);
  }

  /** What every answer carries, and what the agent's configuration adds. */
  #sign(answer, added = true) {
    const headers = {
      ...answer.headers,
      vary: "Accept-Encoding",
      "x-consul-default-acl-policy": this.acl.defaultPolicy,
      ...(added && this.cluster.options.response_headers),
    };
    return { ...answer, headers };
  }

  async #generateToken(request) {
    const body = this.#body(request, BODIES.token);
    const PeeringToken = await this.cluster.generateToken(body, () => this.#mayWrite(request));
    return json({ PeeringToken });
  }

  async #establish(request) {
    const body = this.#body(request, BODIES.establish);
    await this.cluster.establish(body, () => this.#mayWrite(request));
    return compact({});
  }

  async #delete(name, request) {
    this.#noPartition(request);
    if (name === "") throw refuse(400, "Must specify a name to fetch.");
    if (!this.cluster.options.peering) throw refuse(500, "peering must be enabled to use this endpoint");
    this.#mayWrite(request);
    await this.cluster.delete(name);
    return empty(this.cluster.version);
  }

  async #read(name, request) {
    this.#noPartition(request);
    if (name === "") throw refuse(400, "Must specify a name to fetch.");
    const absent = refuse(404, `Peering not found for ${JSON.stringify(name)}`);
    return this.#query(request, () => this.cluster.read(name), absent);
  }

  async #list(request) {
    this.#noPartition(request);
    return this.#query(request, () => this.cluster.list());
  }

  /** A read, which may ask to be kept waiting until something changes. */
  async #query(request, look, absent) {
    const { query, signal } = request;
    const { index, wait, wrong } = readOptions(query);
    await this.#mayRead(request);
    if (!wrong && index > 0 && this.cluster.version.blocking) {
      const jitter = this.cluster.world.random.between(0, wait / WAIT_JITTER);
      await this.cluster.untilChanged(look, index, wait + jitter, signal);
      this.#mustHaveLeader();
    }
    const found = look();
    if (!found) throw absent;
    const headers = this.cluster.version.blocking ? queryHeaders(found.index) : {};
    const answer = json(found.value, headers);
    if (query.has("pretty")) answer.body += "\n";
    // Consul complains, and answers all the same.
    return wrong ? text(400, wrong + answer.body) : answer;
  }

  #body({ body, ...request }, shape) {
    this.#noPartition(request);
    let found;
    try {
      found = decodeStruct(parseJson(body ?? ""), shape);
    } catch (error) {
      if (!(error instanceof GoError)) throw error;
      throw refuse(400, `Body decoding failed: ${error.message}`);
    }
    for (const [field, sentence] of Object.entries(shape.missing)) if (found[field] === "") throw refuse(400, sentence);
    this.#mustHaveLeader();
    return found;
  }

  #noPartition({ query, headers }) {
    if (query.has("partition")) throw refuse(400, `Invalid query parameter: "partition" - ${PARTITIONS}`);
    if (headers["x-consul-partition"]) throw refuse(400, `Invalid header: "X-Consul-Partition" - ${PARTITIONS}`);
  }

  #mustHaveLeader() {
    if (this.cluster.trouble === "leaderless") throw refuse(500, "No cluster leader");
  }

  #mayWrite(request) {
    this.#mustHaveLeader();
    const token = this.acl.identify(request);
    if (!this.acl.allows(token, "peering", "write")) throw this.acl.deny(token, "peering:write");
  }

  /** A no to a read comes late: the servers try again and again before they say it. */
  async #mayRead(request) {
    const { clock, pace, random } = this.cluster.world;
    this.#mustHaveLeader();
    try {
      if (!this.cluster.options.peering) throw refuse(500, "peering must be enabled to use this endpoint");
      const token = this.acl.identify(request);
      if (!this.acl.allows(token, "peering", "read")) throw this.acl.deny(token, "peering:read");
    } catch (refusal) {
      await sleep(clock, pace(random.between(...DENIED_READ_MS)), request.signal);
      throw refusal;
    }
  }
}

function readOptions(query) {
  const index = query.get("index") ?? "0";
  const wait = query.has("wait") ? parseDuration(query.get("wait")) : WAIT_DEFAULT_MS;
  const staleness = query.get("max_stale");
  const wrong =
    wait === undefined
      ? "Invalid wait time"
      : !/^[0-9]+$/.test(index)
        ? "Invalid index"
        : staleness && parseDuration(staleness) === undefined
          ? `Invalid max_stale value ${JSON.stringify(staleness)}`
          : query.has("stale") && query.has("consistent")
            ? "Cannot specify ?stale with ?consistent, conflicting semantics."
            : undefined;
  return { index: Number(index), wait: Math.min(wait ?? 0, WAIT_MAX_MS), wrong };
}

const redirect = (location) => ({
  status: 307,
  headers: { "content-type": "text/html; charset=utf-8", location },
  body: `<a href="${location}">Temporary Redirect</a>.\n\n`,
});

function split(text, at) {
  const index = text.indexOf(at);
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + 1)];
}

function decode(path) {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
