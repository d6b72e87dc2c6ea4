// The changes between two readings of a cluster, a line each, with the time of day.

import { health } from "../consul_peering.js";
import { padded } from "./layout.js";
import { stateBadge } from "./peering-view.js";
import { printable } from "./terminal.js";

/**
 * @import { Peering, Progress } from "../index.js"
 * @import { Failure } from "./failure.js"
 * @import { Output } from "./output.js"
 * @import { Colours } from "./terminal.js"
 *
 * @typedef {Peering[] | Peering | null} Observed
 */

const NAME_WIDTH = 16;

/**
 * @param {Observed | undefined} before  what was observed last; undefined: nothing yet
 * @param {Observed} now
 * @param {{ name?: string, label: string, cluster?: string, width?: number }} what  the peering that is watched, and its
 *   cluster; its name and the width of a column for it, where it is one of several
 * @param {Colours} colour
 */
export function changes(before, now, { name, label, cluster, width }, colour) {
  const [old, found] = [byName(before), byName(now)];
  /** @param {string} peer @param {string} text */
  const line = (peer, text) => `${start(cluster, width, colour)}${padded(printable(peer), NAME_WIDTH)}  ${text}\n`;
  if (before === undefined && !found.size) {
    return line(name ?? "–", `no peering on ${printable(label)} yet`);
  }
  const gone = [...old].filter(([peer]) => !found.has(peer));
  const differences = [...found].map(([peer, each]) => ({ peer, text: difference(old.get(peer), each, colour) }));
  return [
    ...gone.map(([peer, { state }]) => line(peer, `${colour.dim("gone")} (was ${printable(state)})`)),
    ...differences.filter(({ text }) => text).map(({ peer, text }) => line(peer, text)),
  ].join("");
}

/**
 * Lost and regained contact with a cluster, a line each.
 * @param {{ cluster: string, label: string, width?: number }} what  with a width: it is one of several
 * @param {Output} output
 */
export function createContactView({ cluster, label, width }, output) {
  let lost = false;
  /** @param {object} document @param {string} text */
  const print = (document, text) => {
    const line = `${start(width ? cluster : undefined, width, output.colour)}${text}\n`;
    output.print(output.json ? `${JSON.stringify({ ...document, cluster })}\n` : line);
  };
  /** @param {string} code @param {string} reason */
  const lose = (code, reason) => {
    if (lost) return;
    lost = true;
    const text = output.colour.yellow(`lost contact with ${printable(label)}: ${printable(reason)}`);
    print({ type: "contact_lost", code, reason }, text);
  };
  const regain = () => {
    if (!lost) return;
    lost = false;
    print({ type: "contact_regained" }, output.colour.green(`regained contact with ${printable(label)}`));
  };
  return {
    /**
     * Handles an event of the watch.
     * @param {Progress} event
     */
    handle({ kind, code = kind, text }) {
      if (kind === "retry" || kind === "no_response") lose(code, text);
      if (kind === "recovered") regain();
    },
    /** @param {Failure} error */
    failed: ({ code = "failed", message = "" }) => lose(code, message),
    responded: regain,
  };
}

/**
 * The time, and the cluster of a line if there are several.
 * @param {string | undefined} cluster
 * @param {number | undefined} width
 * @param {Colours} colour
 */
function start(cluster, width, colour) {
  return `${colour.dim(clock())}  ${cluster ? `${padded(printable(cluster), width ?? 0)}  ` : ""}`;
}

/**
 * The relevant fields, without heartbeats and the like.
 * @param {Peering | undefined} old
 * @param {Peering} now
 * @param {Colours} colour
 */
function difference(old, now, colour) {
  const { state, role, id, meta, stream } = now;
  const badge = stateBadge(state, colour);
  if (!old || old.id !== id) {
    const first = `${badge}, ${printable(role)}${old ? ", recreated" : ""}${services(stream)}`;
    return first + restarted(now);
  }
  const parts = [];
  if (old.state !== state) parts.push(`${badge} (was ${printable(old.state)})${restarted(now)}`);
  const changed = [
    ...servicesChange(old, now, "imported_services", "imports"),
    ...servicesChange(old, now, "exported_services", "exports"),
  ];
  if (changed.length) parts.push([...(parts.length ? [] : [badge]), ...changed].join(", "));
  if (JSON.stringify(old.meta) !== JSON.stringify(meta)) parts.push(`meta ${printable(JSON.stringify(meta))}`);
  return parts.join(", ");
}

/**
 * An acceptor is PENDING after a restart of its servers, like one whose token was never used.
 * @param {Peering} peering
 */
function restarted(peering) {
  const isRestarted = health(peering).checks.some(({ code }) => code === "not_reconnected");
  return isRestarted ? ": the servers restarted; the dialer has not reconnected yet" : "";
}

/** @param {Peering["stream"]} stream */
function services({ imported_services, exported_services }) {
  /** @param {string[]} list @param {string} what */
  const count = (list, what) => (list.length ? `, ${what} ${list.length}: ${printable(list.join(", "))}` : "");
  return count(imported_services, "imports") + count(exported_services, "exports");
}

/**
 * The added and removed services.
 * @param {Peering} old
 * @param {Peering} now
 * @param {"imported_services" | "exported_services"} key
 * @param {string} verb
 */
function servicesChange(old, now, key, verb) {
  const [before, after] = [old.stream[key], now.stream[key]];
  const came = after.filter((name) => !before.includes(name)).map((name) => `+${printable(name)}`);
  const went = before.filter((name) => !after.includes(name)).map((name) => `-${printable(name)}`);
  return came.length + went.length ? [`${verb} ${after.length} (${[...came, ...went].join(" ")})`] : [];
}

/** @param {Observed | undefined} observed */
const byName = (observed) =>
  new Map((Array.isArray(observed) ? observed : observed ? [observed] : []).map((each) => [each.peer_name, each]));

/** The time of day with its offset from UTC, as RFC 3339 writes it: 14:03:21+02:00. */
function clock() {
  const now = new Date();
  const offset = -now.getTimezoneOffset();
  /** @param {number} number */
  const two = (number) => String(Math.floor(Math.abs(number))).padStart(2, "0");
  const zone = offset ? `${offset < 0 ? "-" : "+"}${two(offset / 60)}:${two(offset % 60)}` : "Z";
  return now.toTimeString().slice(0, 8) + zone;
}
