// consul-peering read, consul-peering list

import { callView, importedServices } from "../call-view.js";
import { clusterOptions } from "../clusters.js";
import { EXIT, failMissing } from "../failure.js";
import { ALL } from "../options.js";
import { aliasHint, clustersDocument, reportFailedClusters, onEachCluster } from "../overview.js";
import { clustersTable, peeringTable, peeringView } from "../peering-view.js";
import { printable } from "../terminal.js";

/**
 * @import { Peering } from "../../index.js"
 * @import { Values } from "../options.js"
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
exist; with --json, stdout is null.`,
  examples: [
    ["the peering west on the cluster east", "consul-peering read west --cluster east"],
    ["only its state", "consul-peering read west --json | jq -r .state"],
  ],
  async run({ operands: [name], values, output, target, call, peering }) {
    const found = await peering.read(target.cluster, name, call);
    if (found) {
      const calls = importedServices(found).map(callView);
      output.result(found, () => [peeringView(found, output.colour), ...calls].join("\n"));
      return EXIT.done;
    }
    const hint = `\`consul-peering list${clusterOptions(values)}\` shows the existing ones.${aliasHint("list", name, values)}`;
    return failMissing(output, `There is no peering "${name}" on ${target.label}.`, hint);
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
  async run({ output, values, target, call, peering }) {
    const all = await peering.list(target.cluster, call);
    output.result(all, () => (all.length ? peeringTable(all, output.colour) : none(target.label, values)));
    return EXIT.done;
  },
  async overview(members, context) {
    const { output, signal, call, peering } = context;
    const results = await onEachCluster(members, signal, (cluster) => peering.list(cluster, call));
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
    return reportFailedClusters(results, context);
  },
};

/**
 * @param {string} label
 * @param {Values} values
 */
const none = (label, values) => `No peerings on ${printable(label)}.
To connect two clusters: consul-peering connect A B
With the other cluster in other hands, generate a peering token: consul-peering token generate NAME${clusterOptions(values)}
`;
