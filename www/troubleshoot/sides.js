// The clusters to check for a peering, and the services that cross it. Pure.
import { namesOf } from "../clusters/links.js";
import { texts } from "./texts.js";

/**
 * @import { Troubleshooting } from "consul-peering"
 * @import { Link, PeeringSide } from "../clusters/links.js"
 * @import { App } from "../dialogs/actions.js"
 * @import { Row } from "./services.js"
 *
 * @typedef {{ alias: string, peer_name: string }} Side
 * @typedef {{ checked: Side[], reason?: string }} Sides  one or both; `reason`: why only one
 */

/** Clusters that respond. Checks for which the ACL token lacks a rule are skipped. */
const RESPONDING = ["fresh", "denied"];

/**
 * @param {Pick<App, "live">} app
 * @param {PeeringSide} side
 * @param {Link} [link]
 * @returns {Sides}
 */
export function sidesOf({ live }, { alias, peering: { peer_name, role } }, link) {
  const here = { alias, peer_name };
  const other = role === "acceptor" ? link?.dialer : link?.acceptor;
  if (!other || other.alias === null) return { checked: [here], reason: texts.oneSide.elsewhere(alias) };
  if (!RESPONDING.includes(live.snapshot(other.alias).freshness.kind)) {
    return { checked: [here], reason: texts.oneSide.silent(alias, other.alias) };
  }
  return { checked: [here, { alias: other.alias, peer_name: other.peering?.peer_name ?? alias }] };
}

/**
 * The services that cross a link, from the data of its peerings.
 * @param {Link} [link]
 * @returns {Row[]}
 */
export function crossing(link) {
  if (!link) return [];
  const [dialer, acceptor] = namesOf(link);
  const { toAcceptor, toDialer } = link.services;
  return [
    ...toAcceptor.map((name) => ({ name, exporter: dialer, importer: acceptor })),
    ...toDialer.map((name) => ({ name, exporter: acceptor, importer: dialer })),
  ];
}

/**
 * @param {Pick<App, "clusters">} app
 * @param {Troubleshooting} found
 * @param {Sides} sides
 * @returns {Row[]}
 */
export function rowsOf({ clusters }, { checks, services }, { checked }) {
  const failed = checks.filter(({ status }) => status === "fail").map(({ id }) => id);
  const aliases = new Map(checked.map(({ alias }) => [clusters.of(alias).address, alias]));
  return services.map((found) => {
    const { name, exporter, importer } = found;
    return {
      name,
      exporter: aliases.get(exporter) ?? exporter,
      importer: aliases.get(importer) ?? importer,
      exported: aliases.has(exporter) ? (found.exported ?? undefined) : undefined,
      imported: aliases.has(importer) ? (found.imported ?? undefined) : undefined,
      isFailing: found.problems.some((id) => failed.includes(id)),
      found,
    };
  });
}
