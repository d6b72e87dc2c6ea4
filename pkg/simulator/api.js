// Consul's HTTP API for peerings: from a request's method, path, headers and body to an answer. A request has
// `{ method, target, headers, body, signal }`: target is path and query as they came, headers have lower-case names.

import { posix } from "node:path";
import { Acl } from "./acl.js";
import * as agent from "./agent.js";
import { compact, empty, json, queryHeaders, redirect, Refusal, refuse, text } from "./answers.js";
import { establish, generateToken, mustPeer, remove } from "./calls.js";
import { sleep } from "./clock.js";
import { GoError, isPrintable, quote } from "./go.js";
import { decodeStruct, parseJson } from "./json.js";
import { checkSize } from "./message.js";
import { readQueryOptions } from "./query-options.js";

/** The agent asks its servers again and again before it passes a no to a read on. */
const DENIED_READ_MS = [10_700, 13_500];
const READ_TRIES = 6;
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
    this.acl = new Acl(cluster.options.acl, cluster.world);
  }

  /** The answer to a request. Rejects only with the reason of the request's signal. */
  async answer(request) {
    const [rawPath, rawQuery] = split(request.target, "?");
    const path = decode(rawPath);
    if (path === undefined) return text(400, "400 Bad Request");
    if (!isPrintable(path)) return { status: 400, headers: {}, body: "" };
    const cleaned = clean(rawPath);
    if (cleaned !== rawPath) {
      const query = rawQuery === undefined ? "" : `?${rawQuery}`;
      return redirect(request.method, 307, "Temporary Redirect", cleaned + query);
    }
    const route = this.#route(path);
    if (!route) return agent.index(request.method, path, this.cluster.options.response_headers);
    return this.#sign(await this.#carryOut(route, { ...request, path }, rawQuery ?? ""));
  }

  async #carryOut(route, request, rawQuery) {
    const { method, path } = request;
    const { version, options } = this.cluster;
    const methods = Object.keys(route);
    const allow = { allow: ["OPTIONS", ...methods].join(",") };
    if (/%(?![0-9a-f]{2})|;/i.test(rawQuery))
      return version.typed ? text(500, "") : { status: 500, headers: {}, body: "" };
    if (options.block_endpoints.some((prefix) => path.startsWith(prefix))) {
      return text(403, "Endpoint is blocked by agent configuration");
    }
    if (method === "OPTIONS") return empty(version, allow);
    if (!Object.hasOwn(route, method)) return text(405, `method ${method} not allowed`, allow);
    if (method !== "GET" && options.restrict_writes) return text(403, "Access is restricted");
    const query = new URLSearchParams(rawQuery);
    try {
      const answer = await route[method]({ ...request, query });
      return query.has("pretty") && answer.body ? { ...answer, body: `${answer.body}\n` } : answer;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const prefix = error.status === 500 ? version.errorPrefix : "";
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
  #sign(answer) {
    const headers = {
      ...answer.headers,
      vary: "Accept-Encoding",
      "x-consul-default-acl-policy": this.acl.defaultPolicy,
      ...this.cluster.options.response_headers,
    };
    return { ...answer, headers };
  }

  async #generateToken(request) {
    const body = this.#body(request, BODIES.token);
    return json({ PeeringToken: await generateToken(this.cluster, body, () => this.#mayWrite(request)) });
  }

  async #establish(request) {
    const body = this.#body(request, BODIES.establish);
    await establish(this.cluster, body, () => this.#mayWrite(request), request.signal);
    return compact({});
  }

  async #delete(name, request) {
    mustBeNamed(name);
    noPartition(request);
    mustPeer(this.cluster);
    await this.#mayWrite(request);
    await remove(this.cluster, name);
    return empty(this.cluster.version);
  }

  async #read(name, request) {
    mustBeNamed(name);
    noPartition(request);
    return this.#query(request, () => this.cluster.read(name), refuse(404, `Peering not found for ${quote(name)}`));
  }

  async #list(request) {
    noPartition(request);
    return this.#query(request, () => this.cluster.list());
  }

  /** A read, which may ask to be kept waiting until something changes. */
  async #query(request, look, absent) {
    const { index, wait, jitter, wrong } = readQueryOptions(request.query);
    const { version, world } = this.cluster;
    try {
      await this.#mayRead(request);
      if (index > 0 && version.blocking) {
        const atMost = wait + world.random.between(0, jitter);
        await this.cluster.until(() => look().index > index, atMost, request.signal);
        await this.#mayRead(request);
      }
      const found = look();
      if (found.value === undefined) throw absent;
      const answer = json(found.value, version.blocking ? queryHeaders(found.index) : {});
      return wrong ? text(400, wrong + answer.body) : answer;
    } catch (refusal) {
      // Consul complains of the query, and then answers all the same.
      if (!wrong || !(refusal instanceof Refusal)) throw refusal;
      throw refuse(400, wrong + refusal.text);
    }
  }

  #body(request, shape) {
    let found;
    try {
      found = decodeStruct(parseJson(request.body ?? ""), shape);
    } catch (error) {
      if (!(error instanceof GoError)) throw error;
      throw refuse(400, `Body decoding failed: ${error.message}`);
    }
    for (const [field, sentence] of Object.entries(shape.missing)) if (found[field] === "") throw refuse(400, sentence);
    noPartition(request);
    checkSize(found);
    return found;
  }

  async #mayWrite(request) {
    await this.cluster.mustHaveLeader(request.signal);
    const token = this.acl.identify(request);
    if (!this.acl.allows(token, "peering", "write")) throw this.acl.deny(token, "peering:write");
  }

  async #mayRead(request) {
    const { clock, pace, random } = this.cluster.world;
    await this.cluster.mustHaveLeader(request.signal, { times: READ_TRIES });
    try {
      mustPeer(this.cluster);
      const token = this.acl.identify(request);
      if (!this.acl.allows(token, "peering", "read")) throw this.acl.deny(token, "peering:read");
    } catch (refusal) {
      await sleep(clock, pace(random.between(...DENIED_READ_MS)), request.signal);
      throw refusal;
    }
  }
}

function mustBeNamed(name) {
  if (name === "") throw refuse(400, "Must specify a name to fetch.");
}

function noPartition({ query, headers }) {
  if (query.get("partition")) throw refuse(400, `Invalid query parameter: "partition" - ${PARTITIONS}`);
  if (headers["x-consul-partition"]) throw refuse(400, `Invalid header: "X-Consul-Partition" - ${PARTITIONS}`);
}

/** A path as Go's router wants it: no double slashes, no dots, and one where there is nothing but more below it. */
function clean(path) {
  const cleaned = posix.normalize(path);
  return cleaned === "/v1/peering" ? "/v1/peering/" : cleaned;
}

function split(text, at) {
  const index = text.indexOf(at);
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + 1)];
}

function decode(path) {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
