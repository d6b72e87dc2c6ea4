// One cluster: where it is, what may be done there, and its ACL token, which is typed here and shown nowhere.
import { announce } from "../elements/announce.js";
import { h, setContent, setText } from "../elements/dom.js";
import { FormField } from "../dialogs/field.js";
import { sentenceOf, statusOf } from "./look-text.js";
import { texts } from "../texts.js";

export class ClusterPanel {
  #app;
  #alias;
  #parts;
  element = h("div", { class: "panel" });

  constructor(app) {
    this.#app = app;
  }

  update(alias) {
    if (alias !== this.#alias) this.#make(alias);
    if (alias === undefined) return;
    const look = this.#app.live.look(alias);
    const { cluster } = look;
    // What is more to say of it stands above.
    const status = statusOf(look);
    setText(this.#parts.look, status === "sure" ? sentenceOf(look) : texts.clusters.status[status]);
    setText(this.#parts.rights, rightsOf(cluster));
    for (const part of ["datacenter", "version"]) {
      setText(this.#parts[part], cluster.identity?.[part] ?? texts.clusters.notKnown);
    }
    const token = cluster.tokenAdded ? "added" : cluster.tokenTyped ? "typed" : "none";
    setText(this.#parts.token, texts.token[token]);
    this.#parts.form.hidden = cluster.tokenAdded;
    setContent(this.#parts.forget, token, () => (token === "typed" ? this.#forget(cluster) : null));
    // A no is what the field is for.
    if (status === "refused" && !this.#parts.opened) this.#parts.form.open = this.#parts.opened = true;
  }

  #make(alias) {
    this.#alias = alias;
    if (alias === undefined) return void this.element.replaceChildren();
    const cluster = this.#app.clusters.get(alias);
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
      announce(texts.token.taken(alias));
    });
    const [look, rights, token, forget, datacenter, version] = Array.from({ length: 6 }, () => h("span", {}));
    const details = h("details", {}, h("summary", {}, texts.token.give), form);
    this.#parts = { look, rights, token, forget, datacenter, version, form: details, opened: false };
    const isBehind = cluster.consulAddress !== undefined;
    const facts = [
      [
        texts.clusters.address,
        h("code", {}, cluster.consulAddress ?? cluster.address),
        isBehind && h("span", { class: "exact" }, texts.clusters.through),
      ],
      [texts.clusters.datacenter, datacenter],
      [texts.clusters.version, version],
      [texts.clusters.state, look],
      [texts.rights.heading, rights],
      [texts.token.heading, token, " ", forget],
    ];
    const list = facts.map(([name, ...value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)));
    this.element.replaceChildren(h("dl", {}, list), details);
  }

  #forget(cluster) {
    const button = h("button", { type: "button", class: "small" }, texts.token.forget);
    button.addEventListener("click", () => {
      cluster.setToken("");
      announce(texts.token.forgotten(cluster.alias));
    });
    return button;
  }
}

function rightsOf(cluster) {
  const { rights, rightsError, tokenAdded, tokenTyped } = cluster;
  if (rights?.write) return texts.rights.write;
  if (rights) return texts.rights[rights.read ? "read" : "none"](tokenAdded || tokenTyped);
  return rightsError ? cluster.named(rightsError.reason) : texts.rights.unknown;
}
