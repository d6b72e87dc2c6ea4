// consul-peering connect

import { mayDelete } from "../confirm.js";
import { EXIT } from "../failure.js";
import { healthTable, isHealthy, withHealth } from "../health-view.js";
import { wrap } from "../layout.js";
import { DRY_RUN, SEVERAL_OPTIONS, SIDES, YES, VERBOSE } from "../options.js";
import { choosePair, onPair } from "../pair.js";
import { reportPair } from "../pair-progress.js";
import { clustersTable } from "../peering-view.js";
import { deletions, notesView } from "../plan-view.js";
import { printable } from "../terminal.js";
import { untilHealthy } from "../until-healthy.js";
import { planOf, planOfNext, showPlan } from "./plan.js";

/**
 * @import { Linked, NextStep, Peering, PlanNote } from "../../index.js"
 * @import { PeeringHealth } from "../health-view.js"
 * @import { Pair, PairSide } from "../pair.js"
 * @import { Colours } from "../terminal.js"
 * @import { Command, Context } from "./index.js"
 *
 * @typedef {{ found: (Peering | null)[], missing: boolean, all: PeeringHealth[] }} Reading  of both sides
 */

const TIMEOUT_MS = 60_000;

/** @type {Command} */
export const connect = {
  name: "connect",
  operands: "A B",
  least: 2,
  most: 2,
  group: "Connect clusters",
  summary: "connect two clusters and wait until both sides are ACTIVE: A accepts, B dials",
  details: `A and B are aliases of clusters.json or URLs. The peering token is passed from A to B in memory and is never shown.
The command is idempotent, and completes an interrupted run. It does not touch peerings that may belong to another
owner. Before it deletes and recreates a side that cannot become ACTIVE again, it asks for confirmation.

Until a service is exported, nothing can be called through the peering; the output says so.

The servers of B open a gRPC connection to the gRPC TLS port of the servers of A (8503 by default), or to the addresses
of --external-address. A opens no connection to B.

Exit code 0: both sides are ACTIVE. With --dry-run, exit code 3: there are pending changes.

With --until-healthy, the command then waits until both sides are healthy: heartbeats arrive, and each side imports the
services that the other side exports. That takes about 15 seconds longer. If they are not healthy within another
--timeout, the exit code is 3, and the reasons are printed.`,
  clusterOptions: SEVERAL_OPTIONS,
  options: {
    ...SIDES,
    "dry-run": DRY_RUN,
    verbose: VERBOSE,
    "until-healthy": {
      type: "boolean",
      help: "after linking, wait until both sides are healthy; exit code 3 if they are not",
    },
    yes: YES,
  },
  examples: [
    ["two aliases of clusters.json, which are also the names of the peerings", "consul-peering connect east west"],
    ["preview the steps", "consul-peering connect east west --dry-run"],
    ["in CI: return when heartbeats arrive", "consul-peering connect east west --until-healthy"],
    [
      "two addresses: each side needs a name for the other",
      "consul-peering connect https://consul.east.example:8501 http://127.0.0.1:8500 --a-name west --b-name east",
    ],
    ["A behind a load balancer", "consul-peering connect east west --external-address peering.east.example:8443"],
  ],
  async run(context) {
    const { values, output, call, peering } = context;
    const pair = choosePair(context);
    if (values["dry-run"]) return showPlan(await planOf("connect", pair, context), pair, context, "connect");
    const found = await planOfNext("connect", pair, context);
    const warning = deletions(found, pair);
    if (warning && !values.yes && !(await mayDelete("connect", warning, "Continue?", context))) return EXIT.failed;

    const [a, b] = pair.map(({ side }) => side);
    const onProgress = reportPair(output, call, pair, values);
    const linked = await onPair("connect", pair, () => peering.connect(a, b, { ...call, onProgress }));
    const waited = values["until-healthy"] ? await waitUntilHealthy(pair, context) : undefined;
    const health = waited?.all;
    const latest = waited ? { ...linked, ...waited.sides } : linked;
    const document = { ...latest, notes: found.notes, ...(health && { health }) };
    output.result(document, () => {
      const shown = linkedView(latest, pair, found.notes, output.colour);
      return [
        shown,
        ...(health ? [healthTable(health, output.colour, { several: true })] : []),
        ...(linked.next ? [nextView(linked.next, pair, output.colour)] : []),
      ].join("\n");
    });
    return health && !health.every(isHealthy) ? EXIT.checkFailed : EXIT.done;
  },
};

/**
 * Both sides once they are healthy, or their last reading after the timeout.
 * @param {Pair} pair
 * @param {Context} context
 * @returns {Promise<{ all: PeeringHealth[], sides: { acceptor: Peering, dialer: Peering } }>}
 */
async function waitUntilHealthy(pair, { output, signal, call, peering }) {
  /** @param {Reading} [first] @returns {Promise<Reading>} */
  const read = async (first) => {
    const found = await Promise.all(pair.map(({ side }) => peering.read(side.cluster, side.peer_name, call)));
    const there = found.filter((each) => each !== null);
    if (there.length < found.length) return { found, missing: true, all: [] };
    const all = there.map((each, i) =>
      withHealth(peering, pair[i].name, each, { other: found[1 - i], previous: first?.found[i] ?? null }),
    );
    return { found, missing: false, all };
  };
  const { found, all } = await untilHealthy(read, { wait: call.timeout ?? TIMEOUT_MS, signal, output });
  const [acceptor, dialer] = found;
  if (!acceptor || !dialer) throw new Error("One side was deleted while waiting for both to be healthy.");
  return { all, sides: { acceptor, dialer } };
}

/**
 * @param {Linked} linked
 * @param {Pair} pair
 * @param {PlanNote[]} notes
 * @param {Colours} colour
 */
function linkedView(linked, pair, notes, colour) {
  const [a, b] = pair.map(({ name }) => printable(name));
  const [accepts, dials] = linked.reversed ? [b, a] : [a, b];
  const which = `${accepts} accepts, ${dials} dials`;
  const first = linked.changed
    ? `Connected: ${which}.`
    : `Nothing to do: ${a} and ${b} are already connected (${which}).`;
  return `${first}\n${notesView(notes, colour)}${sidesTable(linked, pair, colour)}`;
}

/**
 * What comes after a link.
 * @param {NextStep} next
 * @param {Pair} pair
 * @param {Colours} colour
 */
function nextView({ code, message }, [a, b], colour) {
  /** @param {"a" | "b"} letter @param {PairSide} side @param {PairSide} other */
  const named = (letter, { side }, other) =>
    side.peer_name === other.name ? "" : ` --${letter}-name ${side.peer_name}`;
  const troubleshoot = `consul-peering troubleshoot ${a.name} ${b.name}${named("a", a, b)}${named("b", b, a)}`;
  const text =
    code === "nothing_exported"
      ? `nothing is exported yet, so no service can be called through this peering. Export one with \`consul config write\` and an exported-services config entry, then run \`${troubleshoot}\``
      : message;
  return `${wrap(`Next: ${printable(text)}.`, colour.width)
    .join("\n")
    .replace("Next:", colour.bold("Next:"))}\n`;
}

/**
 * Both sides of a link.
 * @param {Linked} linked
 * @param {Pair} pair
 * @param {Colours} colour
 */
export function sidesTable({ acceptor, dialer }, [a, b], colour) {
  return clustersTable(
    [
      [a.name, acceptor],
      [b.name, dialer],
    ],
    colour,
  );
}
