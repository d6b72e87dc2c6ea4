// consul-peering demo

import { runDemo } from "../demo.js";
import { EXIT } from "../failure.js";

export const demo = {
  name: "demo",
  least: 0,
  most: 0,
  group: "Try it",
  summary: "see a peering come and go between two real clusters on this machine",
  details: `Starts two Consul dev agents on free loopback ports, peers them, shows both sides, deletes the peering and stops the
agents. It needs a Consul, 1.14 or newer: $CONSUL, or \`consul\` on PATH. Nothing is left running, after Ctrl-C either.`,
  offline: true,
  examples: [
    ["takes about ten seconds", "consul-peering demo"],
    ["with a Consul that is not on PATH", "CONSUL=~/bin/consul consul-peering demo"],
  ],
  async run(context) {
    await runDemo(context);
    return EXIT.done;
  },
};
