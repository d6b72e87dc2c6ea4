// consul-peering disconnect

import { mayDelete } from "../confirm.js";
import { EXIT } from "../failure.js";
import { lostBetween, lostText } from "../lost-services.js";
import { DRY_RUN, NAMES, SEVERAL_OPTIONS, YES, VERBOSE } from "../options.js";
import { choosePair, onPair } from "../pair.js";
import { reportPair } from "../pair-progress.js";
import { deletedView, peeringSentence } from "../peering-view.js";
import { printable } from "../terminal.js";

/**
 * @import { Disconnected, Peering } from "../../index.js"
 * @import { Lost } from "../lost-services.js"
 * @import { Output } from "../output.js"
 * @import { Pair } from "../pair.js"
 * @import { Command } from "./index.js"
 */

/** @type {Command} */
export const disconnect = {
  name: "disconnect",
  operands: "A B",
  least: 2,
  most: 2,
  group: "Connect clusters",
  summary: "delete both sides of a link and wait until they are deleted",
  details: `Deletes only peerings that are verified to belong to this pair, or that were never linked. A missing peering is
not an error.`,
  clusterOptions: SEVERAL_OPTIONS,
  options: {
    ...NAMES,
    force: { type: "boolean", help: "delete the peerings of these names, whatever they are linked with" },
    "dry-run": DRY_RUN,
    verbose: VERBOSE,
    yes: YES,
  },
  examples: [
    ["ask for confirmation first", "consul-peering disconnect east west"],
    ["in a script", "consul-peering disconnect east west --yes"],
  ],
  async run(context) {
    const { values, output, call, peering } = context;
    const pair = choosePair(context);
    const [a, b] = pair.map(({ side }) => side);
    const options = { force: values.force ?? false };
    const warning = warningFor(pair, options);
    if (!values.yes || values["dry-run"]) {
      const found = await onPair("disconnect", pair, () =>
        peering.disconnect(a, b, { ...call, ...options, dryRun: true }),
      );
      if (values["dry-run"]) return showDryRun(found, pair, output);
      if (existing(found, pair).length) {
        const text = [warning, ...existing(found, pair).map(sentence), lostText(lostOn(found, pair))].join("\n");
        const question = existing(found, pair).length > 1 ? "Delete both peerings?" : "Delete the peering?";
        if (!(await mayDelete("disconnect", text, question, context))) return EXIT.failed;
      }
    }
    const onProgress = reportPair(output, call, pair, values);
    const gone = await onPair("disconnect", pair, () => peering.disconnect(a, b, { ...call, ...options, onProgress }));
    output.result(gone, () => endedView(gone, pair));
    return EXIT.done;
  },
};

/**
 * @param {Pair} pair
 * @param {{ force: boolean }} options
 */
function warningFor([a, b], { force }) {
  const [onA, onB] = [a, b].map(({ name, side }) => `"${side.peer_name}" on ${name}`);
  const linkedWith = force ? ", whatever they are linked with" : "";
  return `Disconnecting ${a.name} and ${b.name} deletes the peerings ${onA} and ${onB}${linkedWith}.`;
}

/**
 * The existing peerings of each side.
 * @param {Disconnected} found
 * @param {Pair} pair
 */
function existing({ a, b }, [sideA, sideB]) {
  return [...(a ? [{ found: a, label: sideA.label }] : []), ...(b ? [{ found: b, label: sideB.label }] : [])];
}

/** @param {{ found: Peering, label: string }} each */
const sentence = ({ found, label }) => peeringSentence(found, label);

/**
 * The services that disappear, by where.
 * @param {Disconnected} found
 * @param {Pair} pair
 * @returns {Lost}
 */
function lostOn({ a, b }, [sideA, sideB]) {
  const lost = lostBetween(a, b);
  return [
    [`on ${printable(sideA.name)}`, lost.a],
    [`on ${printable(sideB.name)}`, lost.b],
  ];
}

/**
 * @param {Disconnected} found
 * @param {Pair} pair
 * @param {Output} output
 */
function showDryRun(found, pair, output) {
  const there = existing(found, pair);
  output.result({ ...found, services_lost: lostBetween(found.a, found.b) }, () =>
    there.length
      ? there.map((each) => `Would be deleted: ${printable(sentence(each))}\n`).join("") +
        `${lostText(lostOn(found, pair), { all: true })}\n`
      : endedView(found, pair),
  );
  return there.length ? EXIT.checkFailed : EXIT.done;
}

/**
 * @param {Disconnected} gone
 * @param {Pair} pair
 */
function endedView({ a, b }, [sideA, sideB]) {
  // The second side may have lost its imports before its last read; the first knows its exports.
  const lost = lostBetween(a, b);
  return (
    deletedView(a, sideA.side.peer_name, sideA.label, { lost: lost.a }) +
    deletedView(b, sideB.side.peer_name, sideB.label, { lost: lost.b })
  );
}
