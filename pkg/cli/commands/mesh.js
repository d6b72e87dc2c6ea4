// consul-peering mesh

import { count } from "../arguments.js";
import { addressOf, chooseCluster } from "../clusters.js";
import { DEFAULT_FILE, readClusters } from "../clusters-file.js";
import { mayDelete } from "../confirm.js";
import { EXIT } from "../failure.js";
import { meshDocument, meshErrors, meshTable, withHints } from "../mesh-view.js";
import { DRY_RUN, SEVERAL_OPTIONS, YES, VERBOSE } from "../options.js";
import { reportPairs } from "../pair-progress.js";
import { deletions } from "../plan-view.js";
import { nearest, UsageError } from "../usage-error.js";

/**
 * @import { MeshResult } from "../../index.js"
 * @import { ChosenCluster } from "../clusters.js"
 * @import { ShownPair } from "../pair-progress.js"
 * @import { Command, Context } from "./index.js"
 *
 * @typedef {object} Member
 * @property {string} label
 * @property {string} alias
 * @property {{ cluster: ChosenCluster, meta?: Record<string, string>, server_external_addresses?: string[] }} given
 */

/** @type {Command} */
export const mesh = {
  name: "mesh",
  operands: "[ALIAS…]",
  least: 0,
  group: "Connect clusters",
  summary: "connect every pair of clusters (default: all of clusters.json)",
  details: `Peerings are named after the aliases; pairs that are already linked, under any names, are not changed. In each pair, the
cluster with server_external_addresses accepts, otherwise the one with the smaller alias. A failed pair does not stop
the others, and the next run completes it. Before the command deletes and recreates a side that cannot become ACTIVE
again, it asks for confirmation.`,
  clusterOptions: SEVERAL_OPTIONS,
  options: {
    concurrency: {
      type: "string",
      value: "N",
      help: "limit of concurrent writes; waiting for ACTIVE is not limited (default: 16)",
    },
    "dry-run": DRY_RUN,
    verbose: VERBOSE,
    yes: YES,
  },
  examples: [
    ["all of clusters.json", "consul-peering mesh"],
    ["preview the steps for three of them", "consul-peering mesh east west north --dry-run"],
    ["the pairs that failed", `consul-peering mesh --yes --json | jq '.pairs[] | select(.status == "failed")'`],
  ],
  async run(context) {
    const { values, output, call, peering } = context;
    const members = chooseMembers(context);
    const clusters = Object.fromEntries(members.map(({ alias, given }) => [alias, given]));
    const options = { ...call, ...(values.concurrency && { concurrency: count(values.concurrency, "--concurrency") }) };
    if (values["dry-run"] || !values.yes) {
      const found = withHints(await peering.mesh(clusters, { ...options, dryRun: true }), values.clusters);
      if (values["dry-run"]) return show(found, context);
      const warning = warningFor(found, members);
      if (warning && !(await mayDelete("mesh", warning, "Continue?", context))) return EXIT.failed;
    }
    const onProgress = reportPairs(output, call, pairsOf(members), values);
    return show(withHints(await peering.mesh(clusters, { ...options, onProgress }), values.clusters), context);
  },
};

/**
 * @param {Context} context
 * @returns {Member[]}
 */
function chooseMembers({ operands, values, env }) {
  const file = readClusters(values.clusters);
  if (!file) {
    throw new UsageError(
      `There is no ${DEFAULT_FILE} in this directory.`,
      "Pass the file with --clusters; `consul-peering --help` shows its format.",
    );
  }
  const known = Object.keys(file.aliases);
  const aliases = operands.length ? [...new Set(operands)] : known;
  const members = aliases.map((cluster) => {
    if (!known.includes(cluster) && !cluster.includes(":")) {
      const near = nearest(cluster, known);
      throw new UsageError(
        `Unknown alias ${JSON.stringify(cluster)}.`,
        `${near ? `Did you mean ${near}? ` : ""}Aliases: ${known.join(", ") || "none"}.`,
      );
    }
    const target = chooseCluster({ cluster, clusters: file.file }, env, "ALIAS");
    const { label, alias, cluster: own, meta, server_external_addresses } = target;
    if (alias !== undefined) return { label, alias, given: { cluster: own, meta, server_external_addresses } };
    throw new UsageError(
      `\`mesh\` takes aliases, but ${label} is an address.`,
      `Give it an alias in ${file.file}: the other clusters use it as the name of the peering.`,
    );
  });
  if (members.length < 2) {
    const found = members.length ? `only ${members[0].alias}` : "none";
    throw new UsageError(`\`mesh\` needs at least two clusters, but has ${found}.`, `Add some to ${file.file}.`);
  }
  return members;
}

/**
 * Every pair, for the progress.
 * @param {Member[]} members
 * @returns {ShownPair[]}
 */
function pairsOf(members) {
  /** @param {Member} here @param {Member} there */
  const side = (here, there) => ({ name: here.alias, address: addressOf(here.given.cluster), peer_name: there.alias });
  return members.flatMap((a, i) =>
    members.slice(i + 1).map((b) => ({ name: `${a.alias} – ${b.alias}`, sides: [side(a, b), side(b, a)] })),
  );
}

/**
 * @param {MeshResult} planned
 * @param {Member[]} members
 */
function warningFor({ pairs }, members) {
  /** @param {string} here @param {string} there */
  const side = (here, there) => ({
    label: members.find(({ alias }) => alias === here)?.label ?? here,
    side: { peer_name: there },
  });
  return pairs
    .map(({ plan, acceptor, dialer }) => deletions(plan, [side(acceptor, dialer), side(dialer, acceptor)]))
    .filter(Boolean)
    .join("\n");
}

/**
 * @param {MeshResult} result
 * @param {Context} context
 */
function show(result, { output, values, env }) {
  const of = { command: mesh, clusters: values.clusters, env };
  output.result(meshDocument(result, of), () => meshTable(result, output.colour));
  if (!output.json) for (const text of meshErrors(result, of, output.stderrColours)) output.error(text);
  if (!result.ok) return EXIT.failed;
  return result.pairs.some(({ status }) => status === "planned") ? EXIT.checkFailed : EXIT.done;
}
