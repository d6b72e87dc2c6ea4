// Simulated clusters in various conditions.
import { connect, establish, generateToken, mesh, remove, wait } from "../../pkg/node.js";
import { startSimulator } from "../../pkg/simulator.js";

const AT_ONCE = 16;
const MESHED_MS = 600_000;

/** Starts clusters that stop with the test. */
export async function simulate(t, options) {
  const simulator = await startSimulator({ speed: 50, ...options });
  t.after(() => simulator.stop());
  return simulator;
}

/** Several clusters with peerings in nearly every state. */
export async function motley(t) {
  const simulator = await simulate(t, { clusters: ["eu", "us", "ap", "sa"] });
  const { eu, us, ap, sa } = simulator.clusters;
  simulator.exportServices("eu", { billing: ["us"], ledger: ["us", "ap"], "tax-rates": ["ap"] });
  const link = (a, an, b, bn, meta) => connect({ cluster: a, peer_name: bn }, { cluster: b, peer_name: an, meta });
  await Promise.all([
    link(eu, "eu", us, "us", { team: "payments", env: "production" }),
    link(eu, "eu", ap, "ap", { team: "ledger" }),
    link(us, "us", ap, "ap"),
    link(us, "us", sa, "sa", { env: "staging" }),
    generateToken(eu, { peer_name: "warehouse", meta: { site: "lyon" } }),
  ]);
  await remove(ap, "us");
  await wait(us, "ap", "TERMINATED");
  // Down until the end, so that the others' peerings are FAILING.
  simulator.restart("sa", 3_600_000);
  await wait(us, "sa", (peering) => peering.state === "FAILING");
  return simulator;
}

/** A full mesh. */
export async function meshed(t, count) {
  const names = Array.from({ length: count }, (_, i) => `dc${String(i + 1).padStart(2, "0")}`);
  const simulator = await simulate(t, { clusters: names });
  const { ok } = await mesh(simulator.clusters, { timeout: MESHED_MS });
  if (!ok) throw new Error("the mesh is not up");
  return simulator;
}

/**
 * A full mesh with these exceptions: no link between the first two, and between the second and the third; one side of the
 * link between the first and the fourth was deleted; the first has an unused token for the fifth; the last is down.
 */
export async function uneven(t, count) {
  const simulator = await meshed(t, count);
  const names = Object.keys(simulator.clusters);
  const [first, second, third, fourth, fifth] = names;
  const last = names.at(-1);
  const removeOn = (alias, peer_name) => remove(simulator.clusters[alias], peer_name);
  await Promise.all([
    ...[
      [first, second],
      [second, third],
      [first, fifth],
    ].flatMap(([a, b]) => [removeOn(a, b), removeOn(b, a)]),
    removeOn(fourth, first),
  ]);
  await generateToken(simulator.clusters[first], { peer_name: fifth });
  await wait(simulator.clusters[first], fourth, "TERMINATED");
  simulator.restart(last, 3_600_000);
  await wait(simulator.clusters[second], last, (peering) => peering.state === "FAILING");
  return simulator;
}

/** One cluster with many peers, nearly all of them ACTIVE. */
export async function crowded(t, count, options) {
  const simulator = await simulate(t, { clusters: [{ name: "hub", ...options }, "far"], speed: 100 });
  const { hub, far } = simulator.clusters;
  const left = Array.from({ length: count }, (_, i) => i);
  const name = (i) => `store-${String(i).padStart(4, "0")}`;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let i = left.shift(); i !== undefined; i = left.shift()) {
        const peering_token = await generateToken(hub, { peer_name: name(i), meta: { number: String(i) } });
        if (i % 10 !== 7) await establish(far, { peer_name: `hub-${i}`, peering_token }, { wait: false });
      }
    }),
  );
  return simulator;
}

/** Clusters for `servePage` from a simulator. */
export const behind = ({ clusters }, names = Object.keys(clusters)) =>
  Object.fromEntries(names.map((name) => [name, { address: clusters[name].address }]));
