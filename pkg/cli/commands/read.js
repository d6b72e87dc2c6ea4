// consul-peering read, consul-peering list

import { callView, importedServices } from "../call-view.js";
import { clusterOptions } from "../clusters.js";
import { EXIT } from "../failure.js";
import { ALL } from "../options.js";
import { aliasHint, clustersDocument, failedClusters, inEach } from "../overview.js";
import { clustersTable, peeringTable, peeringView } from "../peering-view.js";
import { printable } from "../terminal.js";

/**
 * @import { Peering } from "../../index.js"
 * @import { Command } from "./index.js"
 */

/** @type {Command} */
export const read = {
  name: "read",
  operands: "NAME",
  least: 1,
  most: 1,
  group: "Peerings of one cluster",
  summary: "show one peering",
  details: `For each imported service, it shows the DNS names and the upstream to call it with. Exit code 1: the peering does not
exist; with --json, the output is null.`,
  examples: [
    ["the peering west on the cluster east", "consul-peering read west --cluster east"],
    ["only its state", "consul-peering read west --json | jq -r .state"],
  ],
  async run({ operands: [name], values, output, target, call, peering }) {
    const found = await peering.read(target.cluster, name, call);
    if (found) {
      const calls = importedServices(found).map(callView);
      output.result(found, () => [peeringView(found, output.colour), ...calls].join("\n"));
    } else output.result(null, () => "");
    if (!found && !output.json) {
      output.complain(
        `There is no peering "${name}" on ${target.label}. \`consul-peering list${clusterOptions(values)}\` shows the existing ones.` +
          `${aliasHint("list", name, values)}\n`,
      );
    }
    return found ? EXIT.done : EXIT.failed;
  },
};

/** @type {Command} */
export const list = {
  name: "list",
  operands: "[ALIAS…]",
  least: 0,
  group: "Peerings of one cluster",
  summary: "show all peerings of one or several clusters",
  details: `With aliases or --all, it shows the peerings of all these clusters in one table. A failed cluster is reported with the
reason, and the exit code is 1. With --json, the output is { ok, clusters, peerings }, and each peering has its cluster.`,
  options: { all: ALL },
  examples: [
    ["the peerings of the cluster east", "consul-peering list --cluster east"],
    ["the peerings of all clusters of clusters.json", "consul-peering list --all"],
    [
      "the names of peerings that are not ACTIVE",
      `consul-peering list --json | jq -r '.[] | select(.state != "ACTIVE").peer_name'`,
    ],
  ],
  async run({ output, target, call, peering }) {
    const all = await peering.list(target.cluster, call);
    output.result(all, () => (all.length ? peeringTable(all, output.colour) : none(target.label)));
    return EXIT.done;
  },
  async overview(members, context) {
    const { output, signal, call, peering } = context;
    const results = await inEach(members, signal, (cluster) => peering.list(cluster, call));
    /** @type {[cluster: string, peering: Peering][]} */
    const rows = results.flatMap(({ name, value = [] }) => value.map((each) => [name, each]));
    const document = {
      ok: !results.some(({ error }) => error),
      clusters: clustersDocument(results, context),
      peerings: rows.map(([cluster, each]) => ({ cluster, ...each })),
    };
    const empty = results.filter(({ value }) => value?.length === 0).map(({ label }) => label);
    output.result(
      document,
      () =>
        (rows.length ? clustersTable(rows, output.colour) : "") +
        empty.map((label) => `No peerings on ${printable(label)}.\n`).join(""),
    );
    return failedClusters(results, context);
  },
};

/** @param {string} label */
const none = (label) => `No peerings on ${label}.
To create one, generate a token on the accepting cluster: consul-peering token generate NAME
`;
