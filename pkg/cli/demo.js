// The life of a peering between two clusters, told while it happens.

import { chooseClusters } from "./demo-clusters.js";
import { createStory } from "./demo-story.js";

/**
 * @import { Peering } from "../index.js"
 * @import { Context, Library } from "./commands/index.js"
 * @import { SeenState, Story } from "./demo-story.js"
 *
 * @typedef {{ eu: string, us: string, signal: AbortSignal, story: Story }} Stage  the clusters' addresses, and who tells
 *
 * @typedef {object} Done  the document of --json
 * @property {"real" | "simulated"} kind
 * @property {string} consul  its version
 * @property {SeenState[]} states
 * @property {{ eu: Peering, us: Peering }} [peerings]  while they are ACTIVE
 * @property {{ eu: Peering[], us: Peering[] }} [left]  at the end
 */

/** @param {Pick<Context, "output" | "signal" | "env" | "peering"> & { simulated?: boolean }} context */
export async function runDemo({ output, signal: interruption, env, peering, simulated }) {
  const end = new AbortController(); // when one of two calls fails, the other is not waited for
  const signal = AbortSignal.any([interruption, end.signal]);
  const { kind, why, start } = await chooseClusters({ env, signal, simulated });
  const story = createStory(output);
  story.title(`Connect and disconnect two ${kind} Consul clusters`);
  if (why) story.fact(`The clusters are simulated in memory, ${why}.`);

  const clusters = await story.step(`Start two ${kind} clusters, eu and us, on this machine`, start);
  const { version, addresses } = clusters;
  /** @type {Done} */
  const done = { kind, consul: version, states: story.states, peerings: undefined, left: undefined };
  try {
    const { eu, us } = addresses;
    story.fact(`${kind === "real" ? "" : "responding like "}Consul ${version}: eu at ${eu}, us at ${us}`);
    done.peerings = await comeAndShow(peering, { eu, us, signal, story });
    done.left = await leave(peering, { eu, us, signal, story });
  } finally {
    end.abort();
    await story.step("Stop both clusters", () => clusters.stop());
  }
  story.end("Nothing is left running.");
  if (output.json) output.result(done, () => "");
}

/**
 * @param {Library} peering
 * @param {Stage} stage
 */
async function comeAndShow({ generateToken, inspectToken, establish, read, wait }, { eu, us, signal, story }) {
  const token = await story.step("Generate a peering token for us on eu", () =>
    generateToken(eu, { peer_name: "us", meta: { demo: "acceptor" } }, { signal }),
  );
  const { server_name, server_addresses } = inspectToken(token);
  story.fact(`it contains ${server_addresses.join(", ")} and ${server_name}`);

  const establishing = () => {
    const spec = { peer_name: "eu", peering_token: token, meta: { demo: "dialer" } };
    return Promise.all([
      establish(us, spec, { signal, onProgress: story.watch("us", "eu") }),
      wait(eu, "us", "ACTIVE", { signal, onProgress: story.watch("eu", "us") }),
    ]);
  };
  await story.step("Establish the peering on us with the token", establishing, "ACTIVE on both sides");

  const [onEu, onUs] = await story.step("Read both sides", () =>
    Promise.all([read(eu, "us", { signal }), read(us, "eu", { signal })]),
  );
  if (!onEu || !onUs) throw new Error("A peering of the demo was deleted while it ran.");
  story.peerings({ eu: onEu, us: onUs });
  return { eu: onEu, us: onUs };
}

/**
 * @param {Library} peering
 * @param {Stage} stage
 */
async function leave({ list, remove, wait }, { eu, us, signal, story }) {
  const deleting = () =>
    Promise.all([
      remove(us, "eu", { signal, onProgress: story.watch("us", "eu") }).then(() => story.state("us", "eu", "gone")),
      wait(eu, "us", "TERMINATED", { signal, onProgress: story.watch("eu", "us") }),
    ]);
  await story.step("Delete the peering on us; eu notices within seconds", deleting, "Gone on us, TERMINATED on eu");
  const deletingToo = async () => {
    await remove(eu, "us", { signal, onProgress: story.watch("eu", "us") });
    story.state("eu", "us", "gone");
  };
  await story.step("Delete the peering on eu", deletingToo, "Gone on both");
  const [onEu, onUs] = await story.step("List the remaining peerings", () =>
    Promise.all([list(eu, { signal }), list(us, { signal })]),
  );
  story.fact(`eu: ${count(onEu)}, us: ${count(onUs)}`);
  return { eu: onEu, us: onUs };
}

/** @param {Peering[]} peerings */
const count = (peerings) => (peerings.length === 1 ? "1 peering" : `${peerings.length || "no"} peerings`);
