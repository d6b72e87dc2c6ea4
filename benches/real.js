// Real Consul servers: the duration of connecting, compared with Consul's own time and with Consul's command line, and of a
// denied read.
import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { startAgents } from "../tests/consul/agent.js";
import { findConsul } from "../pkg/cli/find-consul.js";
import { connect, read } from "../pkg/node.js";
import * as handWritten from "./hand-written.js";
import { inTurns, paired, time } from "./pair.js";

/** The pairs connect concurrently, each one link at a time: connecting consists mostly of waiting. */
const PAIRS = 6;
/** A leader accepts a burst of five changes, and then one per five seconds. After this pause, it accepts a burst again. */
const REST_MS = 15_000;

export default async function () {
  const names = Array.from({ length: PAIRS }, (_, i) => [`a${i}`, `b${i}`]);
  const wanted = [...names.flat().map((name) => ({ name })), { name: "acl", acl: true }];
  const { agents, stop } = await startAgents(wanted);
  try {
    const { address } = agents.acl;
    const denial = inTurns(
      () => time(() => denied(read(address, "us"))),
      () => time(() => denied(handWritten.read(address, "us"))),
      2,
    );
    const ways = { ours, handWritten: handWritten.connect, consul: await commandLine() };
    const pairs = names.map((pair) => pair.map((name) => agents[name].address));
    const blocks = await Promise.all(pairs.map((pair, i) => linked(pair, ways, i)));
    const comparedWith = (raw) => paired(blocks.map((block) => ({ ours: block.ours, raw: block[raw] })));
    return [
      {
        name: "`connect`, beyond Consul's own time to ACTIVE",
        ...comparedWith("handWritten"),
        bar: { of: "difference", most: 100 },
      },
      {
        name: "`connect` of idle clusters, compared with `consul peering`",
        ...comparedWith("consul"),
        bar: { of: "ours", most: 300 },
      },
      { name: "a denied `read`", ...(await denial), bar: { of: "ours", most: 1_000 } },
    ];
  } finally {
    await stop();
  }
}

/** Links two clusters in each way, and in reverse order again; each pair begins with another way. */
async function linked(pair, ways, turn) {
  const names = Object.keys(ways);
  const order = names.map((_, i) => names[(i + turn) % names.length]);
  const sums = Object.fromEntries(names.map((name) => [name, 0]));
  await sleep((turn * REST_MS) / PAIRS); // no two start at the same time
  for (const [i, name] of [...order, ...order.toReversed()].entries()) {
    await sleep(REST_MS);
    sums[name] += await time(() => ways[name](pair, `link-${i}`));
  }
  return Object.fromEntries(names.map((name) => [name, sums[name] / 2]));
}

const ours = ([acceptor, dialer], peer_name) =>
  connect({ cluster: acceptor, peer_name }, { cluster: dialer, peer_name });

/** Connects with two commands of Consul's command line, and polls with a third until both sides are ACTIVE. */
async function commandLine() {
  const { command } = await findConsul(process.env);
  const run = async (what, address, ...more) =>
    (await promisify(execFile)(command, ["peering", what, `-http-addr=${address}`, ...more])).stdout;
  return async ([acceptor, dialer], name) => {
    const token = await run("generate-token", acceptor, "-format=json", "-name", name);
    await run("establish", dialer, "-name", name, "-peering-token", JSON.parse(token).PeeringToken);
    const readPeering = async (address) => JSON.parse(await run("read", address, "-format=json", "-name", name));
    await Promise.all([acceptor, dialer].map((address) => handWritten.untilActive(() => readPeering(address))));
  };
}

async function denied(reading) {
  const error = await reading.catch((error) => error);
  if (error?.code !== "permission_denied" && !error?.message?.startsWith("403")) throw new Error("it was not denied");
}
