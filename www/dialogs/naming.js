// Name and meta of a peering to be made on one cluster, and what it means that one exists under the name already: the
// package's own preflight check decides that.
import { isPeeringError, preflight, validatePeerName } from "consul-peering";
import { h } from "../elements/dom.js";
import { choice, metaField, metaIn, metaText, nameField } from "./fields.js";
import { texts } from "./texts.js";

/**
 * @import { Peering, PeeringSpec } from "consul-peering"
 * @import { App } from "./actions.js"
 * @import { Told } from "./field.js"
 * @import { Meta } from "./fields.js"
 */

/** Codes that `replace` overcomes. */
const REPLACED = ["role_conflict", "deleting", "terminated"];

export class Naming {
  #refused = false; // the call found what this page had not seen yet
  #given = ""; // the meta that was filled in here, not typed
  #box = h("input", { type: "checkbox", onchange: () => this.name.validate() });
  #choice = choice(this.#box, texts.naming.replace);

  /**
   * @param {App} app
   * @param {string} alias
   * @param {() => Partial<PeeringSpec> | null} more  what else the spec has; null as long as that is not valid
   * @param {(existing: Peering) => Told | undefined} renewal  what is said where the existing peering is kept
   */
  constructor(app, alias, more, renewal) {
    /** @param {string} name */
    const named = (name) => app.live.look(alias).peerings?.find(({ peer_name }) => peer_name === name);
    const usual = app.clusters.of(alias).defaults.meta;
    this.name = nameField(texts.name.label(alias), {
      check: (name) => {
        const existing = named(name);
        this.#follow(existing?.meta ?? usual);
        /** @param {boolean} replace */
        const decide = (replace) => existing && this.#decide(existing, more(), replace);
        const decision = decide(false);
        // Offered only where it overcomes what is refused.
        const helps = decision?.action === "refuse" && decide(true)?.action !== "refuse";
        this.#choice.hidden = !helps && !(this.#refused && !decision);
        if (!existing || !decision || this.replace) return [];
        if (decision.action === "send") return [renewal(existing)].flatMap((finding) => finding ?? []);
        return [texts.naming.decided(existing, decision)];
      },
    });
    this.meta = metaField(alias);
    this.meta.input.addEventListener("input", () => this.name.validate());
    this.#follow(usual);
    this.elements = [this.name, this.#choice, this.meta];
    this.#choice.hidden = true;
  }

  /**
   * What the call would do; undefined as long as the form is not valid.
   * @param {Peering} existing
   * @param {Partial<PeeringSpec> | null} more
   * @param {boolean} replace
   */
  #decide(existing, more, replace) {
    if (!more || !this.meta.valid || validatePeerName(existing.peer_name).length > 0) return undefined;
    return preflight({ ...this.spec, ...more }, existing, { replace });
  }

  /**
   * The meta of what stands is what one begins with: left out, it would be lost, or be another than can be.
   * @param {Meta} [meta]
   */
  #follow(meta) {
    const now = metaText(meta);
    if (now === this.#given || this.meta.value !== this.#given) return;
    this.meta.value = this.#given = now;
  }

  get valid() {
    return this.name.valid && this.meta.valid;
  }

  get spec() {
    return { peer_name: this.name.value, meta: metaIn(this.meta) };
  }

  /** Chosen, and only where there is something to choose. */
  get replace() {
    return !this.#choice.hidden && this.#box.checked;
  }

  /**
   * Offers what an error leaves to be chosen, where the name has been taken since.
   * @param {unknown} error
   */
  failed(error) {
    this.#refused = isPeeringError(error) && REPLACED.includes(error.code);
    this.name.validate();
  }
}
