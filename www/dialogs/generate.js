// Make a token: shown once, masked until asked for, and forgotten with the dialog.
import { generateToken } from "consul-peering";
import { announce } from "../elements/announce.js";
import { copyButton } from "../elements/copy.js";
import { command, onAlias } from "./command.js";
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
 * @param {string} [name]  of the peering, where it is known
 */
export const openGenerate = (app, alias, name = "") =>
  openTask(app, `generate ${alias} ${name}`, () => task(app, alias, name));

/**
 * @param {App} app
 * @param {string} alias
 * @param {string} named
 * @returns {Task}
 */
function task(app, alias, named) {
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
  if (named) naming.name.value = named;
  return {
    title: texts.title(alias),
    form: [naming.elements, addresses],
    fields: () => [naming.name, naming.meta, addresses],
    aliases: () => [alias],
    label: texts.label,
    left: texts.left,
    command() {
      // The command line has no option to replace.
      if (!naming.valid || !addresses.valid || naming.replace) return undefined;
      const { peer_name, meta } = naming.spec;
      const options = { ...onAlias(alias), meta, "external-address": addressesIn(addresses) };
      return command("token generate", [peer_name], { ...options, out: `${peer_name}.peering-token` });
    },
    async run(call) {
      const spec = { ...naming.spec, server_external_addresses: addressesIn(addresses) };
      const made = new Secret(await generateToken(cluster.target, spec, { ...call, replace: naming.replace }));
      secret = made;
      return { text: texts.done(spec.peer_name), content: made.content, mayClose: () => made.mayClose() };
    },
    failed: (error) => naming.failed(error),
    forget: () => secret?.forget(),
  };
}

/**
 * The token after it was made. It is in the page only while it is revealed, as a value that no attribute holds. Until it
 * is copied, neither its dialog nor the page closes without a question.
 */
class Secret {
  #token;
  #isHeld = true;
  #area = h("textarea", { readonly: true, rows: 3, "aria-label": texts.token, value: MASK });
  #reveal = h(
    "button",
    { type: "button", class: "small", onclick: () => this.#show(this.#area.value === MASK) },
    texts.reveal,
  );
  #select = h("p", { class: "error", hidden: true }, texts.select);
  #abandon = h("button", { type: "button", class: "danger small", onclick: () => this.#close() }, texts.abandon);
  #question = h("div", { class: "ways", hidden: true }, h("p", { class: "error" }, texts.notCopied), this.#abandon);
  /** @param {Event} event */
  #hold = (event) => event.preventDefault();

  /** @param {string} token */
  constructor(token) {
    this.#token = token;
    addEventListener("beforeunload", this.#hold);
    const outcome = { copied: () => this.#release(), failed: () => this.#offer() };
    const copy = copyButton(() => this.#token, texts.what, outcome);
    this.#area.addEventListener("copy", () => {
      if (this.#isSelected) this.#release();
    });
    this.content = [
      h("p", {}, texts.once),
      this.#area,
      h("div", { class: "ways" }, copy, this.#reveal),
      this.#select,
      this.#question,
    ];
  }

  /** All of it, revealed. */
  get #isSelected() {
    const { value, selectionStart, selectionEnd } = this.#area;
    return value !== MASK && selectionStart === 0 && selectionEnd === value.length;
  }

  /** It is copied, or given up. */
  #release() {
    this.#isHeld = false;
    removeEventListener("beforeunload", this.#hold);
    this.#select.hidden = this.#question.hidden = true;
  }

  #close() {
    this.#release();
    this.#abandon.closest("dialog")?.close();
  }

  /** @param {boolean} isShown */
  #show(isShown) {
    this.#area.value = isShown ? this.#token : MASK;
    setText(this.#reveal, isShown ? texts.hide : texts.reveal);
    if (!isShown) return void (this.#select.hidden = true);
    this.#area.focus();
    this.#area.select();
  }

  /** The clipboard has refused: shown and selected, it can be copied by key. */
  #offer() {
    this.#show(true);
    this.#select.hidden = false;
  }

  mayClose() {
    if (!this.#isHeld) return true;
    this.#question.hidden = false;
    this.#question.scrollIntoView({ block: "nearest" });
    announce(texts.notCopied, "assertive");
    return false;
  }

  forget() {
    this.#release();
    this.#show(false);
    this.#token = "";
  }
}
