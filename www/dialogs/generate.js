// The Generate dialog: the peering token is shown once, masked at first, and removed when the dialog closes.
import { generateToken } from "consul-peering";
import { announce } from "../elements/announce.js";
import { copyButton } from "../elements/copy.js";
import { clusterOption, command } from "../../pkg/command.js";
import { h, setText } from "../elements/dom.js";
import { addressesField, addressesIn } from "./fields.js";
import { Naming } from "./naming.js";
import { onCluster } from "./on-cluster.js";
import { openTask } from "./task.js";
import { texts as all } from "./texts.js";

/**
 * @import { App } from "./actions.js"
 * @import { Task } from "./task.js"
 */

const texts = all.generate;
const MASK = "•".repeat(32);

export const generateActions = onCluster(texts.label, (app, alias) => openGenerate(app, alias));

/**
 * @param {App} app
 * @param {string} alias
 * @param {string} [name]  initial peer name
 */
export const openGenerate = (app, alias, name = "") =>
  openTask(app, `generate ${alias} ${name}`, () => task(app, alias, name));

/**
 * @param {App} app
 * @param {string} alias
 * @param {string} initialName
 * @returns {Task}
 */
function task(app, alias, initialName) {
  const cluster = app.clusters.of(alias);
  const naming = new Naming(
    app,
    alias,
    () => ({}),
    ({ peer_name }) => all.naming.newToken(peer_name),
  );
  const addresses = addressesField(all.addresses.label(alias), { value: cluster.defaults.server_external_addresses });
  /** @type {Secret | undefined} */
  let secret;
  if (initialName) naming.name.value = initialName;
  return {
    title: texts.title(alias),
    form: [naming.elements, addresses],
    fields: () => [naming.name, naming.meta, addresses],
    aliases: () => [alias],
    label: texts.label,
    leftBehindHint: texts.leftBehindHint,
    command() {
      // `token generate` has no option --replace.
      if (!naming.valid || !addresses.valid || naming.replace) return undefined;
      const { peer_name, meta } = naming.spec;
      const options = { ...clusterOption(alias), meta, "external-address": addressesIn(addresses) };
      return command("token generate", [peer_name], { ...options, out: `${peer_name}.peering-token` });
    },
    async run(call) {
      const spec = { ...naming.spec, server_external_addresses: addressesIn(addresses) };
      const generated = new Secret(await generateToken(cluster.target, spec, { ...call, replace: naming.replace }));
      secret = generated;
      return { text: texts.done(spec.peer_name), content: generated.content, mayClose: () => generated.mayClose() };
    },
    failed: (error) => naming.failed(error),
    forget: () => secret?.forget(),
  };
}

/**
 * A generated peering token. The document contains it only while it is revealed, as a value and never as an attribute. Until
 * it is copied, the dialog and the page ask for confirmation before they close.
 */
class Secret {
  #token;
  #isUncopied = true;
  #area = h("textarea", { readonly: true, rows: 3, "aria-label": texts.token, value: MASK });
  #reveal = h(
    "button",
    { type: "button", class: "small", onclick: () => this.#show(this.#area.value === MASK) },
    texts.reveal,
  );
  #copyManually = h("p", { class: "error", hidden: true }, texts.select);
  #discard = h("button", { type: "button", class: "danger small", onclick: () => this.#close() }, texts.discard);
  #confirmation = h(
    "div",
    { class: "button-row", hidden: true },
    h("p", { class: "error" }, texts.notCopied),
    this.#discard,
  );
  /** @param {Event} event */
  #preventUnload = (event) => event.preventDefault();

  /** @param {string} token */
  constructor(token) {
    this.#token = token;
    addEventListener("beforeunload", this.#preventUnload);
    const outcome = { copied: () => this.#release(), failed: () => this.#offerSelection() };
    const copy = copyButton(() => this.#token, texts.what, outcome);
    this.#area.addEventListener("copy", () => {
      if (this.#isSelected) this.#release();
    });
    this.content = [
      h("p", {}, texts.once),
      this.#area,
      h("div", { class: "button-row" }, copy, this.#reveal),
      this.#copyManually,
      this.#confirmation,
    ];
  }

  /** Whether the whole token is revealed and selected. */
  get #isSelected() {
    const { value, selectionStart, selectionEnd } = this.#area;
    return value !== MASK && selectionStart === 0 && selectionEnd === value.length;
  }

  /** Allows closing, after the token was copied or discarded. */
  #release() {
    this.#isUncopied = false;
    removeEventListener("beforeunload", this.#preventUnload);
    this.#copyManually.hidden = this.#confirmation.hidden = true;
  }

  #close() {
    this.#release();
    this.#discard.closest("dialog")?.close();
  }

  /** @param {boolean} isShown */
  #show(isShown) {
    this.#area.value = isShown ? this.#token : MASK;
    setText(this.#reveal, isShown ? texts.hide : texts.reveal);
    if (!isShown) return void (this.#copyManually.hidden = true);
    this.#area.focus();
    this.#area.select();
  }

  /** Without access to the clipboard: selects the token, so that the user can copy it with the keyboard. */
  #offerSelection() {
    this.#show(true);
    this.#copyManually.hidden = false;
  }

  mayClose() {
    if (!this.#isUncopied) return true;
    this.#confirmation.hidden = false;
    this.#confirmation.scrollIntoView({ block: "nearest" });
    announce(texts.notCopied, "assertive");
    return false;
  }

  forget() {
    this.#release();
    this.#show(false);
    this.#token = "";
  }
}
