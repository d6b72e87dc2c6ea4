// The part of a peering's view with its services and the checks of `troubleshoot`.
import { troubleshoot } from "consul-peering";
import { commandBox } from "../dialogs/command-box.js";
import { fixText } from "../../pkg/checks.js";
import { clusterOption, command, nameOptions } from "../../pkg/command.js";
import { describeError, withAliases } from "../dialogs/error.js";
import { announce } from "../elements/announce.js";
import { h, setContent, setText } from "../elements/dom.js";
import { emptyPart } from "../elements/empty.js";
import { timeAgo } from "../elements/time-ago.js";
import { checkGroups, titleOf } from "./checks.js";
import { STATUSES, withStatus } from "./groups.js";
import { Run } from "./run.js";
import { ServicesTable } from "./services.js";
import { crossing, rowsOf, sidesOf } from "./sides.js";
import { texts } from "./texts.js";

/**
 * @import { Check, Troubleshooting } from "consul-peering"
 * @import { Naming } from "../../pkg/checks.js"
 * @import { Link, PeeringSide } from "../clusters/links.js"
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
  /** @type {Run | undefined} the current run */
  #run;
  #key = ""; // identifies the data of the last background run

  #progress = h("p", { class: "progress" });
  #start = h("button", { type: "button", onclick: () => this.#check({ isRequested: true }) }, texts.run);
  #cancel = h("button", { type: "button", onclick: () => this.#run?.cancel() }, texts.cancel);
  #errorBox = h("div", {});
  #oneSideReason = h("p", { class: "hint" });
  #table = new ServicesTable();
  #none = h("div", {});
  #summary = h("summary", {});
  #groups = h("div", { class: "groups" });
  #checks = h("details", { class: "checks" }, this.#summary, this.#groups);
  #equivalent = commandBox();

  element = h(
    "section",
    { class: "troubleshoot", "aria-labelledby": "troubleshoot" },
    h(
      "div",
      { class: "head" },
      h("h2", { id: "troubleshoot" }, texts.heading),
      this.#progress,
      h("div", { class: "actions" }, this.#start, this.#cancel),
    ),
    this.#errorBox,
    this.#table.element,
    this.#none,
    this.#oneSideReason,
    this.#checks,
    this.#equivalent.element,
  );

  /** @param {App} app */
  constructor(app) {
    this.#app = app;
  }

  /** Discards the results before another peering is shown. */
  reset() {
    this.#run?.cancel();
    this.#run = this.#found = undefined;
    this.#key = "";
    this.#errorBox.replaceChildren();
    this.#checks.open = false;
  }

  /**
   * @param {PeeringSide} side
   * @param {Link} [link]  undefined if the peering no longer exists
   */
  update(side, link) {
    this.#sides = sidesOf(this.#app, side, link);
    this.#crossing = crossing(link);
    this.#isActive = side.peering.state === "ACTIVE";
    this.#show();
    const { checked } = this.#sides;
    const key = JSON.stringify([this.#crossing, checked]);
    const isSettled = this.#app.live.snapshots.every((snapshot) => snapshot.status() !== "reading");
    if (this.#crossing.length === 0 || !isSettled || side.staleSince !== undefined) return;
    if (key === this.#key || this.#run) return;
    this.#key = key;
    void this.#check({ isRequested: false });
  }

  #show() {
    const found = this.#found;
    const run = this.#run;
    const isRequested = run?.isRequested ?? false;
    this.#start.hidden = isRequested;
    this.#cancel.hidden = !isRequested;
    this.#checks.hidden = !found;
    setContent(this.#progress, [run?.number, found?.number], () =>
      run ? run.element : found && [texts.checked, " ", timeAgo(found.at)],
    );
    const { checked, reason } = found?.sides ?? this.#sides;
    setText(this.#oneSideReason, reason ?? "");
    const [here, there] = checked;
    const names = there ? nameOptions(here, there) : { "a-name": here.peer_name };
    this.#equivalent.update(command("troubleshoot", checked.map(({ alias }) => alias), names)); // prettier-ignore
    const rows = found ? rowsOf(this.#app, found, found.sides) : this.#crossing;
    this.#table.update(rows);
    const none = this.#isActive
      ? [texts.none, found ? texts.noneCheckedHint : texts.noneHint]
      : [texts.inactive, texts.inactiveHint];
    setContent(this.#none, [rows.length, none], () => rows.length === 0 && emptyPart(none[0], none[1]));
    if (!found) return;
    const { checks } = found;
    setText(this.#summary, summaryOf(found));
    this.#summary.dataset.check = STATUSES.find((status) => withStatus(checks, status).length > 0);
    const naming = this.#naming(found.sides);
    /** @param {Check} check */
    const fixOf = (check) => fixText(check, naming);
    setContent(this.#groups, checks, () => checkGroups(checks, (text) => withAliases(this.#app, text), fixOf));
  }

  /**
   * @param {Sides} sides
   * @returns {Naming}
   */
  #naming({ checked }) {
    const { clusters } = this.#app;
    return {
      nameOf: (cluster) => checked.find(({ alias }) => clusters.of(alias).address === cluster)?.alias ?? cluster,
      selecting: clusterOption,
      hasAddresses: (alias) => clusters.get(alias)?.defaults.server_external_addresses !== undefined,
    };
  }

  /**
   * @param {{ isRequested: boolean }} options  runs that the user did not request have a concurrency limit and are not announced
   */
  async #check({ isRequested }) {
    const sides = this.#sides;
    const [here, there] = sides.checked.map(({ alias, peer_name }) => {
      const cluster = this.#app.clusters.of(alias);
      return { cluster: isRequested ? cluster.target : cluster.backgroundTarget(), peer_name };
    });
    this.#run?.cancel();
    const reading = texts.reading(sides.checked.map(({ alias }) => alias));
    const run = (this.#run = new Run(reading, isRequested, (text) => withAliases(this.#app, text)));
    const ended = run.start((call) => troubleshoot(here, there ?? null, call));
    this.#errorBox.replaceChildren();
    this.#show();
    if (isRequested) {
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
    if (isRequested && this.element.isConnected)
      announce(text, "found" in end || run.isCancelled ? "polite" : "assertive");
  }

  /**
   * @param {Troubleshooting} found
   * @param {Sides} sides
   * @param {Run} run
   */
  #succeed(found, sides, { number, isRequested }) {
    this.#found = { ...found, sides, number, at: Date.now() };
    this.#checks.open ||= isRequested;
    return summaryOf(found);
  }

  /**
   * @param {unknown} error
   * @param {Run} run
   */
  #fail(error, { isCancelled }) {
    if (isCancelled) {
      this.#errorBox.replaceChildren(h("p", { class: "hint" }, texts.cancelled));
      return texts.cancelled;
    }
    const { element, text } = describeError(this.#app, error, [], "");
    this.#errorBox.replaceChildren(element);
    return text;
  }
}

/** @param {Troubleshooting} found */
const summaryOf = ({ checks }) => {
  const failed = new Set(withStatus(checks, "fail").map(({ id }) => titleOf(id)));
  return texts.summary((status) => withStatus(checks, status).length, [...failed]);
};
