// How it is shown that something went wrong: what, what to do about it, and what is left behind.
import { isPeeringError } from "consul-peering";
import { isSilent } from "../clusters/failure.js";
import { wordsOf } from "../clusters/look-text.js";
import { h } from "../elements/dom.js";
import { isServeError } from "../session.js";
import { texts as allTexts } from "../texts.js";
import { sentence, texts } from "./texts.js";

/**
 * @import { Finding, LeftBehind, PeeringError } from "consul-peering"
 * @import { App } from "./actions.js"
 *
 * @typedef {Pick<LeftBehind, "cluster" | "state"> & { peer_name?: string, code: string, what?: string }} Left  of a call
 *   that was stopped, there is no more than a code
 * @typedef {{ message: string, hint: string, findings?: Finding[] }} Explained
 */

/**
 * What the package says, with the clusters' aliases for their addresses.
 * @param {App} app
 * @param {string} text
 */
export const named = ({ clusters }, text) => [...clusters].reduce((told, cluster) => cluster.named(told), text);

const UNKNOWN = [
  ...["establish_unanswered", "token_unanswered", "deletion_unanswered"],
  ...["establish_unread", "token_unread"],
];
const DELETED = ["replaced", "acceptor_deleted", "one_sided"];

/** @param {Left} left */
function whatOf({ code, state, what }) {
  if (what) return what;
  const { exists, unknown, deleted } = texts.task.leftovers;
  return UNKNOWN.includes(code)
    ? unknown
    : DELETED.includes(code)
      ? deleted
      : [exists, state].filter(Boolean).join(", ");
}

/**
 * @param {App} app
 * @param {unknown} error
 * @param {Left[]} stopped  what a call that was stopped has left behind
 * @param {string} again          how to continue on this page, where something is left
 */
export function trouble(app, error, stopped, again) {
  const { message, hint, findings = [] } = explain(app, error);
  /** @type {Left[]} */
  const all = [...(isPeeringError(error) ? error.left_behind : []), ...stopped];
  const left = all.map((each) => texts.task.left(each.peer_name ?? "", each.cluster, whatOf(each)));
  /** @param {string} text */
  const say = (text) => named(app, text);
  return {
    text: say(`${message} ${hint}`),
    element: h(
      "section",
      { class: "box trouble" },
      h("h3", {}, say(message)),
      hint && h("p", {}, say(hint)),
      findings.length > 0 && list(findings.map((finding) => `${sentence(finding.message)} ${finding.fix}`)),
      left.length > 0 && [h("h4", {}, texts.task.leftBehind), list(left.map(say)), h("p", {}, again)],
    ),
  };
}

/**
 * An abort rejects with its own reason, which is no error.
 * @param {App} app
 * @param {unknown} error
 * @returns {Explained}
 */
function explain({ clusters }, error) {
  if (clusters.session.isOver) return { message: allTexts.session.over, hint: "" };
  if (isPeeringError(error)) {
    const { message, hint, findings } = error;
    return unreached(error) ?? { message: sentence(message), hint, findings };
  }
  if (error instanceof Object && "name" in error && error.name === "AbortError")
    return { message: texts.task.stopped, hint: texts.task.stoppedHint };
  return { message: String(error), hint: "" };
}

/**
 * The server of this page had no response of the cluster to pass on: the package takes that for its own fetch's failure.
 * @param {PeeringError} error
 * @returns {Explained | undefined}
 */
function unreached({ code, cluster, cause, reason, findings }) {
  if (!isServeError(cause)) return undefined;
  const failure = { code, cause: cause.code };
  const message = isSilent(failure) ? texts.task.unreached(cluster, wordsOf(failure)) : reason;
  return { message, hint: texts.task.unreachedHint, findings };
}

/** @param {string[]} items */
const list = (items) =>
  h(
    "ul",
    {},
    items.map((item) => h("li", {}, item)),
  );
