// consul-peering watch

import { duration } from "../arguments.js";
import { EXIT } from "../failure.js";
import { ENDLESS_OPTIONS } from "../options.js";
import { changes } from "../watch-view.js";

const LONGEST = { most: 600_000, said: "10 minutes" };

export const watch = {
  name: "watch",
  operands: "[NAME]",
  least: 0,
  most: 1,
  group: "Peerings of one cluster",
  summary: "show what stands, and each change as it comes, until Ctrl-C",
  details: `A line for each peering, and for each change of it; of one NAME, or of all. Outlasts servers that restart. With --json
a line for each difference, heartbeats among them: a list of peerings, or with NAME that peering, null while there is
none.`,
  clusterOptions: ENDLESS_OPTIONS,
  options: {
    interval: { type: "string", value: "TIME", help: "how soon ACTIVE, FAILING and heartbeats are seen (default: 2s)" },
  },
  examples: [
    ["all of the cluster eu", "consul-peering watch --cluster eu"],
    ["the states of one, for a program", "consul-peering watch us --cluster eu --json | jq --unbuffered -r .state"],
  ],
  async run({ operands: [name], values, output, signal, target, call, peering }) {
    const { interval } = values;
    const options = {
      signal,
      onProgress: call.onProgress,
      ...(interval !== undefined && { interval: duration(interval, "--interval", LONGEST) }),
    };
    let before;
    for await (const now of peering.watch(target.cluster, name, options)) {
      if (output.json) output.print(`${JSON.stringify(now)}\n`);
      else output.print(changes(before, now, { name, label: target.label }, output.colour));
      before = now;
    }
    return EXIT.done;
  },
};
