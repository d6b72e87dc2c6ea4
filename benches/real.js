// Real Consul servers: what connecting takes beside Consul's own time and beside Consul's command line, and a denied read.
import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { startAgents } from "../tests/consul/agent.js";
import { findConsul } from "../pkg/cli/find-consul.js";
import { connect, read } from "../pkg/node.js";
import * as byHand from "./by-hand.js";
import { inTurns, paired, time } from "./pair.js";

/** Each with one link after another, all at once: connecting is nearly all waiting. */
const PAIRS = 6;
/** A leader takes up five changes at once, and then one in five seconds; after so long a rest it is quiet again. */
const REST_MS = 15_000;

export default async function () {
  const names = Array.from({ length: PAIRS }, (_, i) => [`a${i}`, `b${i}`]);
  const wanted = [...names.flat().map((name) => ({ name })), { name: "acl", acl: true }];
  const { agents, stop } = await startAgents(wanted);
  try {
    const { address } = agents.acl;
    const denial = inTurns(
      () => time(() => denied(read(address, "us"))),
      () => time(() => denied(byHand.read(address, "us"))),
      2,
    );
    const ways = { ours, byHand: byHand.connect, consul: await commandLine() };
    const pairs = names.map((pair) => pair.map((name) => agents[name].address));
    const blocks = await Promise.all(pairs.map((pair, i) => linked(pair, ways, i)));
    const beside = (raw) => paired(blocks.map((block) => ({ ours: block.ours, raw: block[raw] })));
    return [
      {
        name: "`connect`, beyond Consul's own time to ACTIVE",
        ...beside("byHand"),
        bar: { of: "difference", most: 100 },
      },
      {
        name: "`connect` of idle clusters, compared with `consul peering`",
        ...beside("consul"),
        bar: { of: "ours", most: 300 },
      },
      { name: "a denied `read`", ...(await denial), bar: { of: "ours", most: 1_000 } },
    ];
  } finally {
    await stop();
  }
}

/** Two clusters, linked in each way and in the reverse order again; each pair begins with another. */
async function linked(pair, ways, turn) {
  const names = Object.keys(ways);
  const order = names.map((_, i) => names[(i + turn) % names.length]);
  const sums = Object.fromEntries(names.map((name) => [name, 0]));
  await sleep((turn * REST_MS) / PAIRS); // no two at the same moment
  for (const [i, name] of [...order, ...order.toReversed()].entries()) {
    await sleep(REST_MS);
    sums[name] += await time(() => ways[name](pair, `link-${i}`));
  }
  return Object.fromEntries(names.map((name) => [name, sums[name] / 2]));
}

const ours = ([acceptor, dialer], peer_name) =>
  connect({ cluster: acceptor, peer_name }, { cluster: dialer, peer_name });

/** The two commands of Consul's command line, and a third until it is so. */
async function commandLine() {
  const { command } = await findConsul(process.env);
  const run = async (what, address, ...more) =>
    (await promisify(execFile)(command, ["peering", what, `-http-addr=${address}`, ...more])).stdout;
  return async ([acceptor, dialer], name) => {
    const token = await run("generate-token", acceptor, "-format=json", "-name", name);
    await run("establish", dialer, "-name", name, "-peering-token", JSON.parse(token).PeeringToken);
    const look = async (address) => JSON.parse(await run("read", address, "-format=json", "-name", name));
    await Promise.all([acceptor, dialer].map((address) => byHand.active(() => look(address))));
  };
}

async function denied(reading) {
  const error = await reading.catch((error) => error);
  if (error?.code !== "permission_denied" && !error?.message?.startsWith("403")) throw new Error("it was not denied");
}
