// What has changed between two looks at a cluster, a line each, with the time of day.

import { padded } from "./layout.js";
import { stateBadge } from "./peering-view.js";
import { printable } from "./terminal.js";

const NAME_WIDTH = 16;

/**
 * @param {object[] | object | null | undefined} before  what was seen last; undefined: nothing yet
 * @param {object[] | object | null} now
 * @param {{ name?: string, label: string, cluster?: string, width?: number }} what  the peering that is watched, and its
 *   cluster; its name and the width of a column for it, where it is one of several
 */
export function changes(before, now, { name, label, cluster, width }, colour) {
  const [old, found] = [byName(before), byName(now)];
  const line = (peer, text) => `${start(cluster, width, colour)}${padded(printable(peer), NAME_WIDTH)}  ${text}\n`;
  if (before === undefined && !found.size) {
    return line(name ?? "–", `nothing stands on ${printable(label)} yet`);
  }
  const gone = [...old.keys()].filter((peer) => !found.has(peer));
  return [
    ...gone.map((peer) => line(peer, `${colour.dim("gone")} (was ${printable(old.get(peer).state)})`)),
    ...[...found]
      .map(([peer, each]) => [peer, difference(old.get(peer), each, colour)])
      .filter(([, text]) => text)
      .map(([peer, text]) => line(peer, text)),
  ].join("");
}

/**
 * Lost and regained contact with a cluster, a line each.
 * @param {{ cluster: string, label: string, width?: number }} what  with a width: it is one of several
 * @param {ReturnType<import("./output.js").createOutput>} output
 */
export function createContactView({ cluster, label, width }, output) {
  let lost = false;
  const print = (document, text) => {
    const line = `${start(width && cluster, width, output.colour)}${text}\n`;
    output.print(output.json ? `${JSON.stringify({ ...document, cluster })}\n` : line);
  };
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
    /** Takes an event of the watch. */
    handle({ kind, code = kind, text }) {
      if (kind === "retry" || kind === "no_response") lose(code, text);
      if (kind === "recovered") regain();
    },
    failed: ({ code, message }) => lose(code, message),
    responded: regain,
  };
}

/** The time, and of which of several clusters a line is. */
function start(cluster, width, colour) {
  return `${colour.dim(clock())}  ${cluster ? `${padded(printable(cluster), width)}  ` : ""}`;
}

/** What people want to know of; heartbeats and the like are none of it. */
function difference(old, { state, role, id, meta, stream }, colour) {
  const badge = stateBadge(state, colour);
  if (!old || old.id !== id) return `${badge}, ${printable(role)}${old ? ", made anew" : ""}${services({ stream })}`;
  const told = [];
  if (old.state !== state) told.push(`${badge} (was ${printable(old.state)})`);
  if (services(old) !== services({ stream })) told.push(`${badge}${services({ stream }) || ", no services"}`);
  if (JSON.stringify(old.meta) !== JSON.stringify(meta)) told.push(`meta ${printable(JSON.stringify(meta))}`);
  return told.join(", ");
}

function services({ stream: { imported_services, exported_services } }) {
  const count = (list, what) => (list.length ? `, ${what} ${list.length}` : "");
  return count(imported_services, "imports") + count(exported_services, "exports");
}

const byName = (seen) =>
  new Map((Array.isArray(seen) ? seen : seen ? [seen] : []).map((each) => [each.peer_name, each]));
const clock = () => new Date().toTimeString().slice(0, 8);
