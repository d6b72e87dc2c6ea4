// Reads one peering, and establishes one without waiting.
import { establish, read } from "../pkg/node.js";
import * as handWritten from "./hand-written.js";
import { pair } from "./pair.js";
import { PEERING_TOKEN, startRecorded } from "./recorded.js";

export default async function ({ quick }) {
  const agent = await startRecorded();
  const address = agent.at(1);
  const ms = quick ? 400 : 10_000;
  try {
    const reading = await pair(
      () => read(address, "us"),
      () => handWritten.read(address, "us"),
      { ms },
    );
    const readingInTime = await pair(
      () => read(address, "us"),
      () => handWritten.readInTime(address, "us"),
      { ms },
    );
    const spec = { peer_name: "us", peering_token: PEERING_TOKEN };
    const establishing = await pair(
      () => establish(address, spec, { wait: false }),
      () => handWritten.establish(address, "us", PEERING_TOKEN),
      { ms },
    );
    return [
      { name: "`read`", ...reading, bar: { of: "ratio", most: 1.4 } },
      { name: "`read`, compared with a cancellable fetch", ...readingInTime },
      { name: "`establish`, without waiting", ...establishing },
    ];
  } finally {
    agent.stop();
  }
}
