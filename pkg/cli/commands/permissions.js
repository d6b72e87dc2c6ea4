// consul-peering permissions

import { EXIT } from "../failure.js";
import { facts } from "../output.js";
import { printable } from "../terminal.js";

export const permissions = {
  name: "permissions",
  least: 0,
  most: 0,
  group: "Checks",
  summary: "say whether the ACL token may read and change peerings",
  details: "Where ACLs are off, everybody may do both.",
  examples: [
    ["of the environment's token", "consul-peering permissions"],
    ["of an alias' token, for a script", "consul-peering permissions --cluster eu --json | jq .write"],
  ],
  async run({ output, target, call, peering }) {
    const may = await peering.permissions(target.cluster, call);
    const { colour } = output;
    const word = (allowed) => (allowed ? colour.green("yes") : colour.red("no"));
    const show = () =>
      facts(
        [
          ["Cluster", printable(target.label)],
          ["Read", word(may.read)],
          ["Write", word(may.write)],
        ],
        colour,
      );
    output.result(may, show);
    return EXIT.done;
  },
};
