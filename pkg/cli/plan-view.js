// Plans, for people.

import { columns } from "./layout.js";
import { printable } from "./terminal.js";

/**
 * @import { Plan, PlanNote, PlanStep } from "../index.js"
 * @import { Colours, Style } from "./terminal.js"
 *
 * @typedef {{ label: string, side: { peer_name: string } }} NamedSide  `label`: the cluster's
 */

/** @type {Record<PlanStep["action"], Style>} */
const ACTION_COLOUR = { delete: "red", wait: "dim", generate: "green", establish: "green" };

/**
 * @param {Plan} plan
 * @param {[{ name: string }, { name: string }]} pair  the acceptor and the dialer, as they were named
 * @param {string} next  how to apply it
 * @param {Colours} colour
 */
export function planView({ steps, notes, reversed }, pair, next, colour) {
  const [a, b] = pair.map(({ name }) => printable(name));
  const turned = reversed
    ? `The existing link has the opposite direction, which is kept: ${b} accepts, ${a} dials.\n`
    : "";
  if (!steps.length)
    return `${turned}Nothing to do: ${a} and ${b} are connected, and ACTIVE on both sides.\n${notesView(notes, colour)}`;
  const rows = steps.map(({ on, action, reason }, i) => [
    colour.dim(String(i + 1)),
    colour[ACTION_COLOUR[action]](action),
    `on ${on === "acceptor" ? a : b}`,
    printable(reason),
  ]);
  const count = steps.length === 1 ? "1 step" : `${steps.length} steps`;
  const end = `${count}. ${next}\n`;
  return `${turned}${columns(rows, { width: colour.width })}${notesView(notes, colour)}${end}`;
}

/**
 * Differences from the request that remain.
 * @param {PlanNote[]} notes
 * @param {Colours} colour
 */
export function notesView(notes, colour) {
  return notes.map(({ text }) => `${colour.yellow("Note:")} ${printable(text)}.\n`).join("");
}

/**
 * The deletions of a plan, for the warning before a question; empty if there are none.
 * @param {Plan} plan
 * @param {[NamedSide, NamedSide]} pair  the acceptor and the dialer, as they were named
 */
export function deletions({ steps }, [a, b]) {
  const deleted = steps.filter(({ action }) => action === "delete");
  return deleted
    .map(({ on, reason }) => {
      const { side, label } = on === "acceptor" ? a : b;
      return `The peering "${side.peer_name}" on ${label} is deleted and recreated: ${reason}.`;
    })
    .join("\n");
}
