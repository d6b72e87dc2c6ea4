// consul-peering validate

import { EXIT } from "../failure.js";
import { columns } from "../layout.js";
import { printable, sentences } from "../terminal.js";

/**
 * @import { Finding } from "../../index.js"
 * @import { Colours } from "../terminal.js"
 */

/** @type {import("./index.js").Command} */
export const validate = {
  name: "validate",
  operands: "NAME…",
  least: 1,
  group: "Checks",
  summary: "check whether Consul accepts these peer names, without contacting it",
  details: "Exit code 3: at least one name is invalid.",
  offline: true,
  examples: [
    ["one name", "consul-peering validate eu-west-1"],
    ["all names of a file, in CI", "consul-peering validate $(cat names.txt)"],
  ],
  async run({ operands, output, peering }) {
    const names = operands.map((name) => ({ name, findings: peering.validatePeerName(name) }));
    const ok = !names.some(({ findings }) => findings.some(({ severity }) => severity === "error"));
    output.result({ ok, names }, () =>
      columns(
        names.flatMap((entry) => rows(entry, output.colour)),
        { width: output.colour.width },
      ),
    );
    return ok ? EXIT.done : EXIT.checkFailed;
  },
};

/**
 * @param {{ name: string, findings: Finding[] }} entry
 * @param {Colours} colour
 */
function rows({ name, findings }, colour) {
  const shown = colour.bold(printable(name) || '""');
  if (!findings.length) return [[shown, colour.green("valid")]];
  const invalid = findings.some(({ severity }) => severity !== "warning");
  const texts = new Set(findings.flatMap(({ message }) => message).concat(findings.map(({ fix }) => fix)));
  const why = [...texts].reduce((text, next) => sentences(text, next));
  return [[shown, invalid ? colour.red("invalid") : colour.yellow("warning"), printable(why)]];
}
