// The checks as they are read: those that failed, then warnings, what was skipped, and, folded, what passed.
import { sentence } from "../dialogs/texts.js";
import { block } from "../elements/block.js";
import { h } from "../elements/dom.js";
import { skippedGroups, withStatus } from "./groups.js";
import { texts } from "./texts.js";

/**
 * @import { Check } from "consul-peering"
 * @import { Child } from "../elements/dom.js"
 * @import { Skipped, Status } from "./groups.js"
 *
 * @typedef {(text: string) => string} Named  with the clusters' aliases for their addresses
 */

/** @param {string} id */
export const titleOf = (id) => texts.checks[id] ?? id;

/**
 * @param {Check[]} checks
 * @param {Named} named
 */
export function checkGroups(checks, named) {
  /** @param {Check} check */
  const show = (check) => item(check, named);
  const skipped = skippedGroups(checks).map((group) => skippedItem(group, named));
  return [
    group("fail", withStatus(checks, "fail").map(show)),
    group("warning", withStatus(checks, "warning").map(show)),
    group("skipped", skipped),
    passed(withStatus(checks, "pass"), named),
  ];
}

/**
 * @param {Status} status
 * @param {HTMLElement[]} items
 */
const group = (status, items) =>
  items.length > 0 && h("section", { "data-check": status }, h("h3", {}, texts.groups[status]), h("ul", {}, items));

/**
 * @param {Check} check
 * @param {Named} named
 */
function item({ id, cluster, message, fix, evidence }, named) {
  const found = Object.entries(evidence).map(([kind, names = []]) =>
    h("div", {}, h("dt", {}, texts.evidence[kind] ?? kind), h("dd", {}, names.map(named).join(", "))),
  );
  return h(
    "li",
    {},
    h("h4", {}, texts.on(titleOf(id), named(cluster))),
    h("p", {}, sentence(named(message))),
    found.length > 0 && h("dl", {}, found),
    fix && [h("h5", {}, texts.fix), block(named(fix.trimEnd()), texts.fixWhat)],
  );
}

/**
 * @param {Skipped} group
 * @param {Named} named
 */
function skippedItem({ cluster, needs, message, ids }, named) {
  const alias = named(cluster);
  return h(
    "li",
    {},
    h("h4", {}, needs === null ? texts.on(ids.map(titleOf).join(", "), alias) : texts.rules(alias)),
    needs === null
      ? h("p", {}, sentence(named(message)))
      : [block(needs, texts.rulesWhat), h("p", {}, texts.skipped(ids.map(titleOf)))],
  );
}

/**
 * @param {Check[]} checks
 * @param {Named} named
 * @returns {Child}
 */
const passed = (checks, named) =>
  checks.length > 0 &&
  h(
    "details",
    { "data-check": "pass" },
    h("summary", {}, texts.groups.pass),
    h(
      "ul",
      {},
      checks.map(({ id, cluster, message }) =>
        h("li", {}, h("strong", {}, texts.on(titleOf(id), named(cluster))), ": ", sentence(named(message))),
      ),
    ),
  );
