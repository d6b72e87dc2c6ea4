// Name and meta of a peering to be made on one cluster, and what it means that something stands under the name already.
import { h } from "../elements/dom.js";
import { choice, metaField, metaIn, metaText, nameField } from "./fields.js";
import { texts } from "./texts.js";

/** What `replace` overcomes. */
const REPLACED = ["role_conflict", "peer_mismatch", "deleting", "terminated"];

export class Naming {
  #refused = false;
  #given = ""; // the meta that was filled in here, not typed
  #box = h("input", { type: "checkbox", onchange: () => this.name.validate() });
  #choice = choice(this.#box, texts.naming.replace);

  /** @param {(standing: Peering) => Finding} judge  what is said of a peering that stands under the name */
  constructor(app, alias, judge) {
    const named = (name) => app.live.look(alias).peerings?.find(({ peer_name }) => peer_name === name);
    const usual = app.clusters.get(alias).defaults.meta;
    this.name = nameField(texts.name.label(alias), {
      check: (name) => {
        const standing = named(name);
        this.#follow(standing?.meta ?? usual);
        const finding = standing && judge(standing);
        this.#choice.hidden = finding?.severity !== "error" && !this.#refused;
        return finding && !this.replace ? [finding] : [];
      },
    });
    this.meta = metaField(alias);
    this.#follow(usual);
    this.elements = [this.name, this.#choice, this.meta];
    this.#choice.hidden = true;
  }

  /** The meta of what stands is what one begins with: left out, it would be lost, or be another than can be. */
  #follow(meta) {
    const now = metaText(meta);
    if (now === this.#given || this.meta.value !== this.#given) return;
    this.meta.value = this.#given = now;
  }

  get spec() {
    return { peer_name: this.name.value, meta: metaIn(this.meta) };
  }

  /** Chosen, and only where there is something to choose. */
  get replace() {
    return !this.#choice.hidden && this.#box.checked;
  }

  /** Offers what an error leaves to be chosen. */
  failed({ code }) {
    this.#refused = REPLACED.includes(code);
    this.name.validate();
  }
}
