// Links to the peerings that an action has created or changed.
import { h } from "../elements/dom.js";
import { hrefOf } from "../route.js";
import { texts } from "./texts.js";

/** @param {{ alias: string, peer_name: string }[]} sides */
export const links = (sides) =>
  h(
    "p",
    { class: "button-row" },
    sides.map(({ alias, peer_name }) =>
      h("a", { class: "button", href: hrefOf(alias, peer_name) }, texts.task.view(alias)),
    ),
  );
