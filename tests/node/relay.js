// A port in front of a cluster that counts connections.
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { pipeline } from "node:stream/promises";

/** A port that leads to a cluster, with the open connections to it, and the number accepted. */
export async function relayTo(address) {
  const { hostname, port } = new URL(address);
  const open = new Set();
  let taken = 0;
  const relay = createServer((near) => {
    taken++;
    const far = connect(Number(port), hostname);
    open.add(near.on("close", () => open.delete(near)));
    pipeline(near, far, near).catch(() => {});
  }).listen(0, "127.0.0.1");
  await once(relay, "listening");
  return { address: `http://127.0.0.1:${relay.address().port}`, open, taken: () => taken, close: () => relay.close() };
}
