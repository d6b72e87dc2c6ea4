// The Establish dialog: the user pastes a peering token of another cluster; its contents are shown immediately.
import { establish, inspectToken, isPeeringError, validatePeering } from "consul-peering";
import { h, setContent } from "../elements/dom.js";
import { clusterOption, command } from "../../pkg/command.js";
import { FormField } from "./field.js";
import { day } from "../format.js";
import { links } from "./links.js";
import { Naming } from "./naming.js";
import { onCluster } from "./on-cluster.js";
import { openTask } from "./task.js";
import { texts as all } from "./texts.js";

/**
 * @import { Peering, TokenInfo } from "consul-peering"
 * @import { PeeringSide } from "../clusters/links.js"
 * @import { App } from "./actions.js"
 * @import { FieldFinding } from "./field.js"
 * @import { Task } from "./task.js"
 *
 * @typedef {(predicate: (peering: Peering) => boolean) => Peering | undefined} Find  in the peerings of the cluster
 */

const texts = all.establish;
export const establishActions = onCluster(texts.label, (app, alias) => openEstablish(app, alias));

/**
 * @param {App} app
 * @param {string} alias
 * @param {string} [name]  initial peer name
 */
export const openEstablish = (app, alias, name = "") =>
  openTask(app, `establish ${alias} ${name}`, () => task(app, alias, name));

/**
 * @param {App} app
 * @param {string} alias
 * @param {string} initialName
 * @returns {Task}
 */
function task(app, alias, initialName) {
  /** @type {Find} */
  const findExisting = (predicate) => app.live.snapshot(alias).peerings?.find(predicate);
  const token = FormField.make({
    label: texts.token,
    hint: texts.tokenHint,
    type: "password",
    autocomplete: "one-time-code",
    required: true,
    check: (text) => (text.trim() === spent ? [texts.spent] : checkToken(text, findExisting)),
  });
  let spent = ""; // a peering token that Consul has refused because it was used
  const details = h("div", {});
  const naming = new Naming(
    app,
    alias,
    () => (token.value && token.valid ? { peering_token: token.value.trim() } : null),
    ({ peer_name }) => all.naming.renews(peer_name),
  );
  const { name } = naming;
  let suggested = ""; // the name that was filled in automatically
  if (initialName) name.value = initialName;
  const showToken = () => {
    const info = read(token.value);
    const acceptor = info ? app.live.all.find(({ peering }) => peering.id === info.peer_id) : undefined;
    const key = info && [info, acceptor?.alias, acceptor?.peering.peer_name];
    setContent(details, key, () => info && describeToken(info, acceptor));
    const suggestion = acceptor?.alias ?? info?.datacenter ?? "";
    const isSuggested = name.value === suggested && name.value !== suggestion;
    if (isSuggested) name.value = suggested = suggestion;
    return isSuggested;
  };
  // Setting the name validates it.
  token.input.addEventListener("input", () => void (showToken() || name.validate()));
  return {
    title: texts.title(alias),
    form: [token, details, naming.elements],
    fields: () => [token, name, naming.meta],
    aliases: () => [alias],
    label: texts.label,
    leftBehindHint: texts.leftBehindHint,
    command() {
      if (!naming.valid) return undefined;
      const { peer_name, meta } = naming.spec;
      return command("establish", [peer_name], { ...clusterOption(alias), meta, replace: naming.replace });
    },
    async run(call) {
      const { target } = app.clusters.of(alias);
      const spec = { ...naming.spec, peering_token: token.value.trim() };
      const { peer_name } = await establish(target, spec, { ...call, replace: naming.replace });
      return { text: texts.done(peer_name, alias), content: links([{ alias, peer_name }]) };
    },
    clustersChanged: () => void showToken(),
    failed(error) {
      if (isPeeringError(error) && error.code === "token_spent") spent = token.value.trim();
      token.validate();
      naming.failed(error);
    },
    forget() {
      spent = "";
      token.value = "";
      setContent(details, null, () => null);
    },
  };
}

/** @param {string} text */
function read(text) {
  try {
    return inspectToken(text);
  } catch {
    return null; // the field shows the findings
  }
}

/**
 * @param {string} text
 * @param {Find} findExisting
 * @returns {FieldFinding[]}
 */
function checkToken(text, findExisting) {
  const findings = validatePeering({ peer_name: "any", peering_token: text.trim() });
  const id = read(text)?.peer_id;
  const own = findExisting((peering) => peering.id === id);
  if (own) return [texts.own(own.peer_name)];
  return findings.map((finding) => ({
    ...finding,
    message: finding.message.replace(finding.field, all.fields.peering_token),
  }));
}

/**
 * @param {TokenInfo} info
 * @param {PeeringSide | undefined} acceptor
 */
function describeToken({ datacenter, server_name, server_addresses, manual_server_addresses, authorities }, acceptor) {
  const cluster = datacenter ?? server_name;
  const addresses = manual_server_addresses.length > 0 ? manual_server_addresses : server_addresses;
  const fields = [
    [texts.datacenter, acceptor ? texts.generatedBy(cluster, acceptor.alias, acceptor.peering.peer_name) : cluster],
    [texts.addresses, addresses.join(", ")],
    [texts.authority, authorities.map(({ not_after }) => day(not_after)).join(", ")],
  ];
  return h(
    "dl",
    { class: "box" },
    fields.map(([term, value]) => h("div", {}, h("dt", {}, term), h("dd", {}, value))),
  );
}
