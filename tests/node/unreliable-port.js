// A port in front of a simulated cluster that on demand does not respond, breaks connections or responds with an error.
import { createServer } from "node:http";
import { listen } from "./listen.js";

/** `setMode` takes `"up"`, `"mute"` (accepts requests without responding), `"down"`, or the status of every response. */
export async function unreliablePort(t, { address, fetch }) {
  const state = { mode: "up" };
  const held = [];
  const answer = async (incoming, outgoing) => {
    let body = "";
    for await (const chunk of incoming) body += chunk;
    const { method, url, headers } = incoming;
    const sent = { method, headers: { "X-Consul-Token": headers["x-consul-token"] ?? "" } };
    const response = await fetch(address + url, body ? { ...sent, body } : sent);
    const index = response.headers.get("x-consul-index");
    outgoing.writeHead(response.status, index ? { "X-Consul-Index": index } : {});
    outgoing.end(await response.text());
  };
  const server = createServer((incoming, outgoing) => {
    const failed = () => outgoing.destroy();
    if (state.mode === "up") answer(incoming, outgoing).catch(failed);
    else if (state.mode === "mute") held.push(() => answer(incoming, outgoing).catch(failed));
    else if (state.mode === "down") failed();
    else outgoing.writeHead(state.mode).end("No cluster leader");
  });
  return {
    address: await listen(t, server),
    /** Sets the mode. Requests held in mode `mute` are answered in mode `up`. */
    setMode(mode) {
      state.mode = mode;
      if (mode === "up") for (const release of held.splice(0)) release();
    },
  };
}
