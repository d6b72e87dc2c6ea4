// The fields of a peering as a table: one side, or both next to each other.
import { h, keyed, setAttribute, setContent } from "../elements/dom.js";
import { FIELDS, isEmpty, OPTIONAL, showField } from "./fields.js";
import { hrefOf } from "../route.js";
import { texts } from "../texts.js";
import { timeAgo } from "../elements/time-ago.js";

/**
 * @import { End } from "../clusters/links.js"
 *
 * @typedef {End & { alias: string, missing?: string }} ShownSide  `missing`: why this side has no peering
 */

export class Sides {
  element = h("table", { class: "facts" });
  #head = h("tr", {});
  #body = h("tbody", {});

  constructor() {
    this.element.append(h("thead", {}, this.#head), this.#body);
  }

  /** @param {ShownSide[]} sides  one or two, first the side of this view */
  update(sides) {
    const headers = sides.map((side) => ({
      alias: side.alias,
      name: side.peering?.peer_name,
      staleSince: staleSinceOf(side),
      missing: side.missing,
    }));
    setContent(this.#head, headers, () => [
      h("th", { scope: "col" }, h("span", { class: "visually-hidden" }, texts.peering.field)),
      headers.map(({ alias, name, staleSince, missing }, i) =>
        h(
          "th",
          { scope: "col" },
          i === 0 || missing
            ? texts.peering.side(alias)
            : h("a", { href: hrefOf(alias, name) }, texts.peering.side(alias)),
          missing && h("span", { class: "exact stale" }, missing),
          staleSince !== undefined && h("span", { class: "exact stale" }, texts.asOf, " ", timeAgo(staleSince)),
        ),
      ),
    ]);
    this.element.classList.toggle("both", sides.length > 1);
    const shown = FIELDS.filter(
      ([name, value]) =>
        !OPTIONAL.includes(name) || sides.some(({ peering }) => peering && !isEmpty(value(peering, false))),
    );
    keyed(
      this.#body,
      shown,
      ([name]) => name,
      ([name]) => h("tr", {}, h("th", { scope: "row" }, texts.peering.fields[name])),
      (row, field) => {
        while (row.children.length < sides.length + 1) row.append(h("td", {}));
        while (row.children.length > sides.length + 1) row.lastChild?.remove();
        sides.forEach((side, i) => {
          const { peering } = side;
          const staleSince = staleSinceOf(side);
          const value = peering && field[1](peering, staleSince !== undefined);
          setAttribute(row.children[i + 1], "class", peering && staleSince === undefined ? null : "stale");
          setContent(row.children[i + 1], [value, peering === null], () => (peering ? showField(field, value) : "–"));
        });
      },
    );
  }
}

/** @param {ShownSide} side */
const staleSinceOf = (side) => (side.peering ? side.staleSince : undefined);
