// The form for one side of a link: its cluster and, collapsed, its peer name and meta, which have default values.
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
  /** The form of the other side. @type {SideForm} */
  other = this;
  #app;
  #select;
  #name = nameField("");
  #meta = metaField("");
  #suggested = { alias: "", name: "", meta: "" }; // the values that were filled in automatically

  /**
   * @param {App} app
   * @param {string} alias
   * @param {{ legend: string, more: string, parts?: Node[] }} options  more: the label of the collapsed part; parts: further
   *   elements in it
   */
  constructor(app, alias, { legend, more, parts = [] }) {
    this.#app = app;
    const choices = [...app.clusters].map(({ alias }) => h("option", {}, alias));
    this.#select = FormField.make({ label: texts.connect.cluster, tag: "select", choices });
    this.#select.value = alias;
    this.fields = [this.#select, this.#name, this.#meta];
    const details = h(
      "details",
      { class: "fold" },
      h("summary", {}, more),
      h("div", {}, this.#name, this.#meta, parts),
    );
    this.element = h("fieldset", {}, h("legend", {}, legend), this.#select, details);
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
  /** @returns {Side & { meta?: Meta }} */
  get spec() {
    return { cluster: this.cluster.target, peer_name: this.peer_name, meta: metaIn(this.#meta) };
  }

  /**
   * Fills in the values of an existing link. A change of the cluster does not replace them.
   * @param {{ name?: string, meta?: Meta }} known
   */
  fill({ name, meta }) {
    if (name !== undefined) this.#name.value = name;
    if (meta !== undefined) this.#meta.value = metaText(meta);
  }

  /** Updates labels and default values after a cluster was selected; values that the user has edited are kept. */
  clusterChanged() {
    if (this.alias === this.other.alias) this.other.#select.value = this.#suggested.alias; // swap the two clusters
    this.#name.label = texts.name.label(this.alias, this.other.alias);
    this.#meta.label = texts.meta.label(this.alias);
    const suggested = { alias: this.alias, name: this.other.alias, meta: metaText(this.cluster.defaults.meta) };
    if (this.#name.value === this.#suggested.name) this.#name.value = suggested.name;
    if (this.#meta.value === this.#suggested.meta) this.#meta.value = suggested.meta;
    this.#suggested = suggested;
  }
}
