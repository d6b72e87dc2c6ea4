// The Delete dialog: deletes one side of a peering, or both if both clusters are on the page. Shows the consequences first.
import { clusterOption, command, nameOptions } from "../../pkg/command.js";
import { disconnect, isPeeringError, remove } from "consul-peering";
import { h, setContent } from "../elements/dom.js";
import { FormField } from "./field.js";
import { otherSide } from "../clusters/links.js";
import { choice } from "./fields.js";
import { openTask } from "./task.js";
import { texts as all } from "./texts.js";

/**
 * @import { PeeringSide } from "../clusters/links.js"
 * @import { Action, App } from "./actions.js"
 * @import { Task } from "./task.js"
 */

const texts = all.remove;

/** @type {Action} */
export const removeAction = {
  on: "peering",
  label: texts.label,
  danger: true,
  isApplicable: (app, { peering }) => Boolean(peering && !peering.deleted_at),
  open(app, { alias = "", peering }) {
    if (!peering) return;
    const { all } = app.live;
    // The latest data; `peering` is from when the button was rendered.
    const side = all.find((each) => each.alias === alias && each.peering.id === peering.id) ?? { alias, peering };
    const other = otherSide(all, side);
    openTask(app, `remove ${peering.id} ${other?.alias}`, () => task(app, side, other));
  },
};

/**
 * @param {App} app
 * @param {PeeringSide} side
 * @param {PeeringSide} [other]
 * @returns {Task}
 */
function task(app, { alias, peering }, other) {
  const { peer_name } = peering;
  /** The other side, if both are selected. */
  const selectedOther = () => (both.checked ? other : undefined);
  const confirm = FormField.make({
    label: texts.confirm(peer_name),
    autocomplete: "off",
    autocapitalize: "none",
    required: true,
    check(typed) {
      const current = app.live.snapshot(alias).peerings?.find((each) => each.peer_name === peer_name);
      if (current && current.id !== peering.id) return [texts.replaced(peer_name, alias)];
      return typed === peer_name ? [] : [texts.differs(peer_name)];
    },
  });
  const [both, one] = ["both", "one"].map((value) =>
    h("input", { type: "radio", name: "scope", value, onchange: () => showConsequences() }),
  );
  (other ? both : one).checked = true;
  const consequences = h("ul", {});
  const showConsequences = () =>
    setContent(consequences, both.checked, () => consequencesOf({ alias, peering }, other, both.checked));
  showConsequences();
  // Offered only after the call has found that the two peerings are not linked with each other.
  const force = h("input", { type: "checkbox" });
  const forceChoice = choice(force, texts.force);
  forceChoice.hidden = true;
  return {
    title: other ? texts.titleBoth(alias, other.alias) : texts.title(peer_name, alias),
    form: [
      other &&
        h(
          "fieldset",
          {},
          h("legend", {}, texts.scope),
          choice(both, texts.both(alias, other.alias)),
          choice(one, texts.one(alias)),
        ),
      consequences,
      confirm,
      forceChoice,
    ],
    fields: () => [confirm],
    aliases() {
      const remote = selectedOther();
      return remote ? [alias, remote.alias] : [alias];
    },
    label: texts.label,
    leftBehindHint: texts.leftBehindHint,
    danger: true,
    command() {
      const remote = selectedOther();
      if (!remote) return command("delete", [peer_name], clusterOption(alias));
      return command("disconnect", [alias, remote.alias], {
        ...nameOptions({ alias, peer_name }, { alias: remote.alias, peer_name: remote.peering.peer_name }),
        force: force.checked,
      });
    },
    async run(call) {
      const here = app.clusters.side({ alias, peer_name });
      const remote = selectedOther();
      if (!remote) {
        await remove(here.cluster, peer_name, call);
        return { text: texts.done(peer_name, alias) };
      }
      const there = app.clusters.side({ alias: remote.alias, peer_name: remote.peering.peer_name });
      await disconnect(here, there, { ...call, force: force.checked });
      return { text: texts.doneBoth(alias, remote.alias) };
    },
    failed(error) {
      forceChoice.hidden = !both.checked || !isPeeringError(error) || error.code !== "peer_mismatch";
      force.checked = false;
    },
    forget() {
      confirm.value = "";
    },
  };
}

/**
 * @param {PeeringSide} side
 * @param {PeeringSide | undefined} other
 * @param {boolean} isBoth
 */
function consequencesOf(side, other, isBoth) {
  /** @param {PeeringSide} each */
  const describe = ({ alias, peering }) => texts.side(peering.peer_name, alias);
  const there = other ? describe(other) : texts.otherSide;
  // Either side may have been read later; without the other side, the exports of this side name what disappears there.
  const deleted = union(side.peering.stream.imported_services, other?.peering.stream.exported_services);
  const lost = union(side.peering.stream.exported_services, other?.peering.stream.imported_services);
  const lines = [
    texts.deleted(describe(side), deleted),
    isBoth ? texts.deleted(there, lost) : texts.terminated(there, lost),
    texts.invalidTokens,
  ];
  return lines.map((text) => h("li", {}, text));
}

/**
 * @param {string[]} some
 * @param {string[]} [others]
 */
const union = (some, others = []) => [...new Set([...some, ...others])].sort();
