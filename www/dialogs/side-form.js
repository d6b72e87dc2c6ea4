// The form for one side of a link: which cluster; folded away, what it calls the other and its meta, which are filled in.
import { h } from "../elements/dom.js";
import { FormField } from "./field.js";
import { metaField, metaIn, metaText, nameField } from "./fields.js";
import { texts } from "./texts.js";

/**
 * @import { Side } from "consul-peering"
 * @import { App } from "./actions.js"
 * @import { Meta } from "./fields.js"
 */

export class SideForm {
  /** The side beside this one. @type {SideForm} */
  other = this;
  #app;
  #select;
  #name = nameField("");
  #meta = metaField("");
  #given = { alias: "", name: "", meta: "" }; // as was filled in here, not typed

  /**
   * @param {App} app
   * @param {string} alias
   * @param {{ legend: string, more: string, parts?: Node[] }} how  more: what is folded away; parts: more of that
   */
  constructor(app, alias, { legend, more, parts = [] }) {
    this.#app = app;
    const choices = [...app.clusters].map(({ alias }) => h("option", {}, alias));
    this.#select = FormField.make({ label: texts.connect.cluster, tag: "select", choices });
    this.#select.value = alias;
    this.fields = [this.#select, this.#name, this.#meta];
    const fold = h("details", { class: "fold" }, h("summary", {}, more), h("div", {}, this.#name, this.#meta, parts));
    this.element = h("fieldset", {}, h("legend", {}, legend), this.#select, fold);
  }

  get alias() {
    return this.#select.value;
  }
  get cluster() {
    return this.#app.clusters.of(this.alias);
  }
  get peer_name() {
    return this.#name.value;
  }
  /** As the package takes it. @returns {Side & { meta?: Meta }} */
  get spec() {
    return { cluster: this.cluster.target, peer_name: this.peer_name, meta: metaIn(this.#meta) };
  }

  /**
   * Fills in what is known of a link that existed; it counts as typed.
   * @param {{ name?: string, meta?: Meta }} known
   */
  fill({ name, meta }) {
    if (name !== undefined) this.#name.value = name;
    if (meta !== undefined) this.#meta.value = metaText(meta);
  }

  /** Goes along with a choice of clusters: what was filled in is filled in anew, what was typed stays. */
  follow() {
    if (this.alias === this.other.alias) this.other.#select.value = this.#given.alias; // the two change places
    this.#name.label = texts.name.label(this.alias, this.other.alias);
    this.#meta.label = texts.meta.label(this.alias);
    const now = { alias: this.alias, name: this.other.alias, meta: metaText(this.cluster.defaults.meta) };
    if (this.#name.value === this.#given.name) this.#name.value = now.name;
    if (this.#meta.value === this.#given.meta) this.#meta.value = now.meta;
    this.#given = now;
  }
}
