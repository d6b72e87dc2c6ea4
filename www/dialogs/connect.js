// The Connect dialog: links two clusters of the page, after a preview of the plan.
import { connect, plan } from "consul-peering";
import { h } from "../elements/dom.js";
import { parseHash } from "../route.js";
import { AddressesOrNone } from "./addresses.js";
import { command, nameOptions } from "../../pkg/command.js";
import { openEstablish } from "./establish.js";
import { openGenerate } from "./generate.js";
import { links } from "./links.js";
import { otherSide } from "../clusters/links.js";
import { SideForm } from "./side-form.js";
import { openTask } from "./task.js";
import { texts as all } from "./texts.js";

/**
 * @import { Plan } from "consul-peering"
 * @import { Action, App } from "./actions.js"
 * @import { Meta } from "./fields.js"
 * @import { Plan as Preview, Task } from "./task.js"
 *
 * @typedef {{ alias: string, name?: string, meta?: Meta }} InitialSide  initial values of a side's form
 * @typedef {[acceptor: InitialSide, dialer: InitialSide]} Sides
 */

const texts = all.connect;

/** @type {Action} */
export const connectAction = {
  on: "page",
  label: texts.label,
  primary: true,
  isApplicable: ({ clusters }) => clusters.size > 1,
  open: (app) => openTask(app, "connect", () => task(app, defaultSides(app))),
};

/**
 * Opens the dialog with two clusters selected.
 * @param {App} app
 * @param {{ acceptor: string, dialer: string }} aliases
 */
export const openConnect = (app, { acceptor, dialer }) =>
  openTask(app, `connect ${acceptor} ${dialer}`, () => task(app, [{ alias: acceptor }, { alias: dialer }]));

/**
 * Recreates a link whose other side was deleted, with the names and meta of the existing peering.
 * @type {Action}
 */
export const reconnectAction = {
  on: "peering",
  label: texts.reconnect,
  primary: true,
  isApplicable: (app, { peering }) => peering?.state === "TERMINATED",
  open(app, { alias = "", peering }) {
    if (!peering) return;
    const { peer_name, role } = peering;
    const otherPeering = otherSide(app.live.all, { alias, peering });
    const other = otherPeering?.alias ?? (peer_name !== alias && app.clusters.get(peer_name)?.alias);
    // If the other cluster is not on the page, the user exchanges the peering token with it.
    if (!other && role === "dialer") return openEstablish(app, alias, peer_name);
    if (!other) return openGenerate(app, alias, peer_name);
    const side = { alias, name: peer_name, meta: peering.meta };
    const remote = { alias: other, name: otherPeering?.peering.peer_name ?? alias, meta: otherPeering?.peering.meta };
    /** @type {Sides} */
    const sides = role === "acceptor" ? [side, remote] : [remote, side];
    openTask(app, `connect ${alias} ${peering.id}`, () => task(app, sides, true));
  },
};

/**
 * The initial selection: two clusters that respond and are not linked, including that of the current view if there is one.
 * @param {App} app
 * @returns {Sides}
 */
function defaultSides({ clusters, live }) {
  const aliases = [...clusters].map(({ alias }) => alias);
  const current = parseHash(location.hash).alias ?? "";
  /** @param {string | null} a @param {string | null} b */
  const keyOf = (a, b) => JSON.stringify([a, b].toSorted());
  const linked = new Set(live.links.map(({ acceptor, dialer }) => keyOf(acceptor.alias, dialer.alias)));
  const pairs = aliases.flatMap((a, i) => aliases.slice(i + 1).map((b) => (b === current ? [b, a] : [a, b])));
  const candidates = aliases.includes(current) ? pairs.filter(([a]) => a === current) : pairs;
  const free = candidates.filter(([a, b]) => !linked.has(keyOf(a, b)));
  /** @param {string} alias */
  const responds = (alias) => live.snapshot(alias).freshness.kind === "fresh";
  /** @param {string[]} pair */
  const bothRespond = (pair) => pair.every(responds);
  const [acceptor, dialer] = free.find(bothRespond) ?? candidates.find(bothRespond) ?? free[0] ?? candidates[0];
  return [{ alias: acceptor }, { alias: dialer }];
}

