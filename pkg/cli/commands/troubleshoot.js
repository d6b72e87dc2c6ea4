// consul-peering troubleshoot

import { chooseCluster } from "../clusters.js";
import { EXIT } from "../failure.js";
import { NAMES, SEVERAL_OPTIONS } from "../options.js";
import { choosePair, onPair, sideOf } from "../pair.js";
import { troubleshootingView, withAliases } from "../troubleshoot-view.js";
import { UsageError } from "../usage-error.js";

/**
 * @import { PairSide } from "../pair.js"
 * @import { Command, Context } from "./index.js"
 */

/** @type {Command} */
export const troubleshoot = {
  name: "troubleshoot",
  operands: "A [B]",
  least: 1,
  most: 2,
  group: "Checks",
  summary: "find out why services cannot be called through a peering",
  details: `Checks the peering, exports, imports, intentions, mesh gateways and routing, and changes nothing. Exit code 0: no check
failed. Exit code 3: at least one check failed. Exit code 1: a cluster cannot be read. Warnings and skipped checks do not
change the exit code, except with --strict. A check is skipped if the ACL token lacks a permission; the output names the
missing rule.

Most failed checks have a fix to paste: a config entry for \`consul config write\`, or a command. The config entry
replaces the existing one and includes its content; checks that one entry fixes have the same fix, which is printed once. If
all is well, the output shows how to call each service.

With A alone, only A's side of its peering is checked; name the peering with --a-name. With B, both sides are compared.

With --service, the checks of exports, imports, intentions and routing leave out other services. Checks of the cluster, such
as those of the peering and the mesh gateways, are always included.

With --json, the output is { ok, checks, services }; each check has a stable id.`,
  clusterOptions: SEVERAL_OPTIONS,
  options: {
    service: { type: "string", value: "NAME", help: "check only this service, from its exporter to its importer" },
    strict: { type: "boolean", help: "exit code 3 unless every check passes: none skipped, no warning" },
    ...NAMES,
  },
  examples: [
    ["two aliases of clusters.json", "consul-peering troubleshoot east west"],
    ["one service", "consul-peering troubleshoot east west --service web"],
    ["fail if any check is skipped or has a warning", "consul-peering troubleshoot east west --service web --strict"],
    ["with access to one side only", "consul-peering troubleshoot east --a-name west"],
    [
      "the ids of failed checks, in a pipeline",
      `consul-peering troubleshoot east west --json | jq -r '.checks[] | select(.status == "fail").id'`,
    ],
  ],
  async run(context) {
    const sides = chooseSides(context);
    const [a, b] = sides;
    const options = {
      ...context.call,
      ...(context.values.service !== undefined && { service: context.values.service }),
    };
    const ask = () => context.peering.troubleshoot(a.side, b?.side, options);
    const result = await (b ? onPair("troubleshoot", [a, b], ask) : ask());
    const found = withAliases(result, sides, context.values.clusters);
    context.output.result(found, () => troubleshootingView(found, sides, context.output.colour));
    const isDone = context.values.strict ? found.checks.every(({ status }) => status === "pass") : found.ok;
    return isDone ? EXIT.done : EXIT.checkFailed;
  },
};

/**
 * @param {Context} context
 * @returns {[PairSide] | [PairSide, PairSide]}
 */
function chooseSides(context) {
  const { operands, values, env } = context;
  if (operands.length === 2) return choosePair(context);
  const name = values["a-name"];
  if (name === undefined) {
    throw new UsageError(
      "The peering of A is not specified.",
      "Add the other cluster, or --a-name NAME: the name of its peering on A.",
    );
  }
  if (values["b-name"] !== undefined) throw new UsageError("--b-name needs B.", "Add B, or leave it out.");
  return [sideOf(chooseCluster({ cluster: operands[0], clusters: values.clusters }, env, "A"), name)];
}
