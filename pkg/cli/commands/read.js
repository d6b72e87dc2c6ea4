// consul-peering read, consul-peering list

import { EXIT } from "../failure.js";
import { peeringTable, peeringView } from "../peering-view.js";

export const read = {
  name: "read",
  operands: "NAME",
  least: 1,
  most: 1,
  group: "Peerings of one cluster",
  summary: "show one peering",
  details: "Exit code 1 when there is none of that name; with --json, that is null.",
  examples: [
    ["what the cluster eu knows of us", "consul-peering read us --cluster eu"],
    ["only its state", "consul-peering read us --json | jq -r .state"],
  ],
  async run({ operands: [name], output, target, call, peering }) {
    const found = await peering.read(target.cluster, name, call);
    if (found) output.result(found, () => peeringView(found, output.colour));
    else output.result(null, () => "");
    if (!found && !output.json) {
      output.complain(
        `There is no peering "${name}" on ${target.label}. \`consul-peering list\` shows those there are.\n`,
      );
    }
    return found ? EXIT.done : EXIT.failed;
  },
};

export const list = {
  name: "list",
  least: 0,
  most: 0,
  group: "Peerings of one cluster",
  summary: "show all peerings of a cluster",
  examples: [
    ["all of the cluster eu", "consul-peering list --cluster eu"],
    [
      "the names of those that are not ACTIVE",
      `consul-peering list --json | jq -r '.[] | select(.state != "ACTIVE").peer_name'`,
    ],
  ],
  async run({ output, target, call, peering }) {
    const all = await peering.list(target.cluster, call);
    output.result(all, () => (all.length ? peeringTable(all, output.colour) : none(target.label)));
    return EXIT.done;
  },
};

const none = (label) => `No peerings on ${label}.
The first step is a token, made on the cluster that accepts: consul-peering token generate NAME
`;
