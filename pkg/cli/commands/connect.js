// consul-peering connect

import { mayDelete } from "../confirm.js";
import { EXIT } from "../failure.js";
import { DRY_RUN, SEVERAL_OPTIONS, SIDES, YES } from "../options.js";
import { choosePair, onPair } from "../pair.js";
import { tellPair } from "../pair-progress.js";
import { clustersTable } from "../peering-view.js";
import { deletions, notesView } from "../plan-view.js";
import { printable } from "../terminal.js";
import { planOf, showPlan } from "./plan.js";

export const connect = {
  name: "connect",
  operands: "A B",
  least: 2,
  most: 2,
  group: "Two clusters, and more",
  summary: "link two clusters, until both sides are ACTIVE: A accepts, B dials",
  details: `A and B are aliases of clusters.json, or URLs. The peering token goes from A to B within this command, and is shown
nowhere. A second time it changes nothing; after an interruption it goes on from what stands. What may be somebody
else's is not touched. A half that will never serve again is deleted and made anew, after a question.`,
  clusterOptions: SEVERAL_OPTIONS,
  options: { ...SIDES, "dry-run": DRY_RUN, yes: YES },
  examples: [
    ["two aliases of clusters.json, which are what they call each other", "consul-peering connect eu us"],
    ["what it would do", "consul-peering connect eu us --dry-run"],
    [
      "two addresses; each needs a name for the other",
      "consul-peering connect https://consul.eu.example:8501 http://127.0.0.1:8500 --a-name us --b-name eu",
    ],
    ["A behind a load balancer", "consul-peering connect eu us --external-address peering.eu.example:8443"],
  ],
  async run(context) {
    const { values, output, call, peering } = context;
    const pair = choosePair(context);
    const found = await planOf("connect", pair, context);
    if (values["dry-run"]) return showPlan(found, pair, context, "connect");
    const warning = deletions(found, pair);
    if (warning && !values.yes && !(await mayDelete("connect", warning, "Go on?", context))) return EXIT.failed;

    const [a, b] = pair.map(({ side }) => side);
    const onProgress = tellPair(output, call, pair);
    const linked = await onPair("connect", pair, () => peering.connect(a, b, { ...call, onProgress }));
    output.result({ ...linked, notes: found.notes }, () => linkedView(linked, pair, found.notes, output.colour));
    return EXIT.done;
  },
};

function linkedView(linked, pair, notes, colour) {
  const [a, b] = pair.map(({ name }) => printable(name));
  const [accepts, dials] = linked.reversed ? [b, a] : [a, b];
  const which = `${accepts} accepts, ${dials} dials`;
  const first = linked.changed ? `Linked: ${which}.` : `Nothing to do: they are linked, ${which}.`;
  return `${first}\n${notesView(notes, colour)}${sidesTable(linked, pair, colour)}`;
}

/** Both sides of a link. */
export function sidesTable({ acceptor, dialer }, [a, b], colour) {
  return clustersTable(
    [
      [a.name, acceptor],
      [b.name, dialer],
    ],
    colour,
  );
}
