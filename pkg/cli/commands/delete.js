// consul-peering delete

import { mayDelete } from "../confirm.js";
import { EXIT } from "../failure.js";
import { lostText, lostWith } from "../lost-services.js";
import { DRY_RUN, NO_WAIT, YES } from "../options.js";
import { deletedView, peeringSentence } from "../peering-view.js";
import { printable } from "../terminal.js";

/**
 * @import { Peering } from "../../index.js"
 * @import { Target } from "../clusters.js"
 * @import { Lost } from "../lost-services.js"
 * @import { ClusterContext, Command } from "./index.js"
 */

/** @type {Command} */
export const deletePeering = {
  name: "delete",
  operands: "NAME",
  least: 1,
  most: 1,
  group: "Peerings of one cluster",
  summary: "delete a peering and wait until it is deleted",
  details: `This disconnects both clusters: the other side becomes TERMINATED within seconds and stays until you delete it there
too; \`disconnect\` deletes both sides. Unused peering tokens of the peering become invalid. Deleting a peering that does not
exist is not an error.`,
  options: {
    "dry-run": DRY_RUN,
    yes: YES,
    "no-wait": NO_WAIT("it is deleted"),
  },
  examples: [
    ["ask for confirmation first, naming the services that disappear", "consul-peering delete west --cluster east"],
    ["preview what it would delete", "consul-peering delete west --cluster east --dry-run"],
    ["in a script", "consul-peering delete west --cluster east --yes"],
  ],
  async run(context) {
    const { values, output, target, call, peering } = context;
    const [name] = context.operands;
    if (!values.yes || values["dry-run"]) {
      const found = await peering.read(target.cluster, name, call);
      if (values["dry-run"]) return showDryRun(found, name, context);
      if (!found) {
        output.result(null, () => deletedView(null, name, target.label));
        return EXIT.done;
      }
      const text = `${warningFor(name, target)}\n${lostText(lostOn(target, found))}`;
      if (!(await mayDelete("delete", text, "Delete the peering?", context))) return EXIT.failed;
    }
    const gone = await peering.remove(target.cluster, name, { ...call, wait: !values["no-wait"] });
    output.result(gone, () => deletedView(gone, name, target.label, { accepted: values["no-wait"] }));
    if (gone && values.yes) output.note("The other side becomes TERMINATED, and stays until it is deleted there, too.");
    return EXIT.done;
  },
};

/**
 * @param {string} name
 * @param {Target} target
 */
const warningFor = (name, { label }) =>
  `Deleting the peering "${name}" on ${label} disconnects both clusters: the other side becomes TERMINATED, and its ` +
  "unused peering tokens become invalid.";

/**
 * The services that disappear, by where.
 * @param {Target} target
 * @param {Peering} found
 * @returns {Lost}
 */
function lostOn({ label }, found) {
  const { here, there } = lostWith(found);
  return [
    [`on ${printable(label)}`, here],
    ["on the other side", there],
  ];
}

/**
 * @param {Peering | null} found
 * @param {string} name
 * @param {ClusterContext} context
 */
function showDryRun(found, name, { output, target }) {
  output.result({ peering: found, services_lost: lostWith(found) }, () =>
    found
      ? `Would be deleted: ${printable(peeringSentence(found, target.label))}\n${lostText(lostOn(target, found), { all: true })}\n`
      : deletedView(null, name, target.label),
  );
  return found ? EXIT.checkFailed : EXIT.done;
}
