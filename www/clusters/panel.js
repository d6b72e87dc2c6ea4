// One cluster: its address, status and permissions, and the field for its ACL token, which is never shown.
import { announce } from "../elements/announce.js";
import { h, setContent, setText } from "../elements/dom.js";
import { FormField } from "../dialogs/field.js";
import { sentenceOf, statusOf } from "./status-text.js";
import { texts } from "../texts.js";

/**
 * @import { App } from "../dialogs/actions.js"
 * @import { Cluster } from "./clusters.js"
 *
 * @typedef {object} Parts
 * @property {HTMLElement} status
 * @property {HTMLElement} rights
 * @property {HTMLElement} token
 * @property {HTMLElement} forget
 * @property {HTMLElement} datacenter
 * @property {HTMLElement} version
 * @property {HTMLDetailsElement} form
 * @property {boolean} opened
 */

export class ClusterPanel {
  #app;
  /** @type {string | undefined} */
  #alias;
  /** @type {Parts | undefined} */
  #parts;
  element = h("div", { class: "panel" });

  /** @param {App} app */
  constructor(app) {
    this.#app = app;
  }

  /** @param {string} [alias]  without one, the panel is empty */
  update(alias) {
    if (alias !== this.#alias) this.#parts = this.#create(alias);
    const parts = this.#parts;
    if (alias === undefined || !parts) return;
    const snapshot = this.#app.live.snapshot(alias);
    const { cluster } = snapshot;
    const status = statusOf(snapshot);
    setText(parts.status, status === "current" ? sentenceOf(snapshot) : texts.clusters.status[status]); // details: the notice
    setText(parts.rights, rightsOf(cluster));
    for (const part of /** @type {const} */ (["datacenter", "version"])) {
      setText(parts[part], cluster.identity?.[part] ?? texts.clusters.unidentified);
    }
    const token = cluster.tokenAdded ? "added" : cluster.tokenTyped ? "typed" : "none";
    setText(parts.token, texts.token[token]);
    parts.form.hidden = cluster.tokenAdded;
    setContent(parts.forget, token, () => (token === "typed" ? this.#forget(cluster) : null));
    if (status === "denied" && !parts.opened) parts.form.open = parts.opened = true;
  }

  /**
   * @param {string | undefined} alias
   * @returns {Parts | undefined}
   */
  #create(alias) {
    this.#alias = alias;
    if (alias === undefined) return void this.element.replaceChildren();
    const cluster = this.#app.clusters.of(alias);
    const field = FormField.make({
      label: texts.token.label(alias),
      hint: texts.token.hint,
      type: "password",
      autocomplete: "off",
      required: true,
    });
    const use = h("button", { type: "submit", class: "primary" }, texts.token.use);
    const form = h("form", { novalidate: true }, field, use);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!field.validate({ touched: true })) return field.input.focus();
      const { value } = field.input;
      field.input.value = "";
      cluster.setToken(value);
      announce(texts.token.inUse(alias));
    });
    const [status, rights, token, forget, datacenter, version] = Array.from({ length: 6 }, () => h("span", {}));
    const details = h("details", {}, h("summary", {}, texts.token.enter), form);
    const isProxied = cluster.consulAddress !== undefined;
    const list = [
      fact(
        texts.clusters.address,
        h("code", {}, cluster.consulAddress ?? cluster.address),
        isProxied && h("span", { class: "exact" }, texts.clusters.through),
      ),
      fact(texts.clusters.datacenter, datacenter),
      fact(texts.clusters.version, version),
      fact(texts.clusters.state, status),
      fact(texts.rights.heading, rights),
      fact(texts.token.heading, token, " ", forget),
    ];
    this.element.replaceChildren(h("dl", {}, list), details);
    return { status, rights, token, forget, datacenter, version, form: details, opened: false };
  }

  /** @param {Cluster} cluster */
  #forget(cluster) {
    const button = h("button", { type: "button", class: "small" }, texts.token.forget);
    button.addEventListener("click", () => {
      cluster.setToken("");
      announce(texts.token.removed(cluster.alias));
    });
    return button;
  }
}

/**
 * @param {string} name
 * @param {import("../elements/dom.js").Child[]} value
 */
const fact = (name, ...value) => h("div", {}, h("dt", {}, name), h("dd", {}, value));

/** @param {Cluster} cluster */
function rightsOf(cluster) {
  const { rights, rightsError, tokenAdded, tokenTyped } = cluster;
  if (rights?.write) return texts.rights.write;
  if (rights) return texts.rights[rights.read ? "read" : "none"](tokenAdded || tokenTyped);
  return rightsError ? cluster.withAlias(rightsError.reason) : texts.rights.unknown;
}
