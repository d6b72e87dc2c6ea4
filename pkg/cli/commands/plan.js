// consul-peering plan

import { setTimeout as sleep } from "node:timers/promises";
import { EXIT } from "../failure.js";
import { SEVERAL_OPTIONS, SIDES } from "../options.js";
import { choosePair, onPair } from "../pair.js";
import { planView } from "../plan-view.js";

/**
 * @import { Plan } from "../../index.js"
 * @import { Failure } from "../failure.js"
 * @import { Pair } from "../pair.js"
 * @import { Command, Context } from "./index.js"
 */

/** @type {Command} */
export const plan = {
  name: "plan",
  operands: "A B",
  least: 2,
  most: 2,
  group: "Connect clusters",
  summary: "preview the steps of `connect A B` with reasons; change nothing",
  details: `Exit code 0: no pending changes. 3: pending changes. 1: the clusters cannot be connected.`,
  clusterOptions: SEVERAL_OPTIONS,
  options: SIDES,
  examples: [
    ["two aliases of clusters.json", "consul-peering plan east west"],
    ["in CI: fail unless the link has these settings", "consul-peering plan east west --b-meta team=payments"],
    ["only the steps", "consul-peering plan east west --json | jq -r '.steps[] | .action + \" on the \" + .on'"],
  ],
  async run(context) {
    const pair = choosePair(context);
    return showPlan(await planOf("plan", pair, context), pair, context, "connect");
  },
};

/**
 * The plan of a pair, for a command.
 * @param {string} command
 * @param {Pair} pair
 * @param {Context} context
 */
export function planOf(command, pair, { call, peering }) {
  const [a, b] = pair.map(({ side }) => side);
  return onPair(command, pair, () => peering.plan(a, b, call));
}

const PASSING_MS = 8_000;
const PASSING_POLL_MS = 500;

/**
 * The plan before a change; waits while another call connects the pair in the opposite direction.
 * @param {string} command
 * @param {Pair} pair
 * @param {Context} context
 */
export async function planOfNext(command, pair, context) {
  const end = performance.now() + PASSING_MS;
  for (;;) {
    try {
      return await planOf(command, pair, context);
    } catch (error) {
      /** @type {Failure} */
      const { code, retryable } = error ?? {};
      if (code !== "role_conflict" || !retryable || performance.now() >= end) throw error;
      context.output.progress.show("waiting for another call that may be connecting in the other direction");
      await sleep(PASSING_POLL_MS, undefined, { signal: context.signal });
    }
  }
}

/**
 * Shows a plan that `command` carries out.
 * @param {Plan} found
 * @param {Pair} pair
 * @param {Context} context
 * @param {string} command
 */
export function showPlan(found, pair, { output, values }, command) {
  const next = values["dry-run"]
    ? "Run again without --dry-run to apply."
    : `To apply, run \`${command}\` with the same arguments and options.`;
  output.result(found, () => planView(found, pair, next, output.colour));
  return found.steps.length ? EXIT.checkFailed : EXIT.done;
}
