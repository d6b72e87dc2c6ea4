// What a rotation and a disconnection would do, told without doing it. (What connect would do, `plan` tells.)

/**
 * @import { Code, FetchInit, Plan, PlanStep } from "../index.js"
 * @import { ChosenCluster } from "./clusters.js"
 * @import { Call, Library } from "./commands/index.js"
 * @import { Pair, PairSide } from "./pair.js"
 */

/** A refusal as the call itself would make it. */
class Refused extends Error {
  /**
   * @param {Code} code
   * @param {string} message
   * @param {PairSide} on
   * @param {string} [hint]
   */
  constructor(code, message, { side, address }, hint = "") {
    super(message);
    Object.assign(this, { code, hint, cluster: address, peer_name: side.peer_name, findings: [], left_behind: [] });
  }
}

/**
 * The plan of a rotation.
 * @param {Plan} plan  that of the pair
 * @param {Pair} pair
 * @returns {Plan}
 */
export function rotation(plan, [a, b]) {
  const accepting = plan.reversed ? b : a;
  /** @type {PlanStep["on"][]} */
  const [acceptor, dialer] = plan.reversed ? ["dialer", "acceptor"] : ["acceptor", "dialer"];
  if (!plan.linked) {
    const hint = `\`consul-peering connect ${a.name} ${b.name}\` links them, and needs no rotation afterwards.`;
    throw new Refused("not_active", `${a.name} and ${b.name} are not linked with each other.`, a, hint);
  }
  if (!accepting.side.server_external_addresses) {
    const message = `A new token forgets the external addresses of ${accepting.name}, and they were not named.`;
    throw new Refused("external_addresses_unknown", message, accepting);
  }
  /** @type {PlanStep[]} */
  const steps = [
    { on: acceptor, action: "generate", code: "requested", reason: "a new token was requested" },
    { on: dialer, action: "establish", code: "new_token", reason: "with the new token" },
  ];
  return { ...plan, steps };
}

/**
 * What a disconnection would delete: it is begun, with all that it checks, and stopped at its first deletion, which is
 * not sent.
 * @param {Library} peering
 * @param {Pair} pair
 * @param {Call} call
 * @param {{ force: boolean }} options
 * @returns {ReturnType<Library["disconnect"]>}
 */
export async function wouldDelete(peering, pair, call, options) {
  const stop = new AbortController();
  const signal = AbortSignal.any([call.signal, stop.signal]);
  const [a, b] = pair.map(({ side }) => ({
    ...side,
    cluster: { ...side.cluster, fetch: reading(side.cluster, stop) },
  }));
  try {
    // What it tells on the way would be of a deletion.
    return await peering.disconnect(a, b, { ...call, ...options, signal, onProgress: undefined });
  } catch (error) {
    if (error !== stop.signal.reason) throw error;
  }
  const standing = pair.map(({ side }) => peering.read(side.cluster, side.peer_name, call));
  const [onA, onB] = await Promise.all(standing);
  return { a: onA, b: onB };
}

/**
 * A fetch that ends it all where something would be deleted.
 * @param {ChosenCluster} cluster
 * @param {AbortController} stop
 */
function reading({ fetch = globalThis.fetch }, stop) {
  return (/** @type {string} */ url, /** @type {FetchInit} */ init) => {
    if (init.method === "DELETE") stop.abort(new Error("It would be deleted now."));
    stop.signal.throwIfAborted();
    return fetch(url, init);
  };
}
