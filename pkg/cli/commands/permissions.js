// consul-peering permissions

import { EXIT } from "../failure.js";
import { ALL } from "../options.js";
import { facts, table } from "../output.js";
import { clustersDocument, reportFailedClusters, onEachCluster } from "../overview.js";
import { printable } from "../terminal.js";
import { UsageError } from "../usage-error.js";

/**
 * @import { Permissions } from "../../index.js"
 * @import { Values } from "../options.js"
 * @import { Colours } from "../terminal.js"
 * @import { Command } from "./index.js"
 */

/** @type {Command} */
export const permissions = {
  name: "permissions",
  operands: "[ALIAS…]",
  least: 0,
  group: "Checks",
  summary: "show whether the ACL token may read and change peerings",
  details: `With ACLs disabled, every token may do both. With aliases or --all, it shows the token of each of these clusters. Exit
code 3: a token lacks the permission of --require.`,
  options: {
    all: ALL,
    require: { type: "string", value: "read|write", help: "fail unless the token has this permission" },
  },
  examples: [
    ["the environment's token", "consul-peering permissions"],
    ["every token of clusters.json", "consul-peering permissions --all"],
    ["the token of an alias, in a script", "consul-peering permissions --cluster east --require write"],
  ],
  async run({ values, output, target, call, peering }) {
    const required = requiredOf(values);
    const may = await peering.permissions(target.cluster, call);
    const { colour } = output;
    const show = () =>
      facts(
        [
          ["Cluster", printable(target.label)],
          ["Read", word(may.read, colour)],
          ["Write", word(may.write, colour)],
        ],
        colour,
      );
    output.result(may, show);
    return lacks(may, required) ? EXIT.checkFailed : EXIT.done;
  },
  async overview(members, context) {
    const { values, output, signal, call, peering } = context;
    const required = requiredOf(values);
    const results = await onEachCluster(members, signal, (cluster) => peering.permissions(cluster, call));
    const document = {
      ok: !results.some(({ error }) => error),
      clusters: clustersDocument(results, context, (may) => may),
    };
    const { colour } = output;
    const rows = results.flatMap(({ label, value: may }) =>
      may ? [[printable(label), word(may.read, colour), word(may.write, colour)]] : [],
    );
    output.result(document, () => (rows.length ? table(["CLUSTER", "READ", "WRITE"], rows, colour) : ""));
    const lacking = results.some(({ value }) => value && lacks(value, required));
    return reportFailedClusters(results, context, lacking ? EXIT.checkFailed : EXIT.done);
  },
};

/**
 * @param {boolean} allowed
 * @param {Colours} colour
 */
const word = (allowed, colour) => (allowed ? colour.green("yes") : colour.red("no"));

/**
 * @param {Permissions} may
 * @param {keyof Permissions | undefined} required
 */
const lacks = (may, required) => required !== undefined && !may[required];

/** @param {Values} values */
function requiredOf({ require: required }) {
  if (required === undefined || required === "read" || required === "write") return required;
  throw new UsageError(`Invalid value for --require: ${JSON.stringify(required)}.`, "Use read or write.");
}
