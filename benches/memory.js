// The peak memory of a separate process, including Node, in bytes.
import { inTurns } from "./pair.js";
import { runProcess } from "./process.js";
import { startRecorded } from "./recorded.js";
import { startSimulated } from "./simulated.js";

export default async function ({ quick }) {
  const size = quick ? 1_000 : 10_000;
  const clusters = quick ? 5 : 50;
  const agent = await startRecorded();
  const listing = await inTurns(
    () => runProcess("memory-process.js", "list", agent.at(size)),
    () => runProcess("memory-process.js", "listHandWritten", agent.at(size)),
    quick ? 1 : 7,
  );
  agent.stop();
  const meshing = await inTurns(
    () => meshed(clusters, "mesh"),
    () => meshed(clusters, "nothing"),
    quick ? 1 : 2,
  );
  return [
    { name: `memory: \`list\` of ${size.toLocaleString("en")}`, unit: "bytes", ...listing },
    { name: `memory: \`mesh\` of ${clusters}, compared with the package alone`, unit: "bytes", ...meshing },
  ];
}

/** Of a process that makes clusters a mesh; each time they are new. */
async function meshed(count, kind) {
  const simulated = await startSimulated(count, 20);
  try {
    return await runProcess("memory-process.js", kind, JSON.stringify(simulated.clusters));
  } finally {
    simulated.stop();
  }
}
