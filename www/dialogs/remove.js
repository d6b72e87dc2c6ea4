// Delete: one side of a peering, or both where both are known here. What will happen on each is said first.
import { command, onAlias } from "./command.js";
import { disconnect, isPeeringError, remove } from "consul-peering";
import { h, setContent } from "../elements/dom.js";
import { FormField } from "./field.js";
import { otherSide } from "../clusters/links.js";
import { choice } from "./fields.js";
import { openTask } from "./task.js";
import { texts as all } from "./texts.js";

/**
 * @import { Half } from "../clusters/links.js"
 * @import { Action, App } from "./actions.js"
 * @import { Task } from "./task.js"
 */

const texts = all.remove;

/** @type {Action} */
export const removeAction = {
  on: "peering",
  label: texts.label,
  danger: true,
  fits: (app, { peering }) => Boolean(peering && !peering.deleted_at),
  open(app, { alias = "", peering }) {
    if (!peering) return;
    const { all } = app.live;
    // As it was read last: the action was offered with what it was then.
    const side = all.find((half) => half.alias === alias && half.peering.id === peering.id) ?? { alias, peering };
    const other = otherSide(all, side);
    openTask(app, `remove ${peering.id} ${other?.alias}`, () => task(app, side, other));
  },
};

/**
 * @param {App} app
 * @param {Half} side
 * @param {Half} [other]
 * @returns {Task}
 */
function task(app, { alias, peering }, other) {
  const { peer_name } = peering;
  /** Where both sides are chosen, the other one. */
  const chosen = () => (both.checked ? other : undefined);
  const confirm = FormField.make({
    label: texts.confirm(peer_name),
    autocomplete: "off",
    autocapitalize: "none",
    required: true,
    check: (typed) => (typed === peer_name ? [] : [texts.differs(peer_name)]),
  });
  const [both, one] = ["both", "one"].map((value) =>
    h("input", { type: "radio", name: "scope", value, onchange: () => tell() }),
  );
  (other ? both : one).checked = true;
  const what = h("ul", {});
  const tell = () => setContent(what, both.checked, () => consequences({ alias, peering }, other, both.checked));
  tell();
  // Offered only where it is known that the two are not each other's.
  const force = h("input", { type: "checkbox" });
  const way = choice(force, texts.force);
  way.hidden = true;
  return {
    title: texts.title(peer_name, alias),
    form: [
      other &&
        h(
          "fieldset",
          {},
          h("legend", {}, texts.scope),
          choice(both, texts.both(alias, other.alias)),
          choice(one, texts.one(alias)),
        ),
      what,
      confirm,
      way,
    ],
    fields: () => [confirm],
    aliases() {
      const far = chosen();
      return far ? [alias, far.alias] : [alias];
    },
    label: texts.label,
    left: texts.left,
    danger: true,
    command() {
      const far = chosen();
      if (!far) return command("delete", [peer_name], onAlias(alias));
      return command("disconnect", [alias, far.alias], {
        "a-name": peer_name === far.alias ? undefined : peer_name,
        "b-name": far.peering.peer_name === alias ? undefined : far.peering.peer_name,
        force: force.checked,
      });
    },
    async run(call) {
      const here = app.clusters.side({ alias, peer_name });
      const far = chosen();
      if (!far) {
        await remove(here.cluster, peer_name, call);
        return { text: texts.done(peer_name, alias) };
      }
      const there = app.clusters.side({ alias: far.alias, peer_name: far.peering.peer_name });
      await disconnect(here, there, { ...call, force: force.checked });
      return { text: texts.doneBoth(alias, far.alias) };
    },
    failed(error) {
      way.hidden = !both.checked || !isPeeringError(error) || error.code !== "peer_mismatch";
      force.checked = false;
    },
    forget() {
      confirm.value = "";
    },
  };
}

/**
 * @param {Half} side
 * @param {Half | undefined} other
 * @param {boolean} isBoth
 */
function consequences(side, other, isBoth) {
  /** @param {Half} half */
  const where = ({ alias, peering }) => texts.side(peering.peer_name, alias);
  const there = other ? where(other) : texts.otherSide;
  // Either side may have been read later; without the other, this one's exports say what disappears there.
  const here = union(side.peering.stream.imported_services, other?.peering.stream.exported_services);
  const lost = union(side.peering.stream.exported_services, other?.peering.stream.imported_services);
  const what = [texts.gone(where(side), here), isBoth ? texts.gone(there, lost) : texts.far(there, lost), texts.dead];
  return what.map((text) => h("li", {}, text));
}

/**
 * @param {string[]} some
 * @param {string[]} [others]
 */
const union = (some, others = []) => [...new Set([...some, ...others])].sort();
