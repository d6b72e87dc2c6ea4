// How the demo tells its story: a line for each step with the time it took, and each state as it is seen.

import { stateBadge } from "./peering-view.js";
import { table } from "./output.js";
import { printable } from "./terminal.js";

const STEP_WIDTH = 62;
const DETAIL = "    ";

export function createStory(output) {
  const { colour, progress, json } = output;
  const begin = performance.now();
  const print = (text) => json || output.print(text);
  const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(2)} s`;
  const states = [];
  let began = begin;
  let current = "";

  const story = {
    /** Every state seen, in order, as the JSON document has them. */
    states,

    title: (text) => print(`\n${colour.bold(text)}\n\n`),

    /**
     * Runs a part and ends it with a line that has its time. With an `outcome`, its text comes first, then the states
     * seen on the way, and that last line is the outcome.
     */
    async step(text, run, outcome) {
      began = performance.now();
      current = text;
      if (outcome) print(`${colour.cyan("●")} ${text}\n`);
      progress.show(text, began);
      const result = await run();
      print(`${colour.green("✔")} ${(outcome ?? text).padEnd(STEP_WIDTH)} ${colour.dim(seconds(began).padStart(7))}\n`);
      return result;
    },

    fact: (text) => print(`${DETAIL}${colour.dim(printable(text))}\n`),

    /** An `onProgress` that tells each new state of one side. */
    watch: (cluster, peer) => (event) => {
      if (event.kind === "state") story.state(cluster, peer, event.state);
    },

    state(cluster, peer, state) {
      const last = states.findLast((seen) => seen.cluster === cluster);
      if (last?.state === state) return;
      states.push({ cluster, peer_name: peer, state, elapsed: Math.floor(performance.now() - begin) });
      print(`${DETAIL}${colour.dim(seconds(began).padStart(7))}  ${cluster} → ${peer}  ${stateBadge(state, colour)}\n`);
      progress.show(current, began);
    },

    peerings(sides) {
      const rows = Object.entries(sides).map(([cluster, p]) => [
        cluster,
        printable(p.peer_name),
        stateBadge(p.state, colour),
        printable(p.role),
        printable(p.remote.datacenter ?? "–"),
        printable(
          Object.entries(p.meta)
            .map(([key, value]) => `${key}=${value}`)
            .join(", "),
        ),
        printable(p.id),
      ]);
      print(`\n${table(["CLUSTER", "PEER", "STATE", "ROLE", "REMOTE", "META", "ID"], rows, colour, DETAIL)}\n`);
    },

    end: (text) => print(`\n${colour.bold(text)} ${colour.dim(`The whole took ${seconds(begin)}.`)}\n`),
  };
  return story;
}
