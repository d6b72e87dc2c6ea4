// consul-peering watch

import { setTimeout as sleep } from "node:timers/promises";
import { duration } from "../arguments.js";
import { describe, EXIT, wasInterrupted } from "../failure.js";
import { displayWidth } from "../layout.js";
import { ALL, ENDLESS_OPTIONS } from "../options.js";
import { reportFailedClusters } from "../overview.js";
import { changes, createContactView } from "../watch-view.js";

/**
 * @import { Cluster, Peering, WatchOptions } from "../../index.js"
 * @import { Failure } from "../failure.js"
 * @import { Values } from "../options.js"
 * @import { Member } from "../overview.js"
 * @import { Observed } from "../watch-view.js"
 * @import { Command, Context } from "./index.js"
 */

const LONGEST = { most: 600_000, said: "10 minutes" };
const START_AGAIN_MS = 5_000;

/** @type {Command} */
export const watch = {
  name: "watch",
  operands: "[NAME|ALIAS…]",
  least: 0,
  takesName: true,
  group: "Peerings of one cluster",
  summary: "show the peerings of one or several clusters and each change, until Ctrl-C",
  details: `Prints a line for each peering and each of its changes, for NAME only or for all peerings. It also reports lost and
regained contact with the cluster. After Ctrl-C, the exit code is 0.

With aliases or --all, it watches each of these clusters. A single argument is an alias of clusters.json, unless --cluster
or CONSUL_HTTP_ADDR names the cluster; then it is the name of a peering.

With --json, it prints a line for each difference, including heartbeats: a list of peerings or, with NAME, that peering,
and null while it does not exist. For several clusters, lines are { type: "peerings", cluster, peerings }, and
{ type: "failed", cluster, error } for a cluster that cannot be watched. Contact is reported as
{ type: "contact_lost", cluster, code, reason } and { type: "contact_regained", cluster }.`,
  clusterOptions: ENDLESS_OPTIONS,
  options: {
    all: ALL,
    interval: {
      type: "string",
      value: "TIME",
      help: "polling interval for ACTIVE, FAILING and heartbeats (default: 2s)",
    },
  },
  examples: [
    ["the cluster east", "consul-peering watch --cluster east"],
    ["all clusters of clusters.json", "consul-peering watch --all"],
    [
      "the states of one peering, for a program",
      "consul-peering watch west --cluster east --json | jq --unbuffered -r .state",
    ],
  ],
  async run({ operands: [name], values, output, signal, target, peering }) {
    const { alias, label, cluster } = target;
    const contact = createContactView({ cluster: alias ?? cluster.address, label }, output);
    const options = { signal, ...intervalOf(values), onProgress: contact.handle };
    try {
      /** @type {AsyncIterable<Observed>} */
      const observed = name === undefined ? peering.watch(cluster, options) : peering.watch(cluster, name, options);
      /** @type {Observed | undefined} */
      let before;
      for await (const now of observed) {
        if (output.json) output.print(`${JSON.stringify(now)}\n`);
        else output.print(changes(before, now, { name, label }, output.colour));
        before = now;
      }
    } catch (error) {
      if (!wasInterrupted(signal)) throw error;
    }
    return EXIT.done;
  },
  async overview(members, { values, output, signal, env, peering }) {
    const width = Math.max(...members.map(({ name }) => displayWidth(name)));
    const options = { signal, ...intervalOf(values) };
    /** @type {Member[]} */
    const failed = [];
    /** @param {Member} member */
    const follow = async (member) => {
      const { name: cluster, label, cluster: target, error } = member;
      const contact = createContactView({ label, cluster, width }, output);
      try {
        if (target === undefined) throw error;
        const how = { ...options, onProgress: contact.handle };
        await followOne({ cluster, label, target }, contact, how, { width, output, signal, peering });
      } catch (error) {
        if (signal.aborted) return;
        failed.push({ ...member, error });
        if (output.json) {
          const of = { command: watch, participants: [{ cluster }], clusters: values.clusters, env };
          const described = describe(error, [], of);
          output.print(`${JSON.stringify({ type: "failed", cluster, error: described })}\n`);
        } else reportFailedClusters([{ ...member, error }], { command: watch, output, values, env });
      }
    };
    await Promise.all(members.map(follow));
    if (signal.aborted && !wasInterrupted(signal)) throw signal.reason;
    return failed.length ? EXIT.failed : EXIT.done;
  },
};

/**
 * One of several clusters. A retryable failure does not end the watch, not even before the first value.
 * @param {{ cluster: string, label: string, target: Cluster }} member
 * @param {ReturnType<typeof createContactView>} contact
 * @param {WatchOptions} options
 * @param {Pick<Context, "output" | "signal" | "peering"> & { width: number }} context
 */
async function followOne({ cluster, label, target }, contact, options, { width, output, signal, peering }) {
  /** @type {Peering[] | undefined} */
  let before;
  for (;;) {
    try {
      for await (const peerings of peering.watch(target, options)) {
        contact.responded();
        if (output.json) output.print(`${JSON.stringify({ type: "peerings", cluster, peerings })}\n`);
        else output.print(changes(before, peerings, { label, cluster, width }, output.colour));
        before = peerings;
      }
    } catch (error) {
      /** @type {Failure} */
      const failure = error ?? {};
      if (signal.aborted || !failure.retryable) throw error;
      contact.failed(failure);
      await sleep(START_AGAIN_MS, undefined, { signal });
    }
  }
}

/** @param {Values} values */
function intervalOf({ interval }) {
  return interval === undefined ? {} : { interval: duration(interval, "--interval", LONGEST) };
}
