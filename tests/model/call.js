// One call of the module, with its arguments, requests, progress and result.

import { readFileSync } from "node:fs";
import { checkEnding } from "./ending.js";
import { checkSending } from "./sending.js";
import { tokenOf } from "./record.js";

export class Calls {
  /** The tokens that `generateToken` has resolved with: `{ call, cluster, name, text, peer_id, server_name, secret }`. */
  tokens = [];
  made = [];

  /**
   * @param {object} api       the module, or a wrapper of it
   * @param {World} world
   * @param {function} violate takes a rule, a text and the call
   */
  constructor(api, world, violate) {
    Object.assign(this, { api, world, violate });
  }

  /** The secrets that must not occur in errors and progress. */
  get secrets() {
    const acl = Object.values(this.world.clusters).map(({ token }) => token);
    const peering = this.tokens.flatMap(({ text, secret }) => [text.slice(-80), secret]);
    return [...acl.filter(Boolean), ...peering];
  }

  /**
   * Makes a call and checks its result. Never rejects; the call has a `value` or an `error`.
   *
   * @param {string} caller its name
   * @param {object} planned `op`, `at` (the cluster), `peer_name`, `spec` (except the name), `until`, `token` (an ACL
   *   token), `options`, `abortAfter` in ms
   */
  async make(caller, { op, at, peer_name, spec = {}, until, token, options = {}, abortAfter }) {
    const { world } = this;
    const label = `${caller}#${this.made.length + 1}`;
    const call = {
      label,
      op,
      at,
      peer_name,
      spec,
      until,
      token,
      options,
      abortAfter,
      requests: [],
      progress: [],
      started: world.time.now,
    };
    this.made.push(call);
    world.counts.calls++;
    const violate = (rule, text) => this.violate(rule, text, call);
    const cluster = world.clusterFor(call, (write) => checkSending(call, write, world.roundTrip, violate));
    call.address = cluster.address;
    const described = { ...spec, ...(spec.peering_token && { peering_token: `of ${spec.peering_token.made}` }) };
    call.dialed = spec.peering_token;
    call.spec = { ...spec, peering_token: spec.peering_token?.text };
    const steer = { ...options, onProgress: (progress) => this.#receiveProgress(call, progress, violate) };
    if (abortAfter !== undefined) {
      const controller = new AbortController();
      steer.signal = controller.signal;
      call.reason = new Error("the caller has aborted");
      world.time.clock.setTimeout(() => {
        if (call.settled === undefined) world.trace(`${label} is aborted`);
        controller.abort(call.reason);
      }, abortAfter);
    }
    world.trace(
      `${label} ${op} ${peer_name ?? ""} at ${at} ${JSON.stringify({ ...described, ...options, abortAfter, until: until && String(until), token: token && "another" })}`,
    );
    try {
      call.value = await this.#perform(op, cluster, { peer_name, ...call.spec }, until, steer);
    } catch (error) {
      call.error = error;
      call.failed = true;
    }
    call.settled = world.time.now;
    if (!call.failed && op === "generateToken") {
      call.token_made = { call, cluster: at, name: peer_name, made: label, ...tokenOf(call.value) };
      this.tokens.push(call.token_made);
    }
    world.trace(`${label} ${ended(call)}`);
    await checkEnding(call, this, violate);
    return call;
  }

  #perform(op, cluster, { peer_name, peering_token, meta }, until, options) {
    const { api } = this;
    if (op === "establish") return api.establish(cluster, { peer_name, peering_token, meta }, options);
    if (op === "generateToken") return api.generateToken(cluster, { peer_name, meta }, options);
    if (op === "wait") return api.wait(cluster, peer_name, until, options);
    if (op === "list" || op === "permissions") return api[op](cluster, options);
    return api[op](cluster, peer_name, options);
  }

  #receiveProgress(call, progress, violate) {
    call.progress.push(progress);
    this.world.trace(`${call.label} reports ${progress.kind}: ${progress.text}`);
    if (call.settled !== undefined) violate("ends once", `it reported progress after its end: ${progress.text}`);
  }
}

function ended({ op, failed, error, value }) {
  if (failed) {
    const left = (error?.left_behind ?? []).map(({ what }) => what);
    return `rejects: ${error?.code ?? error} ${error?.message ?? ""} ${left.length ? `left behind: ${left.join("; ")}` : ""}`;
  }
  if (op === "generateToken") return "resolves with a token";
  if (Array.isArray(value)) return `resolves with ${value.length} peerings`;
  return `resolves with ${value === null ? "null" : `${value.id?.slice(0, 8)} ${value.state}`}`;
}

const types = readFileSync(new URL("../../pkg/index.d.ts", import.meta.url), "utf8");

/** The codes that the types document. */
export const CODES = new Set(
  [
    ...types
      .split("export type Code =")[1]
      .split(";\n\n")[0]
      .matchAll(/\| "([a-z_]+)"/g),
  ].map(([, code]) => code),
);
