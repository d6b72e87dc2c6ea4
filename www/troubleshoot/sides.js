// Which clusters are checked for a peering, and which services are known to cross it. Pure.
import { namesOf } from "../clusters/links.js";
import { texts } from "./texts.js";

/**
 * @import { Troubleshooting } from "consul-peering"
 * @import { Half, Link } from "../clusters/links.js"
 * @import { App } from "../dialogs/actions.js"
 * @import { Row } from "./services.js"
 *
 * @typedef {{ alias: string, peer_name: string }} Side
 * @typedef {{ checked: Side[], alone?: string }} Sides  one or both; `alone`: why not both
 */

/** Of these, a cluster responds: what it does not let the ACL token read is skipped, with the missing rule. */
const RESPONDING = ["fresh", "denied"];

/**
 * @param {Pick<App, "live">} app
 * @param {Half} side
 * @param {Link} [link]
 * @returns {Sides}
 */
export function sidesOf({ live }, { alias, peering: { peer_name, role } }, link) {
  const here = { alias, peer_name };
  const other = role === "acceptor" ? link?.dialer : link?.acceptor;
  if (!other || other.alias === null) return { checked: [here], alone: texts.alone.elsewhere(alias) };
  if (!RESPONDING.includes(live.look(other.alias).freshness.kind)) {
    return { checked: [here], alone: texts.alone.silent(alias, other.alias) };
  }
  return { checked: [here, { alias: other.alias, peer_name: other.peering?.peer_name ?? alias }] };
}

/**
 * The services that cross a link, as far as its peerings tell.
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
