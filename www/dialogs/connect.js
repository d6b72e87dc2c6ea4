// Connect: two clusters that are known here become a link. What will be done is shown before.
import { connect, plan } from "consul-peering";
import { h } from "../elements/dom.js";
import { parseHash } from "../route.js";
import { AddressesOrNone } from "./addresses.js";
import { command } from "./command.js";
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
 * @import { Plan as Planned, Task } from "./task.js"
 *
 * @typedef {{ alias: string, name?: string, meta?: Meta }} Known  of a side
 * @typedef {[acceptor: Known, dialer: Known]} Sides
 */

const texts = all.connect;

/** @type {Action} */
export const connectAction = {
  on: "page",
  label: texts.label,
  primary: true,
  fits: ({ clusters }) => clusters.size > 1,
  open: (app) => openTask(app, "connect", () => task(app, proposal(app))),
};

/**
 * The same for two clusters that are chosen already.
 * @param {App} app
 * @param {{ acceptor: string, dialer: string }} aliases
 */
export const openConnect = (app, { acceptor, dialer }) =>
  openTask(app, `connect ${acceptor} ${dialer}`, () => task(app, [{ alias: acceptor }, { alias: dialer }]));

/**
 * A link whose other side was deleted: made once more, with what is known of it.
 * @type {Action}
 */
export const againAction = {
  on: "peering",
  label: texts.again,
  primary: true,
  fits: (app, { peering }) => peering?.state === "TERMINATED",
  open(app, { alias = "", peering }) {
    if (!peering) return;
    const { peer_name, role } = peering;
    const there = otherSide(app.live.all, { alias, peering });
    const other = there?.alias ?? (peer_name !== alias && app.clusters.get(peer_name)?.alias);
    // Of a cluster that is not known here, the token has to come from there, or go there.
    if (!other && role === "dialer") return openEstablish(app, alias, peer_name);
    if (!other) return openGenerate(app, alias, peer_name);
    const side = { alias, name: peer_name, meta: peering.meta };
    const far = { alias: other, name: there?.peering.peer_name ?? alias, meta: there?.peering.meta };
    /** @type {Sides} */
    const sides = role === "acceptor" ? [side, far] : [far, side];
    openTask(app, `connect ${alias} ${peering.id}`, () => task(app, sides));
  },
};

/**
 * Two clusters that respond and are not linked yet, this one among them where one is shown; else two that respond.
 * @param {App} app
 * @returns {Sides}
 */
function proposal({ clusters, live }) {
  const aliases = [...clusters].map(({ alias }) => alias);
  const here = parseHash(location.hash).alias ?? "";
  /** @param {string | null} a @param {string | null} b */
  const keyOf = (a, b) => JSON.stringify([a, b].toSorted());
  const linked = new Set(live.links.map(({ acceptor, dialer }) => keyOf(acceptor.alias, dialer.alias)));
  const pairs = aliases.flatMap((a, i) => aliases.slice(i + 1).map((b) => (b === here ? [b, a] : [a, b])));
  const candidates = aliases.includes(here) ? pairs.filter(([a]) => a === here) : pairs;
  const free = candidates.filter(([a, b]) => !linked.has(keyOf(a, b)));
  /** @param {string} alias */
  const isUp = (alias) => live.look(alias).freshness.kind === "fresh";
  /** @param {string[]} pair */
  const areUp = (pair) => pair.every(isUp);
  const [acceptor, dialer] = free.find(areUp) ?? candidates.find(areUp) ?? free[0] ?? candidates[0];
  return [{ alias: acceptor }, { alias: dialer }];
}

/**
 * @param {App} app
 * @param {Sides} known
 * @returns {Task}
 */
function task(app, [accepting, dialing]) {
  const addresses = new AddressesOrNone();
  const acceptor = new SideForm(app, accepting.alias, { ...texts.acceptor, parts: addresses.elements });
  const dialer = new SideForm(app, dialing.alias, texts.dialer);
  /** @type {[SideForm, SideForm]} */
  const sides = [acceptor, dialer];
  /** @returns {[string, string]} */
  const names = () => [acceptor.alias, dialer.alias];
  [acceptor.other, dialer.other] = [dialer, acceptor];

  /** @param {SideForm} side */
  const follow = (side) => {
    side.follow();
    side.other.follow();
    addresses.follow(acceptor.cluster);
  };
  for (const side of sides) side.fields[0].addEventListener("change", () => follow(side));
  follow(acceptor);
  acceptor.fill(accepting);
  dialer.fill(dialing);

  /** @returns {[import("consul-peering").Side, import("consul-peering").Side]} */
  const specs = () => [{ ...acceptor.spec, server_external_addresses: addresses.value }, dialer.spec];
  return {
    title: texts.title,
    form: [h("div", { class: "pair" }, acceptor.element, dialer.element)],
    fields: () => [...acceptor.fields, addresses.field, ...dialer.fields],
    aliases: names,
    label: texts.label,
    left: texts.left,
    command() {
      if (![...acceptor.fields, addresses.field, ...dialer.fields].every(({ valid }) => valid)) return undefined;
      const [a, b] = sides;
      /** @param {SideForm} side */
      const named = (side) => (side.peer_name === side.other.alias ? undefined : side.peer_name);
      const { value } = addresses;
      return command("connect", names(), {
        "a-name": named(a),
        "b-name": named(b),
        "a-meta": a.spec.meta,
        "b-meta": b.spec.meta,
        "external-address": value,
        "no-external-addresses": value?.length === 0,
      });
    },
    plan: {
      label: texts.show,
      ask: async (call) => told(await addresses.heed(plan(...specs(), call)), sides),
    },
    async run(call) {
      await addresses.heed(connect(...specs(), call));
      return { text: texts.done(...names()), content: [h("p", {}, texts.next), links(sides)] };
    },
  };
}

/**
 * @param {Plan} plan
 * @param {[SideForm, SideForm]} sides
 * @returns {Planned}
 */
function told({ steps, notes, reversed }, sides) {
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
  const isNothing = steps.length === 0;
  return {
    isNothing,
    text: isNothing ? texts.nothing : texts.plan,
    content: [!isNothing && h("ol", {}, items), remarks.map((remark) => h("p", {}, remark)), isNothing && links(sides)],
  };
}
