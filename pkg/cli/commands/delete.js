// consul-peering delete

import { mayDelete } from "../confirm.js";
import { EXIT } from "../failure.js";
import { NO_WAIT, YES } from "../options.js";
import { deletedView } from "../peering-view.js";

export const deletePeering = {
  name: "delete",
  operands: "NAME",
  least: 1,
  most: 1,
  group: "Peerings of one cluster",
  summary: "end a peering, until it is gone from the cluster",
  details: `It ends for both clusters: the other side becomes TERMINATED within seconds, and stays until you
delete it there too; disconnect does both. Tokens generated for the peering stop working. Deleting a peering that does
not exist is not an error.`,
  options: {
    yes: YES,
    "no-wait": NO_WAIT("it is gone"),
  },
  examples: [
    ["after a question", "consul-peering delete us --cluster eu"],
    ["in a script", "consul-peering delete us --cluster eu --yes"],
  ],
  async run(context) {
    const { values, output, target, call, peering } = context;
    const [name] = context.operands;
    const warning =
      `Deleting the peering "${name}" on ${target.label} ends it for both clusters: the far side becomes TERMINATED, ` +
      "and a peering token made for it is dead.";
    if (values.yes) output.note(warning);
    else if (!(await mayDelete("delete", warning, "Delete it?", context))) return EXIT.failed;
    const gone = await peering.remove(target.cluster, name, { ...call, wait: !values["no-wait"] });
    output.result(gone, () => deletedView(gone, name, target.label, { accepted: values["no-wait"] }));
    return EXIT.done;
  },
};
