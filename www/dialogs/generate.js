// Make a token: shown once, masked until asked for, and forgotten with the dialog.
import { generateToken } from "consul-peering";
import { announce } from "../elements/announce.js";
import { copyButton } from "../elements/copy.js";
import { h, setText } from "../elements/dom.js";
import { addressesField, addressesIn } from "./fields.js";
import { Naming } from "./naming.js";
import { onCluster } from "./on-cluster.js";
import { openTask } from "./task.js";
import { texts as all } from "./texts.js";

const texts = all.generate;
const MASK = "•".repeat(32);

export const generateActions = onCluster(texts.label, (app, alias) =>
  openTask(app, `generate ${alias}`, () => task(app, alias)),
);

function task(app, alias) {
  const cluster = app.clusters.get(alias);
  const naming = new Naming(app, alias, judge);
  const addresses = addressesField(all.addresses.label(alias), { value: cluster.defaults.server_external_addresses });
  let secret;
  return {
    title: texts.title(alias),
    form: [naming.elements, addresses],
    fields: () => [naming.name, naming.meta, addresses],
    aliases: () => [alias],
    label: texts.label,
    async run(call) {
      const spec = { ...naming.spec, server_external_addresses: addressesIn(addresses) };
      secret = new Secret(await generateToken(cluster.target, spec, { ...call, replace: naming.replace }));
      return { text: texts.done(spec.peer_name), content: secret.content, mayClose: () => secret.mayClose() };
    },
    failed: (error) => naming.failed(error),
    forget: () => secret?.forget(),
  };
}

/** What a peering under the name means for a token. */
function judge({ peer_name, role, state, deleted_at }) {
  const { naming } = all;
  if (deleted_at) return naming.deleting(peer_name);
  if (role === "dialer") return naming.dialer(peer_name);
  return state === "TERMINATED" ? naming.terminated(peer_name) : naming.newToken(peer_name);
}

/** The token after it was made. It stands in the page only while it is revealed, as a value that no attribute holds. */
class Secret {
  #token;
  #isTaken = false;
  #area = h("textarea", { readonly: true, rows: 3, "aria-label": texts.token, value: MASK });
  #reveal = h(
    "button",
    { type: "button", class: "small", onclick: () => this.#show(this.#area.value === MASK) },
    texts.reveal,
  );
  #warning = h("p", { class: "error" });

  constructor(token) {
    this.#token = token;
    const copy = copyButton(() => this.#take(), texts.what);
    const ways = h("div", { class: "ways" }, copy, this.#reveal);
    this.content = [h("p", {}, texts.once), this.#area, ways, this.#warning];
  }

  #take() {
    this.#isTaken = true;
    setText(this.#warning, "");
    return this.#token;
  }

  #show(isShown) {
    this.#area.value = isShown ? this.#take() : MASK;
    setText(this.#reveal, isShown ? texts.hide : texts.reveal);
  }

  /** Whoever has not copied it is told so, once. */
  mayClose() {
    if (this.#isTaken) return true;
    this.#isTaken = true;
    setText(this.#warning, texts.notCopied);
    announce(texts.notCopied, "assertive");
    return false;
  }

  forget() {
    this.#show(false);
    this.#token = "";
  }
}
