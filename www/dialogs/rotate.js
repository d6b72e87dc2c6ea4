// The Rotate dialog: replaces the secret of a link whose clusters are both on the page. The connection stays up.
import { rotate } from "consul-peering";
import { command, nameOptions } from "../../pkg/command.js";
import { h } from "../elements/dom.js";
import { otherSide } from "../clusters/links.js";
import { AddressesOrNone } from "./addresses.js";
import { links } from "./links.js";
import { openTask } from "./task.js";
import { texts as all } from "./texts.js";

/**
 * @import { PeeringSide } from "../clusters/links.js"
 * @import { Action, App, Subject } from "./actions.js"
 * @import { Task } from "./task.js"
 */

const texts = all.rotate;

/** @type {Action} */
export const rotateAction = {
  on: "peering",
  label: texts.label,
  isApplicable: (app, subject) => pairOf(app, subject) !== undefined,
  open(app, subject) {
    const pair = pairOf(app, subject);
    if (pair) openTask(app, `rotate ${subject.peering?.id}`, () => task(app, pair));
  },
};

/**
 * Both sides of a link that can be rotated.
 * @param {App} app
 * @param {Subject} subject
 * @returns {PeeringSide[] | undefined}
 */
function pairOf({ live }, { alias = "", peering }) {
  if (!peering || peering.deleted_at) return undefined;
  const side = { alias, peering };
  const other = otherSide(live.all, side);
  return other && [side, other];
}

/**
 * @param {App} app
 * @param {PeeringSide[]} pair
 * @returns {Task}
 */
function task(app, pair) {
  const sides = pair.toSorted((a, b) => rank(a) - rank(b));
  const [acceptor, dialer] = sides.map(({ alias, peering: { peer_name } }) => ({ alias, peer_name }));
  /** @type {[string, string]} */
  const names = [acceptor.alias, dialer.alias];
  const addresses = new AddressesOrNone({ isRequired: true });
  addresses.setCluster(app.clusters.of(acceptor.alias));
  return {
    title: texts.title(...names),
    form: [h("p", {}, texts.about(...names)), addresses.elements],
    fields: () => [addresses.field],
    aliases: () => names,
    label: texts.label,
    leftBehindHint: texts.leftBehindHint,
    command() {
      if (!addresses.field.valid) return undefined;
      const { value } = addresses;
      return command("rotate", names, {
        ...nameOptions(acceptor, dialer),
        "external-address": value,
        "no-external-addresses": value?.length === 0,
      });
    },
    async run(call) {
      const accepting = { ...app.clusters.side(acceptor), server_external_addresses: addresses.value };
      await rotate(accepting, app.clusters.side(dialer), call);
      return { text: texts.done(...names), content: links([acceptor, dialer]) };
    },
  };
}

/** @param {PeeringSide} side */
const rank = ({ peering: { role } }) => (role === "acceptor" ? 0 : 1);
