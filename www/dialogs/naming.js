// The name and the meta of a new peering. If a peering of that name exists, the package's preflight check decides whether it
// can be reused or has to be replaced.
import { isPeeringError, preflight, validatePeerName } from "consul-peering";
import { h } from "../elements/dom.js";
import { choice, metaField, metaIn, metaText, nameField } from "./fields.js";
import { texts } from "./texts.js";

/**
 * @import { Peering, PeeringSpec } from "consul-peering"
 * @import { App } from "./actions.js"
 * @import { FieldFinding } from "./field.js"
 * @import { Meta } from "./fields.js"
 */

/** Error codes that `replace` resolves. */
const RESOLVED_BY_REPLACE = ["role_conflict", "deleting", "terminated"];

export class Naming {
  #hasConflict = false; // the call found a peering that the page had not read yet
  #suggestedMeta = ""; // the meta that was filled in automatically
  #box = h("input", { type: "checkbox", onchange: () => this.name.validate() });
  #choice = choice(this.#box, texts.naming.replace);

  /**
   * @param {App} app
   * @param {string} alias
   * @param {() => Partial<PeeringSpec> | null} more  the rest of the spec; null while it is invalid
   * @param {(existing: Peering) => FieldFinding | undefined} renewal  the finding if the existing peering is kept
   */
  constructor(app, alias, more, renewal) {
    /** @param {string} name */
    const findExisting = (name) => app.live.snapshot(alias).peerings?.find(({ peer_name }) => peer_name === name);
    const defaultMeta = app.clusters.of(alias).defaults.meta;
    this.name = nameField(texts.name.label(alias), {
      check: (name) => {
        const existing = findExisting(name);
        this.#suggestMeta(existing?.meta ?? defaultMeta);
        /** @param {boolean} replace */
        const decide = (replace) => existing && this.#decide(existing, more(), replace);
        const decision = decide(false);
        const isResolvedByReplace = decision?.action === "refuse" && decide(true)?.action !== "refuse";
        this.#choice.hidden = !isResolvedByReplace && !(this.#hasConflict && !decision);
        if (!existing || !decision || this.replace) return [];
        if (decision.action === "send") return [renewal(existing)].flatMap((finding) => finding ?? []);
        return [texts.naming.decided(existing, decision)];
      },
    });
    this.meta = metaField(alias);
    this.meta.input.addEventListener("input", () => this.name.validate());
    this.#suggestMeta(defaultMeta);
    this.elements = [this.name, this.#choice, this.meta];
    this.#choice.hidden = true;
  }

  /**
   * What the call would do; undefined while the form is invalid.
   * @param {Peering} existing
   * @param {Partial<PeeringSpec> | null} more
   * @param {boolean} replace
   */
  #decide(existing, more, replace) {
    if (!more || !this.meta.valid || validatePeerName(existing.peer_name).length > 0) return undefined;
    return preflight({ ...this.spec, ...more }, existing, { replace });
  }

  /**
   * Fills in the meta unless the user has edited it. Without the meta of an existing peering, the call would remove it or be
   * refused.
   * @param {Meta} [meta]
   */
  #suggestMeta(meta) {
    const text = metaText(meta);
    if (text === this.#suggestedMeta || this.meta.value !== this.#suggestedMeta) return;
    this.meta.value = this.#suggestedMeta = text;
  }

  get valid() {
    return this.name.valid && this.meta.valid;
  }

  get spec() {
    return { peer_name: this.name.value, meta: metaIn(this.meta) };
  }

  /** Whether the option to replace is offered and selected. */
  get replace() {
    return !this.#choice.hidden && this.#box.checked;
  }

  /**
   * Offers to replace a peering that was created after the page had read the cluster.
   * @param {unknown} error
   */
  failed(error) {
    this.#hasConflict = isPeeringError(error) && RESOLVED_BY_REPLACE.includes(error.code);
    this.name.validate();
  }
}
