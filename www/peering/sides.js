// What is known of a peering, fact by fact: one side, or both beside each other.
import { h, keyed, setAttribute, setContent } from "../elements/dom.js";
import { FACTS, isNone, RARE, showFact } from "./facts.js";
import { hrefOf } from "../route.js";
import { texts } from "../texts.js";
import { timeAgo } from "../elements/time-ago.js";

export class Sides {
  element = h("table", { class: "facts" });
  #head = h("tr", {});
  #body = h("tbody", {});

  constructor() {
    this.element.append(h("thead", {}, this.#head), this.#body);
  }

  /** @param {{ alias: string, peering: Peering, staleSince?: number }[]} sides  one or two; the first is the one that is looked at */
  update(sides) {
    const key = sides.map(({ alias, peering, staleSince }) => [alias, peering.peer_name, staleSince]);
    setContent(this.#head, key, () => [
      h("th", { scope: "col" }, h("span", { class: "unseen" }, texts.peering.fact)),
      key.map(([alias, name, staleSince], i) =>
        h(
          "th",
          { scope: "col" },
          i === 0
            ? texts.peering.thisSide(alias)
            : h("a", { href: hrefOf(alias, name) }, texts.peering.thisSide(alias)),
          staleSince !== undefined && h("span", { class: "exact stale" }, texts.asOf, " ", timeAgo(staleSince)),
        ),
      ),
    ]);
    this.element.classList.toggle("both", sides.length > 1);
    const shown = FACTS.filter(
      ([name, value]) => !RARE.includes(name) || sides.some(({ peering }) => !isNone(value(peering))),
    );
    keyed(
      this.#body,
      shown,
      ([name]) => name,
      ([name]) => h("tr", {}, h("th", { scope: "row" }, texts.peering.facts[name])),
      (row, fact) => {
        while (row.children.length < sides.length + 1) row.append(h("td", {}));
        while (row.children.length > sides.length + 1) row.lastChild.remove();
        sides.forEach(({ peering, staleSince }, i) => {
          const value = fact[1](peering, staleSince !== undefined);
          setAttribute(row.children[i + 1], "class", staleSince === undefined ? null : "stale");
          setContent(row.children[i + 1], value, () => showFact(fact, value));
        });
      },
    );
  }
}
