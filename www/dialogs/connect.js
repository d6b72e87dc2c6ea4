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

const texts = all.connect;

export const connectAction = {
  on: "page",
  label: texts.label,
  primary: true,
  fits: ({ clusters }) => clusters.size > 1,
  open: (app) => openTask(app, "connect", () => task(app, proposal(app))),
};

/** The same for two clusters that are chosen already. @param {{ acceptor: string, dialer: string }} aliases */
export const openConnect = (app, { acceptor, dialer }) =>
  openTask(app, `connect ${acceptor} ${dialer}`, () => task(app, [{ alias: acceptor }, { alias: dialer }]));

/** A link whose other side was deleted: made once more, with what is known of it. */
export const againAction = {
  on: "peering",
  label: texts.again,
  primary: true,
  fits: (app, { peering }) => peering?.state === "TERMINATED",
  open(app, { alias, peering }) {
    const { peer_name, role } = peering;
    const there = otherSide(app.live.all, { alias, peering });
    const other = there?.alias ?? (peer_name !== alias && app.clusters.get(peer_name)?.alias);
    // Of a cluster that is not known here, the token has to come from there, or go there.
    if (!other && role === "dialer") return openEstablish(app, alias, peer_name);
    if (!other) return openGenerate(app, alias, peer_name);
    const side = { alias, name: peer_name, meta: peering.meta };
    const far = { alias: other, name: there?.peering.peer_name ?? alias, meta: there?.peering.meta };
    const sides = role === "acceptor" ? [side, far] : [far, side];
    openTask(app, `connect ${alias} ${peering.id}`, () => task(app, sides));
  },
};

/** Two clusters that are not linked yet, this one among them where one is shown; else the first two. */
function proposal({ clusters, live }) {
  const aliases = [...clusters].map(({ alias }) => alias);
  const here = parseHash(location.hash).alias;
  const keyOf = (a, b) => JSON.stringify([a, b].toSorted());
  const linked = new Set(live.links.map(({ acceptor, dialer }) => keyOf(acceptor.alias, dialer.alias)));
  const pairs = aliases.flatMap((a, i) => aliases.slice(i + 1).map((b) => (b === here ? [b, a] : [a, b])));
  const candidates = aliases.includes(here) ? pairs.filter(([a]) => a === here) : pairs;
  const free = candidates.filter(([a, b]) => !linked.has(keyOf(a, b)));
  const isUp = (alias) => live.look(alias).freshness.kind === "fresh";
  return (free.find((pair) => pair.every(isUp)) ?? free[0] ?? candidates[0]).map((alias) => ({ alias }));
}

/** @param {{ alias: string, name?: string, meta?: object }[]} sides  the acceptor's, the dialer's */
function task(app, [accepting, dialling]) {
  const addresses = new AddressesOrNone();
  const acceptor = new SideForm(app, accepting.alias, { ...texts.acceptor, parts: addresses.elements });
  const dialer = new SideForm(app, dialling.alias, texts.dialer);
  const sides = [acceptor, dialer];
  const names = () => sides.map(({ alias }) => alias);
  [acceptor.other, dialer.other] = [dialer, acceptor];

  const follow = (side) => {
    side.follow();
    side.other.follow();
    addresses.follow(acceptor.cluster);
  };
  for (const side of sides) side.fields[0].addEventListener("change", () => follow(side));
  follow(acceptor);
  acceptor.fill(accepting);
  dialer.fill(dialling);

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
      return { text: texts.done(...names()), content: links(sides) };
    },
  };
}

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
