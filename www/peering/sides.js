// What is known of a peering, fact by fact: one side, or both beside each other.
import { h, keyed, setAttribute, setContent } from "../elements/dom.js";
import { FACTS, isNone, RARE, showFact } from "./facts.js";
import { hrefOf } from "../route.js";
import { texts } from "../texts.js";
import { timeAgo } from "../elements/time-ago.js";

/**
 * @import { End } from "../clusters/links.js"
 *
 * @typedef {End & { alias: string, missing?: string }} ShownSide  `missing`: why there is no peering
 */

export class Sides {
  element = h("table", { class: "facts" });
  #head = h("tr", {});
  #body = h("tbody", {});

  constructor() {
    this.element.append(h("thead", {}, this.#head), this.#body);
  }

  /** @param {ShownSide[]} sides  one or two; the first is the one that is looked at */
  update(sides) {
    const heads = sides.map((side) => ({
      alias: side.alias,
      name: side.peering?.peer_name,
      staleSince: staleSinceOf(side),
      missing: side.missing,
    }));
    setContent(this.#head, heads, () => [
      h("th", { scope: "col" }, h("span", { class: "unseen" }, texts.peering.fact)),
      heads.map(({ alias, name, staleSince, missing }, i) =>
        h(
          "th",
          { scope: "col" },
          i === 0 || missing
            ? texts.peering.thisSide(alias)
            : h("a", { href: hrefOf(alias, name) }, texts.peering.thisSide(alias)),
          missing && h("span", { class: "exact stale" }, missing),
          staleSince !== undefined && h("span", { class: "exact stale" }, texts.asOf, " ", timeAgo(staleSince)),
        ),
      ),
    ]);
    this.element.classList.toggle("both", sides.length > 1);
    const shown = FACTS.filter(
      ([name, value]) => !RARE.includes(name) || sides.some(({ peering }) => peering && !isNone(value(peering, false))),
    );
    keyed(
      this.#body,
      shown,
      ([name]) => name,
      ([name]) => h("tr", {}, h("th", { scope: "row" }, texts.peering.facts[name])),
      (row, fact) => {
        while (row.children.length < sides.length + 1) row.append(h("td", {}));
        while (row.children.length > sides.length + 1) row.lastChild?.remove();
        sides.forEach((side, i) => {
          const { peering } = side;
          const staleSince = staleSinceOf(side);
          const value = peering && fact[1](peering, staleSince !== undefined);
          setAttribute(row.children[i + 1], "class", peering && staleSince === undefined ? null : "stale");
          setContent(row.children[i + 1], [value, peering === null], () => (peering ? showFact(fact, value) : "–"));
        });
      },
    );
  }
}

/** @param {ShownSide} side */
const staleSinceOf = (side) => (side.peering ? side.staleSince : undefined);
