// How it is shown that something went wrong: what, what to do about it, and what is left behind.
import { isPeeringError } from "consul-peering";
import { h } from "../elements/dom.js";
import { texts as allTexts } from "../texts.js";
import { sentence, texts } from "./texts.js";

/** What the package says, with the clusters' aliases for their addresses. */
export const named = ({ clusters }, text) => [...clusters].reduce((told, cluster) => cluster.named(told), text);

/** @param {string[]} told  what was told on the way about what is left behind */
export function trouble(app, error, told) {
  const { message, hint, findings = [], left_behind = [] } = explain(app, error);
  const left = left_behind.length
    ? left_behind.map(({ cluster, peer_name, what, fix }) => `${texts.task.left(peer_name, cluster, what)} ${fix}`)
    : told;
  const say = (text) => named(app, text);
  return {
    text: say(`${sentence(message)} ${hint}`),
    element: h(
      "section",
      { class: "box trouble" },
      h("h3", {}, say(sentence(message))),
      hint && h("p", {}, say(hint)),
      findings.length > 0 && list(findings.map((finding) => `${sentence(finding.message)} ${finding.fix}`)),
      left.length > 0 && [h("h4", {}, texts.task.leftBehind), list(left.map(say))],
    ),
  };
}

/** An abort rejects with its own reason, which is nobody's error. */
function explain({ clusters }, error) {
  if (clusters.session.isOver) return { message: allTexts.session.over, hint: "" };
  if (isPeeringError(error)) return error;
  if (error?.name === "AbortError") return { message: texts.task.stopped, hint: texts.task.stoppedHint };
  return { message: String(error), hint: "" };
}

const list = (items) =>
  h(
    "ul",
    {},
    items.map((item) => h("li", {}, item)),
  );
