// All peerings of a cluster.
import { list } from "../pkg/node.js";
import * as handWritten from "./hand-written.js";
import { pair } from "./pair.js";
import { startRecorded } from "./recorded.js";

export default async function ({ quick }) {
  const agent = await startRecorded();
  const measure = async (address, ms) => {
    await handWritten.list(address); // the agent builds its response on the first request
    return pair(
      () => list(address),
      () => handWritten.list(address),
      { ms },
    );
  };
  const [short, long] = quick ? [300, 1_000] : [5_000, 12_000];
  const bar = { of: "ratio", most: 1.3 };
  try {
    return [
      { name: "`list` of 1", ...(await measure(agent.at(1), short)) },
      { name: "`list` of 100", ...(await measure(agent.at(100), short)) },
      { name: "`list` of 10,000", ...(await measure(agent.at(10_000), long)), bar },
      // As a proxy may pass it on.
      { name: "`list` of 10,000, uncompressed", ...(await measure(agent.at(10_000, { plain: true }), long)), bar },
    ];
  } finally {
    agent.stop();
  }
}
