// Establish: a peering token that another cluster made is pasted, read at once, and used on this one.
import { establish, inspectToken, isPeeringError, validatePeering } from "consul-peering";
import { h, setContent } from "../elements/dom.js";
import { command, onAlias } from "./command.js";
import { FormField } from "./field.js";
import { day } from "../format.js";
import { links } from "./links.js";
import { Naming } from "./naming.js";
import { onCluster } from "./on-cluster.js";
import { openTask } from "./task.js";
import { texts as all } from "./texts.js";

/**
 * @import { Peering, TokenInfo } from "consul-peering"
 * @import { Half } from "../clusters/links.js"
 * @import { App } from "./actions.js"
 * @import { Told } from "./field.js"
 * @import { Task } from "./task.js"
 *
 * @typedef {(found: (peering: Peering) => boolean) => Peering | undefined} Find  among the peerings of the cluster
 */

const texts = all.establish;
export const establishActions = onCluster(texts.label, (app, alias) => openEstablish(app, alias));

/**
 * @param {App} app
 * @param {string} alias
 * @param {string} [name]  of the peering, where it is known
 */
export const openEstablish = (app, alias, name = "") =>
  openTask(app, `establish ${alias} ${name}`, () => task(app, alias, name));

/**
 * @param {App} app
 * @param {string} alias
 * @param {string} named
 * @returns {Task}
 */
function task(app, alias, named) {
  /** @type {Find} */
  const standing = (found) => app.live.look(alias).peerings?.find(found);
  const token = FormField.make({
    label: texts.token,
    hint: texts.tokenHint,
    type: "password",
    autocomplete: "one-time-code",
    required: true,
    check: (text) => (text.trim() === spent ? [texts.spent] : checkToken(text, standing)),
  });
  let spent = ""; // a token that was refused as used
  const leads = h("div", {});
  const naming = new Naming(
    app,
    alias,
    () => (token.value && token.valid ? { peering_token: token.value.trim() } : null),
    ({ peer_name }) => all.naming.renews(peer_name),
  );
  const { name } = naming;
  let given = ""; // the name that was filled in here, not typed
  if (named) name.value = named;
  token.input.addEventListener("input", () => {
    const info = read(token.value);
    const maker = info ? app.live.all.find(({ peering }) => peering.id === info.peer_id) : undefined;
    setContent(leads, info, () => info && where(info, maker));
    // What the maker is called here, or calls itself, unless another name was typed.
    const proposed = maker?.alias ?? info?.datacenter ?? "";
    if (name.value === given) name.value = given = proposed;
    name.validate();
  });
  return {
    title: texts.title(alias),
    form: [token, leads, naming.elements],
    fields: () => [token, name, naming.meta],
    aliases: () => [alias],
    label: texts.label,
    left: texts.left,
    command() {
      if (!naming.valid) return undefined;
      const { peer_name, meta } = naming.spec;
      return command("establish", [peer_name], { ...onAlias(alias), meta, replace: naming.replace });
    },
    async run(call) {
      const { target } = app.clusters.of(alias);
      const spec = { ...naming.spec, peering_token: token.value.trim() };
      const { peer_name } = await establish(target, spec, { ...call, replace: naming.replace });
      return { text: texts.done(peer_name, alias), content: links([{ alias, peer_name }]) };
    },
    failed(error) {
      if (isPeeringError(error) && error.code === "token_spent") spent = token.value.trim();
      token.validate();
      naming.failed(error);
    },
    forget() {
      spent = "";
      token.value = "";
      setContent(leads, null, () => null);
    },
  };
}

/** @param {string} text */
function read(text) {
  try {
    return inspectToken(text);
  } catch {
    return null; // the field's findings say why
  }
}

/**
 * @param {string} text
 * @param {Find} standing
 * @returns {Told[]}
 */
function checkToken(text, standing) {
  const findings = validatePeering({ peer_name: "any", peering_token: text.trim() });
  const id = read(text)?.peer_id;
  const own = standing((peering) => peering.id === id);
  if (own) return [texts.own(own.peer_name)];
  return findings.map((finding) => ({
    ...finding,
    message: finding.message.replace(finding.field, all.fields.peering_token),
  }));
}

/**
 * @param {TokenInfo} info
 * @param {Half | undefined} maker
 */
function where({ datacenter, server_name, server_addresses, manual_server_addresses, authorities }, maker) {
  const place = datacenter ?? server_name;
  const addresses = manual_server_addresses.length > 0 ? manual_server_addresses : server_addresses;
  const facts = [
    [texts.datacenter, maker ? texts.madeBy(place, maker.alias, maker.peering.peer_name) : place],
    [texts.addresses, addresses.join(", ")],
    [texts.authority, authorities.map(({ not_after }) => day(not_after)).join(", ")],
  ];
  return h(
    "dl",
    { class: "box" },
    facts.map(([term, fact]) => h("div", {}, h("dt", {}, term), h("dd", {}, fact))),
  );
}
