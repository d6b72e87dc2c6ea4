// consul-peering health

import { duration } from "../arguments.js";
import { earlier, healthOfAll, healthOf, readBoth } from "../both-sides.js";
import { chooseCluster } from "../clusters.js";
import { EXIT, failMissing } from "../failure.js";
import { healthTable, isHealthy, withHealth } from "../health-view.js";
import { ALL } from "../options.js";
import { aliasHint, clustersDocument, reportFailedClusters, onEachCluster } from "../overview.js";
import { printable } from "../terminal.js";
import { untilHealthy } from "../until-healthy.js";
import { UsageError } from "../usage-error.js";

/**
 * @import { Peering } from "../../index.js"
 * @import { NamedCluster, ClusterReading } from "../both-sides.js"
 * @import { PeeringHealth } from "../health-view.js"
 * @import { Values } from "../options.js"
 * @import { Output } from "../output.js"
 * @import { ClusterContext, Command } from "./index.js"
 *
 * @typedef {NamedCluster & { label: string }} Other  the cluster of the other side
 * @typedef {{ all: PeeringHealth[], missing?: boolean, readings?: [ClusterReading, ClusterReading] }} Found
 */

/** @type {Command} */
export const health = {
  name: "health",
  operands: "[NAME|ALIAS…]",
  least: 0,
  takesName: true,
  ofOnePeering: ["other", "other-name"],
  group: "Checks",
  summary: "check whether peerings are healthy, with reasons if not",
  details: `Checks one peering, or all peerings of one or several clusters. Exit code 0: all are healthy. Exit code 3: at least one is
starting, degraded, broken or ending. A peering is starting until its first heartbeat, about 15 seconds after it became
ACTIVE. Exit code 1: the peering does not exist, or a cluster failed.

--wait polls until all are healthy, for at most this time, and then reports the last result.

--other also reads the other side: whether both sides belong to each other, and whether each side imports the services
that the other one exports. Without NAME, it checks all peerings between the two clusters, from both sides.

With aliases or --all, it checks the peerings of each of these clusters. A failed cluster is reported with the reason,
and the exit code is 1, or 2 if its settings are invalid. A single argument is an alias of clusters.json, unless --cluster or CONSUL_HTTP_ADDR names the
cluster; then it is the name of a peering. With --json, the output is { ok, clusters, peerings }.

With --json, each peering has cluster, peer_name, state, role, remote, heartbeat, verdict, and checks with their code,
verdict and text.`,
  options: {
    all: ALL,
    wait: { type: "string", value: "TIME", help: "poll until healthy, for at most this time, such as 60s or 2m" },
    other: { type: "string", value: "ALIAS|URL", help: "cluster of the other side" },
    "other-name": {
      type: "string",
      value: "NAME",
      help: "name of the peering on the other side, if the ids do not show it (default: this cluster's alias)",
    },
  },
  examples: [
    ["all peerings of the cluster east, for a monitor", "consul-peering health --cluster east"],
    ["all peerings of all clusters", "consul-peering health --all"],
    ["one peering, from both sides", "consul-peering health west --cluster east --other west"],
    ["all peerings between two clusters", "consul-peering health --cluster east --other west"],
    ["in CI, after connect", "consul-peering health west --cluster east --wait 60s"],
    [
      "the names of broken peerings",
      `consul-peering health --json | jq -r '.[] | select(.verdict == "broken").peer_name'`,
    ],
  ],
  async run(context) {
    const { operands, values, output, signal, target } = context;
    const other = otherCluster(context);
    const [name] = operands;
    const all = name === undefined;
    /** @param {Found} [first] */
    const read = (first) => (other ? readBetween(context, other, first) : readHere(context));
    const found = await untilHealthy(read, { wait: waitOf(values), signal, output });
    if (!found.missing) {
      const document = all ? found.all : found.all[0];
      const none = () => `No peerings on ${printable(target.label)}.\n`;
      return show(document, found.all, output, none, all && other !== undefined);
    }
    if (!all) {
      return failMissing(
        output,
        `There is no peering "${name}" on ${target.label}.`,
        aliasHint("health", name, values).trim(),
      );
    }
    return failMissing(output, `There are no peerings between ${target.label} and ${other?.label}.`, "", []);
  },
  async overview(members, context) {
    const { values, output, signal, call, peering } = context;
    if (values.other !== undefined)
      throw new UsageError("--other cannot be combined with several clusters.", USE_OTHER);
    const read = async () => {
      const results = await onEachCluster(members, signal, (cluster) => peering.list(cluster, call));
      const all = results.flatMap(({ name, value = [] }) => value.map((each) => withHealth(peering, name, each)));
      return { results, all, error: results.find(({ error }) => error)?.error };
    };
    const { results, all, error } = await untilHealthy(read, { wait: waitOf(values), signal, output });
    const document = {
      ok: !error && all.every(isHealthy),
      clusters: clustersDocument(results, context),
      peerings: all,
    };
    const shown = () => (all.length ? healthTable(all, output.colour, { several: true }) : "No peerings.\n");
    output.result(document, shown);
    return reportFailedClusters(results, context, all.every(isHealthy) ? EXIT.done : EXIT.checkFailed);
  },
};

