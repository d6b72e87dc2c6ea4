// A server that follows a leader which it does not know: it was down while the others changed their gossip key, so that
// it sees none of them, while raft continues.

import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { startAgents } from "../consul/agent.js";

const LOST_WITHIN_MS = 60_000;
/** Refusals in a row: while a server starts, they vary. */
const LOST_FOR = 10;

const key = () => randomBytes(32).toString("base64");
const [before, after] = [key(), key()];
const server = { encrypt: before, autopilot: { cleanup_dead_servers: false } };

const read = async ({ address }, path) => (await fetch(address + path)).json();

/** Two more servers of the cluster, once they are voters. */
async function joined(first) {
  const { Member } = await read(first, "/v1/agent/self");
  const config = { ...server, bootstrap_expect: 0, retry_join: [`127.0.0.1:${Member.Port}`], retry_interval: "1s" };
  const wanted = ["follower", "other"].map((name) => ({ name, datacenter: "eu", data: true, ready: false, config }));
  const { agents, stop } = await startAgents(wanted);
  const voters = async () =>
    (await read(first, "/v1/operator/raft/configuration")).Servers.filter(({ Voter }) => Voter);
  while ((await voters()).length < 3) await sleep(200);
  return { ...agents, stop };
}

/** Installs a gossip key on all that respond, and removes the previous one. */
async function rotateKey({ address }) {
  for (const [method, Key] of [
    ["POST", after],
    ["PUT", after],
    ["DELETE", before],
  ]) {
    // It responds with 500, because one server did not respond.
    await fetch(`${address}/v1/operator/keyring`, { method, body: JSON.stringify({ Key }) });
  }
}

export const ROUTING = [
  {
    case: "lost-leader",
    why: "A server that follows a leader which its gossip does not know: it cannot forward what only the leader can do.",
    agents: () => [{ name: "eu", data: true, config: server }],
    async run(recording, { eu }) {
      const { follower, stop } = await joined(eu);
      try {
        recording.add("follower", follower);
        await follower.kill();
        await rotateKey(eu);
        await follower.restart({ ready: false });
        const body = JSON.stringify({ PeerName: "us" });
        const until = performance.now() + LOST_WITHIN_MS;
        for (let refused = 0; refused < LOST_FOR; await sleep(200)) {
          const { ok } = await fetch(`${follower.address}/v1/peering/token`, { method: "POST", body });
          refused = ok ? 0 : refused + 1;
          if (performance.now() > until) throw new Error("the leader is still known");
        }
        await recording.ask("follower", "POST", "/v1/peering/token", { PeerName: "us" });
        await recording.ask("follower", "GET", "/v1/status/leader");
      } finally {
        await stop();
      }
    },
  },
];
