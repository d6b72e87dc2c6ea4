// The services that cross a peering, and the checks of the way to a working call: a part of the view of a peering.
import { troubleshoot } from "consul-peering";
import { commandBox } from "../dialogs/command-box.js";
import { command } from "../dialogs/command.js";
import { named, trouble } from "../dialogs/trouble.js";
import { announce } from "../elements/announce.js";
import { h, setContent, setText } from "../elements/dom.js";
import { emptyPart } from "../elements/empty.js";
import { timeAgo } from "../elements/time-ago.js";
import { checkGroups } from "./checks.js";
import { STATUSES, withStatus } from "./groups.js";
import { Run } from "./run.js";
import { ServicesTable } from "./services.js";
import { crossing, rowsOf, sidesOf } from "./sides.js";
import { texts } from "./texts.js";

/**
 * @import { Troubleshooting } from "consul-peering"
 * @import { Half, Link } from "../clusters/links.js"
 * @import { App } from "../dialogs/actions.js"
 * @import { Row } from "./services.js"
 * @import { Sides } from "./sides.js"
 */

export class Troubleshoot {
  #app;
  /** @type {Sides} */
  #sides = { checked: [] };
  /** @type {Row[]} */
  #crossing = [];
  #isActive = true;
  /** @type {Troubleshooting & { sides: Sides, number: number, at: number } | undefined} */
  #found;
  /** @type {Run | undefined} what is under way */
  #run;
  #key = ""; // of what was checked last without being asked

  #progress = h("p", { class: "progress" });
  #start = h("button", { type: "button", onclick: () => this.#check({ isAsked: true }) }, texts.run);
  #cancel = h("button", { type: "button", onclick: () => this.#run?.cancel() }, texts.cancel);
  #told = h("div", {});
  #alone = h("p", { class: "hint" });
  #table = new ServicesTable();
  #none = h("div", {});
  #summary = h("summary", {});
  #groups = h("div", { class: "groups" });
  #checks = h("details", { class: "checks" }, this.#summary, this.#groups);
  #same = commandBox();

  element = h(
    "section",
    { class: "across", "aria-labelledby": "across" },
    h(
      "div",
      { class: "head" },
      h("h2", { id: "across" }, texts.heading),
      this.#progress,
      h("div", { class: "actions" }, this.#start, this.#cancel),
    ),
    this.#told,
    this.#table.element,
    this.#none,
    this.#alone,
    this.#checks,
    this.#same.element,
  );

  /** @param {App} app */
  constructor(app) {
    this.#app = app;
  }

  /** Another peering is going to be shown. */
  reset() {
    this.#run?.cancel();
    this.#run = this.#found = undefined;
    this.#key = "";
    this.#told.replaceChildren();
    this.#checks.open = false;
  }

  /**
   * @param {Half} side
   * @param {Link} [link]  none where the peering does not exist any more
   */
  update(side, link) {
    this.#sides = sidesOf(this.#app, side, link);
    this.#crossing = crossing(link);
    this.#isActive = side.peering.state === "ACTIVE";
    this.#show();
    const { checked } = this.#sides;
    const key = JSON.stringify([this.#crossing, checked]);
    const isSettled = this.#app.live.looks.every((look) => look.status() !== "first");
    if (this.#crossing.length === 0 || !isSettled || side.staleSince !== undefined) return;
    if (key === this.#key || this.#run) return;
    this.#key = key;
    void this.#check({ isAsked: false });
  }

  #show() {
    const found = this.#found;
    const run = this.#run;
    const isAsked = run?.isAsked ?? false;
    this.#start.hidden = isAsked;
    this.#cancel.hidden = !isAsked;
    this.#checks.hidden = !found;
    setContent(this.#progress, [run?.number, found?.number], () =>
      run ? run.element : found && [texts.checked, " ", timeAgo(found.at)],
    );
    const { checked, alone } = found?.sides ?? this.#sides;
    setText(this.#alone, alone ?? "");
    const [here, there] = checked;
    const isDefault = there && here.peer_name === there.alias && there.peer_name === here.alias;
    const names = isDefault ? {} : { "a-name": here.peer_name, "b-name": there?.peer_name };
    this.#same.update(command("troubleshoot", checked.map(({ alias }) => alias), names)); // prettier-ignore
    const rows = found ? rowsOf(this.#app, found, found.sides) : this.#crossing;
    this.#table.update(rows);
    const none = this.#isActive
      ? [texts.none, found ? texts.noneNext : texts.noneFirst]
      : [texts.inactive, texts.inactiveFirst];
    setContent(this.#none, [rows.length, none], () => rows.length === 0 && emptyPart(none[0], none[1]));
    if (!found) return;
    const { checks } = found;
    setText(this.#summary, summaryOf(found));
    this.#summary.dataset.check = STATUSES.find((status) => withStatus(checks, status).length > 0);
    setContent(this.#groups, checks, () => checkGroups(checks, (text) => named(this.#app, text)));
  }

  /**
   * @param {{ isAsked: boolean }} how  what was not asked for leaves connections to what an operator does, and is not
   *   announced
   */
  async #check({ isAsked }) {
    const sides = this.#sides;
    const [here, there] = sides.checked.map(({ alias, peer_name }) => {
      const cluster = this.#app.clusters.of(alias);
      return { cluster: isAsked ? cluster.target : cluster.quietly(), peer_name };
    });
    this.#run?.cancel();
    const reading = texts.reading(sides.checked.map(({ alias }) => alias));
    const run = (this.#run = new Run(reading, isAsked, (text) => named(this.#app, text)));
    const ended = run.start((call) => troubleshoot(here, there ?? null, call));
    this.#told.replaceChildren();
    this.#show();
    if (isAsked) {
      this.#cancel.focus();
      announce(reading);
    }
    const end = await ended;
    if (run !== this.#run) return;
    const hadFocus = this.#cancel === document.activeElement;
    this.#run = undefined;
    const text = "found" in end ? this.#succeed(end.found, sides, run) : this.#fail(end.error, run);
    this.#show();
    if (hadFocus) ("found" in end ? this.#summary : this.#start).focus();
    if (isAsked && this.element.isConnected) announce(text, "found" in end || run.isCancelled ? "polite" : "assertive");
  }

  /**
   * @param {Troubleshooting} found
   * @param {Sides} sides
   * @param {Run} run
   */
  #succeed(found, sides, { number, isAsked }) {
    this.#found = { ...found, sides, number, at: Date.now() };
    this.#checks.open ||= isAsked;
    return summaryOf(found);
  }

  /**
   * @param {unknown} error
   * @param {Run} run
   */
  #fail(error, { isCancelled }) {
    if (isCancelled) {
      this.#told.replaceChildren(h("p", { class: "hint" }, texts.cancelled));
      return texts.cancelled;
    }
    const { element, text } = trouble(this.#app, error, [], "");
    this.#told.replaceChildren(element);
    return text;
  }
}

/** @param {Troubleshooting} found */
const summaryOf = ({ checks }) => texts.summary((status) => withStatus(checks, status).length);