const USE_OTHER = "Use `consul-peering health --cluster ALIAS --other ALIAS`.";
/** @param {Values} values */
const waitOf = ({ wait }) => (wait === undefined ? 0 : duration(wait, "--wait"));

/**
 * The cluster of the other side; undefined without --other.
 * @param {ClusterContext} context
 * @returns {Other | undefined}
 */
function otherCluster({ values, env }) {
  const { other, "other-name": given, clusters } = values;
  if (other !== undefined) {
    const { alias, label, cluster } = chooseCluster({ cluster: other, clusters }, env, "--other");
    return { alias, label: printable(label), name: alias ?? cluster.address, cluster };
  }
  if (given === undefined) return undefined;
  throw new UsageError("--other-name needs --other.", "Add --other ALIAS|URL.");
}

/**
 * The peerings of --cluster alone.
 * @param {ClusterContext} context
 * @returns {Promise<Found>}
 */
async function readHere({ operands: [name], target, call, peering }) {
  const { alias, cluster } = target;
  /** @returns {Promise<Peering[]>} */
  const one = async () => {
    const read = await peering.read(cluster, name, call);
    return read ? [read] : [];
  };
  const found = name === undefined ? await peering.list(cluster, call) : await one();
  return {
    missing: name !== undefined && !found.length,
    all: found.map((each) => withHealth(peering, alias ?? cluster.address, each)),
  };
}

/**
 * The peerings of both sides.
 * @param {ClusterContext} context
 * @param {Other} other
 * @param {Found} [first]
 * @returns {Promise<Found>}
 */
async function readBetween({ operands: [name], values, target, call, peering }, other, first) {
  const own = { ...target, name: target.alias ?? target.cluster.address };
  /** @type {[NamedCluster, NamedCluster]} */
  const places = [own, other];
  const readings = await readBoth(peering, places, call);
  if (name === undefined) {
    const all = healthOfAll(peering, places, readings, first?.readings);
    return { readings, missing: !all.length, all };
  }
  const [here, there] = readings;
  const found = here.peerings.find(({ peer_name }) => peer_name === name);
  if (!found) return { readings, missing: true, all: [] };
  const options = { name: values["other-name"] ?? target.alias, previous: earlier(first?.readings?.[0], found) };
  return { readings, all: [healthOf(peering, found, here, there, options)] };
}

/**
 * @param {PeeringHealth[] | PeeringHealth} document
 * @param {PeeringHealth[]} all
 * @param {Output} output
 * @param {() => string} none
 * @param {boolean} several
 */
function show(document, all, output, none, several) {
  output.result(document, () => (all.length ? healthTable(all, output.colour, { several }) : none()));
  return all.every(isHealthy) ? EXIT.done : EXIT.checkFailed;
}
