// The simulator's types: every function accepts its clusters, and an invalid fault does not compile.

import { establish, generateToken, type Cluster } from "consul-peering";
import {
  ManualClock,
  startSimulator,
  type Fault,
  type Simulator,
  type SimulatorOptions,
} from "consul-peering/simulator";

const options: SimulatorOptions = {
  clusters: ["eu", { name: "us", version: "1.13", acl: { tokens: { secret: { peering: "read" } } }, peering: false }],
  speed: 100,
  seed: 7,
  listen: false,
  clock: new ManualClock(0),
};
const simulator: Simulator = await startSimulator(options);
const clusters: Record<string, Cluster> = simulator.clusters;
const peering_token = await generateToken(clusters["eu"] ?? "", { peer_name: "us" });
await establish(simulator.clusters["us"]?.address ?? "", { peer_name: "eu", peering_token });

const faults: Fault[] = [
  { kind: "delay", ms: 10, times: 2 },
  { kind: "rate_limited", retry_after: 1, match: { method: "GET", path: /peerings$/ } },
  { kind: "restart", acted: true, match: ({ cluster, path }) => cluster === "eu" && path.startsWith("/v1/peering/") },
];
for (const fault of faults) {
  const ordered = simulator.fault(fault);
  const hits: number = ordered.hits;
  if (hits > 0) ordered.remove();
}
// @ts-expect-error: no such kind
simulator.fault({ kind: "earthquake" });
// @ts-expect-error: a delay has no Retry-After
simulator.fault({ kind: "delay", retry_after: 1 });
// @ts-expect-error: no such option
await startSimulator({ cluster: "eu" });
// @ts-expect-error: a permission is read or write
await startSimulator({ clusters: [{ name: "eu", acl: { tokens: { secret: { peering: "all" } } } }] });
await simulator.stop();
