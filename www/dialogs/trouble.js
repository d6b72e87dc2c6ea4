// How it is shown that something went wrong: what, what to do about it, and what is left behind.
import { isPeeringError } from "consul-peering";
import { isSilent } from "../clusters/failure.js";
import { wordsOf } from "../clusters/look-text.js";
import { h } from "../elements/dom.js";
import { isServeError } from "../session.js";
import { texts as allTexts } from "../texts.js";
import { sentence, texts } from "./texts.js";

/** What the package says, with the clusters' aliases for their addresses. */
export const named = ({ clusters }, text) => [...clusters].reduce((told, cluster) => cluster.named(told), text);

const UNKNOWN = [
  ...["establish_unanswered", "token_unanswered", "deletion_unanswered"],
  ...["establish_unread", "token_unread"],
];
const DELETED = ["replaced", "acceptor_deleted", "one_sided"];

/** Of what a call that was stopped has left behind, its progress has no more than a code. */
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
 * @param {LeftBehind[]} stopped  what a call that was stopped has left behind
 * @param {string} again          how to continue on this page, where something is left
 */
export function trouble(app, error, stopped, again) {
  const { message, hint, findings = [] } = explain(app, error);
  const left = [...(error?.left_behind ?? []), ...stopped].map((each) =>
    texts.task.left(each.peer_name, each.cluster, whatOf(each)),
  );
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

/** An abort rejects with its own reason, which is nobody's error. */
function explain({ clusters }, error) {
  if (clusters.session.isOver) return { message: allTexts.session.over, hint: "" };
  if (isServeError(error?.cause)) return unreached(error);
  if (isPeeringError(error)) return { ...error, message: sentence(error.message) };
  if (error?.name === "AbortError") return { message: texts.task.stopped, hint: texts.task.stoppedHint };
  return { message: String(error), hint: "" };
}

/** The server of this page had no response of the cluster to pass on: the package takes that for its own fetch's failure. */
function unreached({ code, cluster, cause, reason, findings }) {
  const failure = { code, cause: cause.code };
  const message = isSilent(failure) ? texts.task.unreached(cluster, wordsOf(failure)) : reason;
  return { message, hint: texts.task.unreachedHint, findings };
}

const list = (items) =>
  h(
    "ul",
    {},
    items.map((item) => h("li", {}, item)),
  );
