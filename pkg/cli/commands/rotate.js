// consul-peering rotate

import { EXIT } from "../failure.js";
import { DRY_RUN, SEVERAL_OPTIONS, SIDES, VERBOSE } from "../options.js";
import { choosePair, onPair } from "../pair.js";
import { reportPair } from "../pair-progress.js";
import { printable } from "../terminal.js";
import { sidesTable } from "./connect.js";
import { showPlan } from "./plan.js";

/** @type {import("./index.js").Command} */
export const rotate = {
  name: "rotate",
  operands: "A B",
  least: 2,
  most: 2,
  group: "Connect clusters",
  summary: "rotate the secret of a link without downtime",
  details: `Generates a new token on the accepting side and establishes with it on the dialing side. The ids and the connection are
kept. Consul does not return external addresses and drops them with each new token, so pass them: with
--external-address, --no-external-addresses, or server_external_addresses in clusters.json.`,
  clusterOptions: SEVERAL_OPTIONS,
  options: { ...SIDES, "dry-run": DRY_RUN, verbose: VERBOSE },
  examples: [
    ["B reaches A's servers at their own addresses", "consul-peering rotate east west --no-external-addresses"],
    ["behind a load balancer", "consul-peering rotate east west --external-address peering.east.example:8443"],
  ],
  async run(context) {
    const { values, output, call, peering } = context;
    const pair = choosePair(context);
    const [a, b] = pair.map(({ side }) => side);
    if (values["dry-run"]) {
      const found = await onPair("rotate", pair, () => peering.rotate(a, b, { ...call, dryRun: true }));
      return showPlan(found, pair, context, "rotate");
    }
    const onProgress = reportPair(output, call, pair, values);
    const linked = await onPair("rotate", pair, () => peering.rotate(a, b, { ...call, onProgress }));
    const said = `Rotated the secret of the link between ${printable(pair[0].name)} and ${printable(pair[1].name)}.\n`;
    output.result(linked, () => said + sidesTable(linked, pair, output.colour));
    return EXIT.done;
  },
};
