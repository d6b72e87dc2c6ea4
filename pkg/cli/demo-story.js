// The demo's output: a line for each step with its duration, and each new state.

import { stateBadge } from "./peering-view.js";
import { table } from "./output.js";
import { printable } from "./terminal.js";

const STEP_WIDTH = 62;
const DETAIL = "    ";

/**
 * @import { Peering, Progress } from "../index.js"
 * @import { Output } from "./output.js"
 *
 * @typedef {ReturnType<typeof createStory>} Story
 * @typedef {{ cluster: string, peer_name: string, state: string, elapsed: number }} ObservedState  `elapsed` in ms
 */

/** @param {Output} output */
export function createStory(output) {
  const { colour, progress, json } = output;
  const begin = performance.now();
  /** @param {string} text */
  const print = (text) => {
    if (!json) output.print(text);
  };
  /** @param {number} since */
  const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(2)} s`;
  /** @type {ObservedState[]} */
  const states = [];
  let began = begin;
  let current = "";

  const story = {
    /** Every state, in order, for the JSON document. */
    states,

    /** @param {string} text */
    title: (text) => print(`\n${colour.bold(text)}\n\n`),

    /**
     * Runs a part and prints a line with its duration. With an `outcome`, its text comes first, then the states on the
     * way, and the last line is the outcome.
     * @template T
     * @param {string} text
     * @param {() => Promise<T>} run
     * @param {string} [outcome]
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

    /** @param {string} text */
    fact: (text) => print(`${DETAIL}${colour.dim(printable(text))}\n`),

    /**
     * An `onProgress` that prints each new state of one side.
     * @param {string} cluster
     * @param {string} peer
     * @returns {(event: Progress) => void}
     */
    watch: (cluster, peer) => (event) => {
      if (event.state !== undefined) story.state(cluster, peer, event.state);
    },

    /**
     * @param {string} cluster
     * @param {string} peer
     * @param {string} state
     */
    state(cluster, peer, state) {
      const last = states.findLast((observed) => observed.cluster === cluster);
      if (last?.state === state) return;
      states.push({ cluster, peer_name: peer, state, elapsed: Math.floor(performance.now() - begin) });
      print(`${DETAIL}${colour.dim(seconds(began).padStart(7))}  ${cluster} → ${peer}  ${stateBadge(state, colour)}\n`);
      progress.show(current, began);
    },

    /** @param {Record<string, Peering>} sides  by cluster */
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

    /** @param {string} text */
    end: (text) => print(`\n${colour.bold(text)} ${colour.dim(`Total time: ${seconds(begin)}.`)}\n`),
  };
  return story;
}
