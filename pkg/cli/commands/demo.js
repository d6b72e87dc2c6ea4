// consul-peering demo

import { EXIT } from "../failure.js";

/** @type {import("./index.js").Command} */
export const demo = {
  name: "demo",
  least: 0,
  most: 0,
  group: "Try it",
  summary: "connect and disconnect two clusters on this machine",
  options: {
    simulated: { type: "boolean", help: "use simulated clusters even if Consul is installed" },
  },
  details: `Starts two clusters on free loopback ports, peers them, shows both sides, deletes the peering and stops the clusters.
The clusters are dev agents of Consul 1.14 or newer ($CONSUL, or \`consul\` on PATH); without Consul, they are simulated in
memory. The output names which. The demo leaves nothing running, even after Ctrl-C.`,
  offline: true,
  examples: [
    ["about ten seconds", "consul-peering demo"],
    ["with Consul in another place than PATH", "CONSUL=~/bin/consul consul-peering demo"],
    ["without Consul", "consul-peering demo --simulated"],
  ],
  async run(context) {
    const { runDemo } = await import("../demo.js");
    await runDemo({ ...context, simulated: context.values.simulated });
    return EXIT.done;
  },
};
