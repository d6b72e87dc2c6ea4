// Delete: one side of a peering, or both where both are known here. What will happen on each is said first.
import { command, onAlias } from "./command.js";
import { disconnect, remove } from "consul-peering";
import { h, setContent } from "../elements/dom.js";
import { FormField } from "./field.js";
import { otherSide } from "../clusters/links.js";
import { choice } from "./fields.js";
import { openTask } from "./task.js";
import { texts as all } from "./texts.js";

const texts = all.remove;

export const removeAction = {
  on: "peering",
  label: texts.label,
  danger: true,
  fits: (app, { peering }) => Boolean(peering && !peering.deleted_at),
  open(app, side) {
    const other = otherSide(app.live.all, side);
    openTask(app, `remove ${side.peering.id} ${other?.alias}`, () => task(app, side, other));
  },
};

function task(app, { alias, peering: { peer_name } }, other) {
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
  const tell = () => setContent(what, both.checked, () => consequences(alias, peer_name, other, both.checked));
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
    aliases: () => (both.checked ? [alias, other.alias] : [alias]),
    label: texts.label,
    left: texts.left,
    danger: true,
    command() {
      if (!both.checked) return command("delete", [peer_name], onAlias(alias));
      return command("disconnect", [alias, other.alias], {
        "a-name": peer_name === other.alias ? undefined : peer_name,
        "b-name": other.peering.peer_name === alias ? undefined : other.peering.peer_name,
        force: force.checked,
      });
    },
    async run(call) {
      const here = app.clusters.side({ alias, peer_name });
      if (!both.checked) {
        await remove(here.cluster, peer_name, call);
        return { text: texts.done(peer_name, alias) };
      }
      const there = app.clusters.side({ alias: other.alias, peer_name: other.peering.peer_name });
      await disconnect(here, there, { ...call, force: force.checked });
      return { text: texts.doneBoth(alias, other.alias) };
    },
    failed({ code }) {
      way.hidden = !both.checked || code !== "peer_mismatch";
      force.checked = false;
    },
    forget: () => (confirm.value = ""),
  };
}

function consequences(alias, peer_name, other, isBoth) {
  const there = other ? texts.side(other.peering.peer_name, other.alias) : texts.otherSide;
  const what = [texts.gone(texts.side(peer_name, alias)), isBoth ? texts.gone(there) : texts.far(there), texts.dead];
  return what.map((text) => h("li", {}, text));
}
