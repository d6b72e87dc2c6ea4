// The result of troubleshoot, for people.

import { fixText, sharedFix, skippedGroups } from "../checks.js";
import { callView } from "./call-view.js";
import { wrap } from "./layout.js";
import { table } from "./output.js";
import { printable } from "./terminal.js";

/**
 * @import { Check, ServiceAcross, Troubleshooting } from "../index.js"
 * @import { Naming, Skipped } from "../checks.js"
 * @import { PairSide } from "./pair.js"
 * @import { Colours, Style } from "./terminal.js"
 */

/** @type {Record<Check["status"], Style>} */
const STATUS_COLOUR = { pass: "green", warning: "yellow", fail: "red", skipped: "dim" };

/**
 * Names the clusters in the commands to paste as this command did.
 * @param {Troubleshooting} found
 * @param {PairSide[]} sides
 * @param {string} [clusters]  the file of aliases
 * @returns {Troubleshooting}
 */
export function withAliases(found, sides, clusters) {
  /** @type {Naming} */
  const naming = {
    nameOf: (cluster) => sides.find(({ address }) => address === cluster)?.name ?? cluster,
    selecting: (cluster) => ({ cluster, clusters }),
    options: { clusters },
    hasAddresses: (cluster) => sides.some(({ name, side }) => name === cluster && side.server_external_addresses),
  };
  return { ...found, checks: found.checks.map((check) => ({ ...check, fix: fixText(check, naming) })) };
}

/**
 * @param {Troubleshooting} found
 * @param {PairSide[]} sides
 * @param {Colours} colour
 */
export function troubleshootingView({ ok, checks, services }, sides, colour) {
  const nameOf = namer(sides);
  const isCertain = isCertainIn(checks);
  const shown = checks.filter(({ status }) => status === "fail" || status === "warning");
  const parts = [
    ...(services.length ? [servicesTable(services, isCertain, nameOf, colour)] : []),
    ...shown.map((check) => checkView(check, sharedFix(check, shown), nameOf, colour)),
    skippedGroups(checks)
      .map((group) => skippedView(group, nameOf, colour))
      .join(""),
    ...(ok ? services.filter((each) => each.problems.length === 0 && isCertain(each)).map(callView) : []),
    `${summary(checks)}${ok ? "" : ` Fix what fails, then run this again.`}\n`,
  ];
  return parts.filter(Boolean).join("\n");
}

/** @typedef {(cluster: string) => string} NameOf  a cluster's name for people */

/**
 * @param {PairSide[]} sides
 * @returns {NameOf}
 */
const namer = (sides) => (cluster) => printable(sides.find(({ address }) => address === cluster)?.name ?? cluster);

const OF_A_SERVICE = /^(exports|imports|intentions|gateways)\./;

/**
 * Whether every check that decides about a service could be made.
 * @param {Check[]} checks
 * @returns {(service: ServiceAcross) => boolean}
 */
const isCertainIn =
  (checks) =>
  ({ exporter, importer }) =>
    !checks.some(
      ({ id, status, cluster }) =>
        status === "skipped" && OF_A_SERVICE.test(id) && (cluster === exporter || cluster === importer),
    );

/**
 * @param {ServiceAcross[]} services
 * @param {(service: ServiceAcross) => boolean} isCertain
 * @param {NameOf} nameOf
 * @param {Colours} colour
 */
function servicesTable(services, isCertain, nameOf, colour) {
  /** @param {boolean | null} is */
  const yes = (is) => (is === null ? colour.dim("?") : is ? colour.green("yes") : colour.red("no"));
  /** @param {ServiceAcross} service */
  const none = (service) => (isCertain(service) ? colour.green("none") : colour.yellow("unknown"));
  const rows = services.map((service) => {
    const { name, exporter, importer, exported, imported, instances, problems } = service;
    return [
      printable(name),
      nameOf(exporter),
      nameOf(importer),
      yes(exported),
      yes(imported),
      instances ? `${instances.passing}/${instances.total}` : colour.dim("?"),
      problems.length ? colour.red(problems.join(", ")) : none(service),
    ];
  });
  return table(["SERVICE", "FROM", "TO", "EXPORTED", "IMPORTED", "PASSING", "PROBLEMS"], rows, colour);
}

/**
 * @param {Check} check
 * @param {Check[]} fixed  the checks that its fix fixes, in the order of the output: the first one has the fix
 * @param {NameOf} nameOf
 * @param {Colours} colour
 */
function checkView(check, fixed, nameOf, colour) {
  const { id, status, cluster, message, fix, evidence } = check;
  const found = Object.entries(evidence).map(
    ([kind, names = []]) => `${kind}: ${names.map((name) => printable(name)).join(", ")}`,
  );
  const text = `${printable(message)}${found.length ? ` (${found.join("; ")})` : ""}`;
  const lines = wrap(text, colour.width - 2).map((line) => `  ${line}`);
  const ids = fixed.map((each) => each.id);
  const all = `${ids.slice(0, -1).join(", ")} and ${ids.at(-1)}`;
  const pasted =
    fix === null
      ? []
      : fixed[0] !== check
        ? [`  Fixed by the fix of ${ids[0]}.`]
        : [
            ...(ids.length > 1 ? [`  This fixes ${all}:`] : []),
            ...fix
              .trimEnd()
              .split("\n")
              .map((line) => `    ${colour.cyan(printable(line))}`),
          ];
  return [
    `${colour[STATUS_COLOUR[status]](status)} ${colour.bold(id)} on ${nameOf(cluster)}`,
    ...lines,
    ...pasted,
    "",
  ].join("\n");
}

/**
 * Skipped checks, and the rules that they need.
 * @param {Skipped} group
 * @param {NameOf} nameOf
 * @param {Colours} colour
 */
function skippedView({ cluster, needs, message, ids }, nameOf, colour) {
  const rules = needs?.split("\n").map((rule) => printable(rule));
  const why = rules ? `the ACL token lacks ${rules.join(" and ")}` : printable(message);
  const list = wrap(ids.join(", "), colour.width - 2).map((line) => `  ${line}\n`);
  return `${colour.dim("skipped")} on ${nameOf(cluster)}: ${why}\n${list.join("")}`;
}

/** @param {Check[]} checks */
function summary(checks) {
  /** @param {Check["status"]} wanted */
  const count = (wanted) => checks.filter(({ status }) => status === wanted).length;
  const parts = [
    `${count("pass")} pass`,
    `${count("fail")} fail`,
    ...(count("warning") ? [`${count("warning")} with a warning`] : []),
    ...(count("skipped") ? [`${count("skipped")} skipped`] : []),
  ];
  return `${checks.length} checks: ${parts.join(", ")}.`;
}
