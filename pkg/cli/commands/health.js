// consul-peering health

import { chooseCluster } from "../clusters.js";
import { EXIT } from "../failure.js";
import { ALL } from "../options.js";
import { table } from "../output.js";
import { aliasHint, clustersDocument, failedClusters, inEach } from "../overview.js";
import { stateBadge } from "../peering-view.js";
import { printable } from "../terminal.js";
import { UsageError } from "../usage-error.js";

const VERDICT_COLOUR = { healthy: "green", starting: "yellow", degraded: "yellow", broken: "red", ending: "dim" };

export const health = {
  name: "health",
  operands: "[NAME|ALIAS…]",
  least: 0,
  takesName: true,
  ofOnePeering: ["other", "other-name"],
  group: "Checks",
  summary: "judge one peering, or all of a cluster or several: healthy, or why not",
  details: `Exit code 0 when all are healthy, 3 when one is not: starting, degraded, broken or ending. Starting counts as not
healthy: a peering is starting until its first heartbeat, about 15 seconds after it became ACTIVE. With --other, the
other side is looked at as well, which finds half a link.

With aliases or --all: the peerings of each of these clusters. A cluster that fails is named with its reason, and the
exit code is 1. A single operand is an alias of clusters.json, unless --cluster or CONSUL_HTTP_ADDR names the cluster:
then it is a peering there. With --json, that is { ok, clusters, peerings }, each peering with its cluster.`,
  options: {
    all: ALL,
    other: { type: "string", value: "ALIAS|URL", help: "the cluster of the other side" },
    "other-name": { type: "string", value: "NAME", help: "what that calls this cluster (default: this one's alias)" },
  },
  examples: [
    ["all peerings of the cluster eu, for a monitor", "consul-peering health --cluster eu"],
    ["all of all clusters", "consul-peering health --all"],
    ["one, from both sides", "consul-peering health us --cluster eu --other us"],
    ["those that are broken", `consul-peering health --json | jq -r '.[] | select(.verdict == "broken").peer_name'`],
  ],
  async run({ operands: [name], values, env, output, target, call, peering }) {
    const other = otherSide(name, values, env, target);
    if (name === undefined) {
      const all = (await peering.list(target.cluster, call)).map((each) => judged(peering, each));
      return show(all, all, output, () => `No peerings on ${printable(target.label)}.\n`);
    }
    const [here, there] = await Promise.all([
      peering.read(target.cluster, name, call),
      other && peering.read(other.cluster, other.name, call),
    ]);
    if (here) {
      const verdict = judged(peering, here, there);
      return show(verdict, [verdict], output);
    }
    if (output.json) output.result(null);
    else
      output.complain(
        `There is no peering "${printable(name)}" on ${printable(target.label)}.${aliasHint("health", name, values)}\n`,
      );
    return EXIT.failed;
  },
  async overview(members, { values, output, signal, call, peering }) {
    if (values.other !== undefined) throw new UsageError("--other is for one peering.", USE_OTHER);
    const results = await inEach(members, signal, ({ cluster }) => peering.list(cluster, call));
    const all = results.flatMap(({ name, value = [] }) =>
      value.map((each) => ({ cluster: name, ...judged(peering, each) })),
    );
    const document = {
      ok: !results.some(({ error }) => error) && all.every(isHealthy),
      clusters: clustersDocument(results),
      peerings: all,
    };
    output.result(document, () => (all.length ? healthTable(all, output.colour) : "No peerings.\n"));
    return failedClusters(results, output, all.every(isHealthy) ? EXIT.done : EXIT.notAsAsked);
  },
};

const USE_OTHER = "Write `consul-peering health NAME --cluster ALIAS --other ALIAS`.";
const isHealthy = ({ verdict }) => verdict === "healthy";

/** Where the other side is, and its name there; undefined when it is not asked for. */
function otherSide(name, values, env, target) {
  const { other, "other-name": given, clusters } = values;
  if (other === undefined) {
    if (given === undefined) return undefined;
    throw new UsageError("--other-name says nothing without --other.", "Add --other ALIAS|URL.");
  }
  if (name === undefined) throw new UsageError("--other is for one peering.", USE_OTHER);
  const peer_name = given ?? target.alias;
  if (peer_name === undefined) {
    throw new UsageError(
      "What the other side calls this cluster is not said, and this one has no alias that it could be called by.",
      "Add --other-name NAME.",
    );
  }
  return { cluster: chooseCluster({ cluster: other, clusters }, env, "--other").cluster, name: peer_name };
}

function judged({ health: judge }, found, other) {
  return { peer_name: found.peer_name, state: found.state, ...judge(found, { other }) };
}

function show(document, all, output, none) {
  output.result(document, () => (all.length ? healthTable(all, output.colour) : none()));
  return all.every(isHealthy) ? EXIT.done : EXIT.notAsAsked;
}

function healthTable(all, colour) {
  const several = all[0].cluster !== undefined;
  const rows = all.map(({ cluster, peer_name, state, verdict, reasons }) => [
    ...(several ? [printable(cluster)] : []),
    printable(peer_name),
    (colour[VERDICT_COLOUR[verdict]] ?? String)(verdict),
    stateBadge(state, colour),
    printable(reasons.join("; ")),
  ]);
  return table([...(several ? ["CLUSTER"] : []), "PEER", "HEALTH", "STATE", "WHY"], rows, colour);
}
