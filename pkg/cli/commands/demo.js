// consul-peering demo

import { EXIT } from "../failure.js";

/** @type {import("./index.js").Command} */
export const demo = {
  name: "demo",
  least: 0,
  most: 0,
  group: "Try it",
  summary: "see a peering come and go between two clusters on this machine",
  options: {
    simulated: { type: "boolean", help: "on simulated clusters, even where there is a Consul" },
  },
  details: `Starts two clusters on free loopback ports, peers them, shows both sides, deletes the peering and stops the clusters.
They are Consul dev agents where there is a Consul, 1.14 or newer ($CONSUL, or \`consul\` on PATH), and otherwise
simulated in memory; it says which. Nothing is left running, after Ctrl-C either.`,
  offline: true,
  examples: [
    ["takes about ten seconds", "consul-peering demo"],
    ["with a Consul that is not on PATH", "CONSUL=~/bin/consul consul-peering demo"],
    ["without any Consul", "consul-peering demo --simulated"],
  ],
  async run(context) {
    const { runDemo } = await import("../demo.js");
    await runDemo({ ...context, simulated: context.values.simulated });
    return EXIT.done;
  },
};
