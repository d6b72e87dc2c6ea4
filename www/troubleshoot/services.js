// The table of the services that cross a peering, and how to call each.
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
 *   imported?: boolean, isFailing?: boolean }} Row  clusters by their aliases; `exported` and `imported` as far as that was
 *   checked; `isFailing`: not all of its problems are warnings
 */

const SEEN = 100;

export class ServicesTable {
  #table = h("table", { class: "crossing" });
  #more = h("button", { type: "button", onclick: () => this.#showAll() });
  element = h("div", {}, this.#table, this.#more);
  /** @type {Row[]} */
  #rows = [];
  #seen = SEEN;
  /** @type {Set<string>} those whose use is shown */
  #open = new Set();

  /** @param {Row[]} rows */
  update(rows) {
    this.#rows = rows;
    const rest = rows.length - this.#seen;
    this.element.hidden = rows.length === 0;
    this.#more.hidden = rest <= 0;
    this.#more.textContent = texts.more(rest);
    setContent(this.#table, [rows, this.#seen], () => [
      h("caption", { class: "unseen" }, texts.caption),
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
        rows.slice(0, this.#seen).map((row, i) => this.#row(row, `use-${i}`)),
      ),
    ]);
  }

  #showAll() {
    const first = this.#seen;
    this.#seen = Infinity;
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
      { id, hidden: !this.#open.has(key), class: "use" },
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
      if (use.hidden) this.#open.delete(key);
      else this.#open.add(key);
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
 * @param {string} label  where the columns are not side by side
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
