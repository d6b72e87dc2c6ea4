// Connect: two clusters that are known here become a link. What will be done is shown before.
import { connect, plan } from "consul-peering";
import { h } from "../elements/dom.js";
import { parseHash } from "../route.js";
import { AddressesOrNone } from "./addresses.js";
import { links } from "./links.js";
import { SideForm } from "./side-form.js";
import { openTask } from "./task.js";
import { texts as all } from "./texts.js";

const texts = all.connect;

export const connectAction = {
  on: "page",
  label: texts.label,
  primary: true,
  fits: ({ clusters }) => clusters.size > 1,
  open: (app) => openTask(app, "connect", () => task(app)),
};

function task(app) {
  const aliases = [...app.clusters].map(({ alias }) => alias);
  const here = parseHash(location.hash).alias;
  const first = aliases.includes(here) ? here : aliases[0];
  const second = aliases.find((alias) => alias !== first);
  const acceptor = new SideForm(app, first, texts.accepts);
  const dialer = new SideForm(app, second, texts.dials);
  const addresses = new AddressesOrNone();
  const sides = [acceptor, dialer];
  const names = () => sides.map(({ alias }) => alias);
  [acceptor.other, dialer.other] = [dialer, acceptor];
  acceptor.element.append(...addresses.elements);

  const follow = (side) => {
    side.follow();
    side.other.follow();
    addresses.follow(acceptor.cluster);
  };
  for (const side of sides) side.fields[0].addEventListener("change", () => follow(side));
  follow(acceptor);

  const specs = () => [{ ...acceptor.spec, server_external_addresses: addresses.value }, dialer.spec];
  return {
    title: texts.title,
    form: [h("div", { class: "pair" }, acceptor.element, dialer.element)],
    fields: () => [...acceptor.fields, addresses.field, ...dialer.fields],
    aliases: names,
    label: texts.label,
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
  const remarks = [reversed ? texts.reversed(acceptor.alias, dialer.alias) : [], notes].flat();
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
