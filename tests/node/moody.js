// A port that leads to a simulated cluster, and on demand does not respond, breaks connections or answers an error.
import { once } from "node:events";
import { createServer } from "node:http";

/** `mood.now` is `"up"`, `"mute"` (takes requests and does not answer), `"down"` or a status to answer with. */
export async function moodyPort(t, { address, fetch }) {
  const mood = { now: "up" };
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
    if (mood.now === "up") answer(incoming, outgoing).catch(failed);
    else if (mood.now === "mute") held.push(() => answer(incoming, outgoing).catch(failed));
    else if (mood.now === "down") failed();
    else outgoing.writeHead(mood.now).end("No cluster leader");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    address: `http://127.0.0.1:${server.address().port}`,
    /** Changes the mood; what was held while it was mute is answered once it is up. */
    become(now) {
      mood.now = now;
      if (now === "up") for (const release of held.splice(0)) release();
    },
  };
}
