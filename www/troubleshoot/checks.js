// The list of checks: failed ones first, then warnings, skipped ones and, collapsed, passed ones.
import { sentence } from "../dialogs/texts.js";
import { block } from "../elements/block.js";
import { h } from "../elements/dom.js";
import { sharedFix, skippedGroups } from "../../pkg/checks.js";
import { withStatus } from "./groups.js";
import { texts } from "./texts.js";

/**
 * @import { Check } from "consul-peering"
 * @import { Child } from "../elements/dom.js"
 * @import { Skipped } from "../../pkg/checks.js"
 * @import { Status } from "./groups.js"
 *
 * @typedef {(text: string) => string} WithAliases  replaces the addresses of clusters with their aliases
 * @typedef {(check: Check) => string | null} FixOf
 */

/** @param {string} id */
export const titleOf = (id) => texts.checks[id] ?? id;

/**
 * @param {Check[]} checks
 * @param {WithAliases} withAliases
 * @param {FixOf} fixOf
 */
export function checkGroups(checks, withAliases, fixOf) {
  const shown = [...withStatus(checks, "fail"), ...withStatus(checks, "warning")];
  /** @param {Check} check */
  const show = (check) => item(check, sharedFix(check, shown), withAliases, fixOf);
  const skipped = skippedGroups(checks).map((group) => skippedItem(group, withAliases));
  return [
    group("fail", withStatus(checks, "fail").map(show)),
    group("warning", withStatus(checks, "warning").map(show)),
    group("skipped", skipped),
    passed(withStatus(checks, "pass"), withAliases),
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
 * @param {Check[]} fixed  the checks that its fix fixes: the first one shows the fix
 * @param {WithAliases} withAliases
 * @param {FixOf} fixOf
 */
function item(check, fixed, withAliases, fixOf) {
  const { id, cluster, message, evidence } = check;
  const fix = fixOf(check);
  const titles = fixed.map((each) => titleOf(each.id));
  const details = Object.entries(evidence).map(([kind, names = []]) =>
    h("div", {}, h("dt", {}, texts.evidence[kind] ?? kind), h("dd", {}, names.map(withAliases).join(", "))),
  );
  return h(
    "li",
    {},
    h("h4", {}, texts.on(titleOf(id), withAliases(cluster))),
    h("p", {}, sentence(withAliases(message))),
    details.length > 0 && h("dl", {}, details),
    fix &&
      (check === fixed[0]
        ? [h("h5", {}, titles.length > 1 ? texts.fixOf(titles) : texts.fix), block(fix.trimEnd(), texts.fixWhat)]
        : h("p", {}, texts.fixedBy(titles[0]))),
  );
}

/**
 * @param {Skipped} group
 * @param {WithAliases} withAliases
 */
function skippedItem({ cluster, needs, message, ids }, withAliases) {
  const alias = withAliases(cluster);
  return h(
    "li",
    {},
    h("h4", {}, needs === null ? texts.on(ids.map(titleOf).join(", "), alias) : texts.rules(alias)),
    needs === null
      ? h("p", {}, sentence(withAliases(message)))
      : [block(needs, texts.rulesWhat), h("p", {}, texts.skipped(ids.map(titleOf)))],
  );
}

/**
 * @param {Check[]} checks
 * @param {WithAliases} withAliases
 * @returns {Child}
 */
const passed = (checks, withAliases) =>
  checks.length > 0 &&
  h(
    "details",
    { "data-check": "pass" },
    h("summary", {}, texts.groups.pass),
    h(
      "ul",
      {},
      checks.map(({ id, cluster, message }) =>
        h("li", {}, h("strong", {}, texts.on(titleOf(id), withAliases(cluster))), ": ", sentence(withAliases(message))),
      ),
    ),
  );