/**
 * @param {App} app
 * @param {Sides} initial
 * @param {boolean} [isReconnect]  an acceptor that exists needs its external addresses again
 * @returns {Task}
 */
function task(app, [initialAcceptor, initialDialer], isReconnect = false) {
  const addresses = new AddressesOrNone();
  const acceptor = new SideForm(app, initialAcceptor.alias, { ...texts.acceptor, parts: addresses.elements });
  const dialer = new SideForm(app, initialDialer.alias, texts.dialer);
  /** @type {[SideForm, SideForm]} */
  const sides = [acceptor, dialer];
  /** @returns {[string, string]} */
  const names = () => [acceptor.alias, dialer.alias];
  [acceptor.other, dialer.other] = [dialer, acceptor];

  /** @param {SideForm} side */
  const clusterChanged = (side) => {
    side.clusterChanged();
    side.other.clusterChanged();
    addresses.setCluster(acceptor.cluster);
  };
  for (const side of sides) side.fields[0].addEventListener("change", () => clusterChanged(side));
  clusterChanged(acceptor);
  acceptor.fill(initialAcceptor);
  dialer.fill(initialDialer);
  const acceptorExists = () => {
    const { peerings } = app.live.snapshot(acceptor.alias);
    return peerings?.some((each) => each.peer_name === acceptor.peer_name && each.state !== "DELETING") ?? false;
  };
  if (isReconnect && addresses.value === undefined) addresses.require(acceptorExists);

  /** @returns {[import("consul-peering").Side, import("consul-peering").Side]} */
  const specs = () => [{ ...acceptor.spec, server_external_addresses: addresses.value }, dialer.spec];
  return {
    title: texts.title,
    form: [h("div", { class: "pair" }, acceptor.element, dialer.element)],
    fields: () => [...acceptor.fields, addresses.field, ...dialer.fields],
    aliases: names,
    label: texts.label,
    leftBehindHint: texts.leftBehindHint,
    command() {
      if (![...acceptor.fields, addresses.field, ...dialer.fields].every(({ valid }) => valid)) return undefined;
      const [a, b] = sides;
      const { value } = addresses;
      return command("connect", names(), {
        ...nameOptions(a, b),
        "a-meta": a.spec.meta,
        "b-meta": b.spec.meta,
        "external-address": value,
        "no-external-addresses": value?.length === 0,
      });
    },
    plan: {
      label: texts.show,
      compute: async (call) => previewOf(await plan(...specs(), call), sides),
    },
    async run(call) {
      const { next } = await connect(...specs(), call);
      return { text: texts.done(...names()), content: [next && h("p", {}, texts.next), links(sides)] };
    },
    failed: (error) => addresses.requireIfUnknown(error),
    clustersChanged: () => void addresses.field.validate(),
  };
}

/**
 * @param {Plan} plan
 * @param {[SideForm, SideForm]} sides
 * @returns {Preview}
 */
function previewOf({ steps, notes, reversed }, sides) {
  const [acceptor, dialer] = sides;
  const remarks = [reversed ? texts.reversed(acceptor.alias, dialer.alias) : [], notes.map(({ text }) => text)].flat();
  const items = steps.map(({ on, action, reason }) => {
    const { alias, peer_name } = on === "acceptor" ? acceptor : dialer;
    return h(
      "li",
      { class: action },
      h("strong", {}, texts.step(texts.actions[action], peer_name, alias)),
      ": ",
      reason,
    );
  });
  const isEmpty = steps.length === 0;
  return {
    isEmpty,
    text: isEmpty ? texts.nothing : texts.plan,
    content: [!isEmpty && h("ol", {}, items), remarks.map((remark) => h("p", {}, remark)), isEmpty && links(sides)],
  };
}
