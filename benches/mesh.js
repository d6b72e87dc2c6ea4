// Full meshes: of real clusters, compared with one link after another, and of many simulated clusters at Consul's pace.
import { startAgents } from "../tests/consul/agent.js";
import { connect, disconnect, mesh } from "../pkg/node.js";
import { paired, time } from "./pair.js";
import { startSimulated } from "./simulated.js";
import { spread } from "./statistics.js";

const TWO_ROUNDS = { of: "ours", most: 10_000 };
const NAMES = ["af", "ap", "eu", "sa", "us"];

export default async function ({ quick }) {
  const simulated = [];
  for (const count of quick ? [5] : [10, 50]) {
    const ms = await simulatedMesh(count, quick ? 50 : 1);
    const row = { name: `\`mesh\` of ${count}, simulated`, ours: spread([ms]) };
    simulated.push(quick ? row : { ...row, bar: TWO_ROUNDS });
  }
  return [...(quick ? [] : await realMeshes()), ...simulated];
}

async function simulatedMesh(count, speed) {
  const { clusters, stop } = await startSimulated(count, speed);
  try {
    return await time(() => linked(clusters));
  } finally {
    stop();
  }
}

async function linked(clusters) {
  if (!(await mesh(clusters)).ok) throw new Error("the mesh is not up");
}

async function realMeshes() {
  const { agents, stop } = await startAgents(NAMES.map((name) => ({ name })));
  const rows = [];
  const of = (count) => Object.fromEntries(NAMES.slice(0, count).map((name) => [name, agents[name].address]));
  try {
    // Without a pause, a leader takes five seconds for each round, in both ways.
    await linked(of(NAMES.length));
    await takeApart(of(NAMES.length));
    for (const count of [3, 4, 5]) {
      const clusters = of(count);
      const raw = await time(() => oneAfterAnother(clusters));
      await takeApart(clusters);
      const ours = await time(() => linked(clusters));
      await takeApart(clusters);
      const name = `\`mesh\` of ${count}, compared with one \`connect\` after another`;
      rows.push({ name, ...paired([{ ours, raw }]), bar: TWO_ROUNDS });
    }
    return rows;
  } finally {
    await stop();
  }
}

const pairs = (clusters) => {
  const entries = Object.entries(clusters);
  return entries.flatMap(([a, at_a], i) =>
    entries.slice(i + 1).map(([b, at_b]) => [
      { cluster: at_a, peer_name: b },
      { cluster: at_b, peer_name: a },
    ]),
  );
};

async function oneAfterAnother(clusters) {
  for (const sides of pairs(clusters)) await connect(...sides);
}

const takeApart = (clusters) => Promise.all(pairs(clusters).map((sides) => disconnect(...sides)));
