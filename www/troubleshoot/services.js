// The table of the services that cross a peering, with the DNS names and the upstream of each.
import { block } from "../elements/block.js";
import { copyButton } from "../elements/copy.js";
import { h, setContent } from "../elements/dom.js";
import { titleOf } from "./checks.js";
import { texts } from "./texts.js";

/**
 * @import { ServiceAcross } from "consul-peering"
 * @import { Child } from "../elements/dom.js"
 *
 * @typedef {Pick<ServiceAcross, "name" | "exporter" | "importer"> & { found?: ServiceAcross, exported?: boolean,
 *   imported?: boolean, isFailing?: boolean }} Row  clusters by their aliases; `exported` and `imported`: undefined if that
 *   was not checked; `isFailing`: whether a problem is more than a warning
 */

const SHOWN = 100;

export class ServicesTable {
  #table = h("table", { class: "crossing" });
  #more = h("button", { type: "button", onclick: () => this.#showAll() });
  element = h("div", {}, this.#table, this.#more);
  /** @type {Row[]} */
  #rows = [];
  #shown = SHOWN;
  /** @type {Set<string>} the rows whose details are expanded */
  #expanded = new Set();

  /** @param {Row[]} rows */
  update(rows) {
    this.#rows = rows;
    const rest = rows.length - this.#shown;
    this.element.hidden = rows.length === 0;
    this.#more.hidden = rest <= 0;
    this.#more.textContent = texts.more(rest);
    setContent(this.#table, [rows, this.#shown], () => [
      h("caption", { class: "visually-hidden" }, texts.caption),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          Object.values(texts.columns).map((name) => h("th", { scope: "col" }, name)),
        ),
      ),
      h(
        "tbody",
        {},
        rows.slice(0, this.#shown).map((row, i) => this.#row(row, `use-${i}`)),
      ),
    ]);
  }

  #showAll() {
    const first = this.#shown;
    this.#shown = Infinity;
    this.update(this.#rows);
    /** @type {HTMLElement | null} */ (
      this.#table.querySelectorAll("tbody th")[first]?.closest("tr")?.querySelector("button")
    )?.focus();
  }

  /**
   * @param {Row} row
   * @param {string} id
   */
  #row({ name, exporter, importer, exported, imported, isFailing = false, found }, id) {
    const key = `${name} ${exporter}`;
    const use = h(
      "tr",
      { id, hidden: !this.#expanded.has(key), class: "use" },
      found && h("td", { colspan: 7 }, useOf(found, importer)),
    );
    const toggle = h(
      "button",
      {
        type: "button",
        class: "small",
        "aria-expanded": String(!use.hidden),
        "aria-controls": id,
        "aria-label": texts.useOf(name, importer),
      },
      texts.use,
    );
    toggle.addEventListener("click", () => {
      use.hidden = !use.hidden;
      toggle.ariaExpanded = String(!use.hidden);
      if (use.hidden) this.#expanded.delete(key);
      else this.#expanded.add(key);
    });
    const { problems = [], instances } = found ?? {};
    const { columns } = texts;
    return [
      h(
        "tr",
        {},
        h("th", { scope: "row" }, name),
        cell(columns.direction, texts.direction(exporter, importer)),
        cell(columns.exported, yesNo(exported)),
        cell(columns.imported, yesNo(imported)),
        cell(columns.instances, instances ? passing(instances) : texts.unknown),
        cell(columns.problems, found ? problemsOf(problems, isFailing) : texts.unknown),
        h("td", {}, found && toggle),
      ),
      found && use,
    ];
  }
}

/**
 * @param {string} label  for narrow layouts, which have no header
 * @param {Child} content
 */
const cell = (label, content) => h("td", { "data-label": label }, content);

/** @param {boolean | undefined} is */
const yesNo = (is) => (is === undefined ? texts.unknown : is ? texts.yes : h("strong", { class: "error" }, texts.no));

/** @param {NonNullable<ServiceAcross["instances"]>} instances */
const passing = ({ passing, total }) =>
  h("span", { class: passing === 0 ? "error" : null }, texts.passing(passing, total));

/**
 * @param {string[]} problems  ids of checks
 * @param {boolean} isFailing
 */
const problemsOf = (problems, isFailing) =>
  problems.length > 0
    ? h("strong", { "data-check": isFailing ? "fail" : "warning" }, problems.map(titleOf).join(", "))
    : texts.noProblems;

/**
 * @param {ServiceAcross} service
 * @param {string} importer
 */
function useOf({ dns, upstream }, importer) {
  const names = dns.map((name) =>
    h(
      "li",
      {},
      h("code", {}, name),
      " ",
      copyButton(() => name, `${texts.dnsWhat} ${name}`),
    ),
  );
  return h(
    "dl",
    {},
    h("div", {}, h("dt", {}, texts.dns(importer)), h("dd", {}, h("ul", {}, names))),
    h("div", {}, h("dt", {}, texts.upstream(importer)), h("dd", {}, block(upstream, texts.upstreamWhat))),
  );
}
