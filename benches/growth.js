// How cost grows with the size of the input.
import { readFileSync } from "node:fs";
import { checkTerraform, health, inspectToken, list, mesh, read, validatePeering, watch } from "../pkg/node.js";
import * as handWritten from "./hand-written.js";
import { time } from "./pair.js";
import { PEERING_TOKEN, startRecorded } from "./recorded.js";
import { startSimulated } from "./simulated.js";
import { exponent, spread } from "./statistics.js";

const SAMPLE_MS = 20;
const PLAN = readFileSync(new URL("../tests/terraform/real/create.json", import.meta.url), "utf8");
const token = JSON.parse(atob(PEERING_TOKEN));

export default async function ({ quick }) {
  const agent = await startRecorded();
  const peering = await read(agent.at(1), "us");
  const rows = [];
  const grows = async (name, of, sizes, prepare) => {
    const used = quick ? sizes.slice(0, 3) : sizes;
    rows.push({ name, growth: { of, ...(await measure(used, prepare, quick ? 2 : 5)) } });
  };
  await grows("`list`", "peerings", [30, 300, 3_000, 10_000], async (count) => {
    const address = agent.at(count);
    await handWritten.list(address); // the agent builds its response on the first request
    return () => list(address);
  });
  agent.stop();
  const authorities = [1, 4, 16, 64, 256];
  await grows("`health`", "CA certificates", authorities, (count) => {
    const trusting = { ...peering, peer_ca_pems: Array(count).fill(peering.peer_ca_pems[0]) };
    return () => health(trusting);
  });
  await grows("`inspectToken`", "CA certificates", authorities, (count) => {
    const longer = btoa(JSON.stringify({ ...token, CA: Array(count).fill(token.CA[0]) }));
    return () => inspectToken(longer);
  });
  await grows("`validatePeering`", "meta pairs", [4, 8, 16, 32, 64], (count) => {
    const meta = Object.fromEntries(Array.from({ length: count }, (_, i) => [`label-${i}`, `value of ${i}`]));
    const spec = { peer_name: "us", peering_token: PEERING_TOKEN, meta };
    return () => validatePeering(spec);
  });
  await grows("`checkTerraform`", "resources", [10, 100, 1_000, 2_000], (count) => {
    const plan = planOf(count);
    return () => checkTerraform(plan);
  });
  await grows("`watch`, until all are notified", "watchers", [4, 16, 64, 256], watched);
  rows.push(...(await meshes(quick ? [3, 4, 5] : [10, 20, 30, 40, 50])));
  return rows;
}

/** The growth of the largest sizes: for small ones, the constant part dominates. */
const atLast = (points) => exponent(points.slice(-3));

/** Measures the sizes alternately, so that other load on the machine affects all. */
async function measure(sizes, prepare, rounds) {
  const ways = [];
  for (const size of sizes) ways.push(await prepare(size));
  const costs = sizes.map(() => []);
  for (let round = -1; round < rounds; round++) {
    for (const [i, way] of ways.entries()) {
      let cost = await time(way);
      if (cost < SAMPLE_MS) cost = await time(way, Math.ceil(SAMPLE_MS / cost));
      if (round >= 0) costs[i].push(cost); // the first round is a warm-up
    }
  }
  for (const { stop } of ways) await stop?.();
  const points = sizes.map((size, i) => [size, spread(costs[i]).median]);
  return { points, exponent: atLast(points) };
}

/** A Terraform plan with a number of resources: half are peerings, half are their peering tokens. */
function planOf(resources) {
  const plan = JSON.parse(PLAN);
  const many = (two) => {
    const text = JSON.stringify(two);
    const copies = Array.from({ length: resources / 2 }, (_, i) =>
      JSON.parse(text.replaceAll("eu-us", `eu-us-${i}`).replaceAll("-cluster", `-cluster-${i}`)),
    );
    return copies.flat();
  };
  for (const module of [plan.planned_values.root_module, plan.configuration.root_module]) {
    module.resources = many(module.resources);
  }
  plan.resource_changes = many(plan.resource_changes);
  return plan;
}

async function watched(count) {
  const { clusters, stop } = await startSimulated(1, 1);
  const [address] = Object.values(clusters);
  let waiting = count;
  let settle;
  let serial = 0;
  const watches = Array.from({ length: count }, () => watch(address));
  for (const each of watches) consume(each);
  async function consume(lists) {
    for await (const _ of lists) if (--waiting === 0) settle?.();
  }
  const all = () => new Promise((resolve) => ((settle = resolve), waiting <= 0 && resolve()));
  await all();
  const change = async () => {
    waiting = count;
    const notified = all();
    await handWritten.generateToken(address, `peer-${serial++}`);
    await notified;
  };
  change.stop = async () => {
    await Promise.all(watches.map((each) => each.return()));
    stop();
  };
  return change;
}

/** The CPU time of a mesh, and of a plan of an existing mesh. */
async function meshes(sizes) {
  const made = [];
  const planned = [];
  for (const size of sizes) {
    const { clusters, stop } = await startSimulated(size, 20);
    const pairs = (size * (size - 1)) / 2;
    made.push([pairs, await computing(() => mesh(clusters))]);
    planned.push([pairs, await computing(() => mesh(clusters, { dryRun: true }))]);
    stop();
  }
  const row = (name, points) => ({ name, growth: { of: "pairs of clusters", points, exponent: atLast(points) } });
  return [row("`mesh`, CPU time", made), row("plan of a `mesh`, CPU time", planned)];
}

async function computing(work) {
  const before = process.cpuUsage();
  if (!(await work()).ok) throw new Error("the mesh is not up");
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
