// The demo: creates, uses and deletes a peering between two clusters, and prints each step.

import { chooseClusters, placesOf, reasonOf } from "./demo-clusters.js";
import { createStory } from "./demo-story.js";

/**
 * @import { Peering } from "../index.js"
 * @import { Context, Library } from "./commands/index.js"
 * @import { ObservedState, Story } from "./demo-story.js"
 *
 * @typedef {{ east: string, west: string, signal: AbortSignal, story: Story }} Stage  the clusters' addresses, and who tells
 *
 * @typedef {object} Done  the document of --json
 * @property {"real" | "simulated"} kind
 * @property {string} consul  its version
 * @property {ObservedState[]} states
 * @property {{ east: Peering, west: Peering }} [peerings]  while they are ACTIVE
 * @property {{ east: Peering[], west: Peering[] }} [left]  at the end
 */

/** @param {Pick<Context, "output" | "signal" | "env" | "peering"> & { simulated?: boolean }} context */
export async function runDemo({ output, signal: interruption, env, peering, simulated }) {
  const end = new AbortController(); // aborts the other of two calls when one fails
  const signal = AbortSignal.any([interruption, end.signal]);
  const choice = await chooseClusters({ env, signal, simulated });
  const { kind, start } = choice;
  const story = createStory(output);
  story.title(`Connect and disconnect two ${kind} Consul clusters`);
  const reason = reasonOf(choice);
  if (reason) story.fact(reason);

  const clusters = await story.step(`Start two ${kind} clusters, east and west, on this machine`, start);
  const { version, addresses } = clusters;
  /** @type {Done} */
  const done = { kind, consul: version, states: story.states, peerings: undefined, left: undefined };
  try {
    const { east, west } = addresses;
    story.fact(placesOf(choice, clusters));
    done.peerings = await comeAndShow(peering, { east, west, signal, story });
    done.left = await leave(peering, { east, west, signal, story });
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
async function comeAndShow({ generateToken, inspectToken, establish, read, wait }, { east, west, signal, story }) {
  const token = await story.step("Generate a peering token for west on east", () =>
    generateToken(east, { peer_name: "west", meta: { demo: "acceptor" } }, { signal }),
  );
  const { server_name, server_addresses } = inspectToken(token);
  story.fact(`token: server addresses ${server_addresses.join(", ")}, server name ${server_name}`);

  const establishing = () => {
    const spec = { peer_name: "east", peering_token: token, meta: { demo: "dialer" } };
    return Promise.all([
      establish(west, spec, { signal, onProgress: story.watch("west", "east") }),
      wait(east, "west", "ACTIVE", { signal, onProgress: story.watch("east", "west") }),
    ]);
  };
  await story.step("Establish the peering on west with the token", establishing, "ACTIVE on both sides");

  const [onEast, onWest] = await story.step("Read both sides", () =>
    Promise.all([read(east, "west", { signal }), read(west, "east", { signal })]),
  );
  if (!onEast || !onWest) throw new Error("A peering of the demo was deleted while it ran.");
  story.peerings({ east: onEast, west: onWest });
  return { east: onEast, west: onWest };
}

/**
 * @param {Library} peering
 * @param {Stage} stage
 */
async function leave({ list, remove, wait }, { east, west, signal, story }) {
  const deleting = () =>
    Promise.all([
      remove(west, "east", { signal, onProgress: story.watch("west", "east") }).then(() =>
        story.state("west", "east", "gone"),
      ),
      wait(east, "west", "TERMINATED", { signal, onProgress: story.watch("east", "west") }),
    ]);
  await story.step(
    "Delete the peering on west; east notices within seconds",
    deleting,
    "Gone on west, TERMINATED on east",
  );
  const deletingToo = async () => {
    await remove(east, "west", { signal, onProgress: story.watch("east", "west") });
    story.state("east", "west", "gone");
  };
  await story.step("Delete the peering on east", deletingToo, "Gone on both");
  const [onEast, onWest] = await story.step("List the remaining peerings", () =>
    Promise.all([list(east, { signal }), list(west, { signal })]),
  );
  story.fact(`east: ${count(onEast)}, west: ${count(onWest)}`);
  return { east: onEast, west: onWest };
}

/** @param {Peering[]} peerings */
const count = (peerings) => (peerings.length === 1 ? "1 peering" : `${peerings.length || "no"} peerings`);
