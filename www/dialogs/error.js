// Shows an error: its message, its hint, its findings and what was left behind.
import { isPeeringError } from "consul-peering";
import { isSilent } from "../clusters/failure.js";
import { describeFailure } from "../clusters/status-text.js";
import { h } from "../elements/dom.js";
import { hrefOf } from "../route.js";
import { isServeError } from "../session.js";
import { texts as allTexts } from "../texts.js";
import { sentence, texts } from "./texts.js";

/**
 * @import { Finding, LeftBehind, PeeringError } from "consul-peering"
 * @import { App } from "./actions.js"
 *
 * @typedef {Pick<LeftBehind, "cluster" | "state"> & { peer_name?: string, code: string, what?: string }} Leftover  the
 *   progress of an aborted call has a code but no `what`
 * @typedef {{ message: string, hint: string, findings?: Finding[] }} Explanation
 */

/**
 * Replaces the addresses of all clusters in a text of the package with their aliases.
 * @param {App} app
 * @param {string} text
 */
export const withAliases = ({ clusters }, text) =>
  [...clusters].reduce((replaced, cluster) => cluster.withAlias(replaced), text);

const UNKNOWN = [
  ...["establish_unanswered", "token_unanswered", "deletion_unanswered"],
  ...["establish_unread", "token_unread"],
];
const TOKEN_REFUSED = ["permission_denied", "acl_token_unknown"];
const DELETED = ["replaced", "acceptor_deleted", "one_sided"];

/** @param {Leftover} leftover */
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
 * @param {Leftover[]} reported  leftovers that an aborted call has reported as progress
 * @param {string} leftBehindHint  how to continue on this page if something is left behind
 */
export function describeError(app, error, reported, leftBehindHint) {
  const { message, hint, findings = [] } = explain(app, error);
  /** @type {Leftover[]} */
  const all = [...(isPeeringError(error) ? error.left_behind : []), ...reported];
  const leftovers = all.map((each) => texts.task.leftover(each.peer_name ?? "", each.cluster, whatOf(each)));
  /** @param {string} text */
  const format = (text) => withAliases(app, text);
  return {
    text: format(`${message} ${hint}`),
    element: h(
      "section",
      { class: "box problem" },
      h("h3", {}, format(message)),
      hint && h("p", {}, format(hint)),
      tokenLink(app, error),
      findings.length > 0 && list(findings.map((finding) => `${sentence(finding.message)} ${finding.fix}`)),
      leftovers.length > 0 && [
        h("h4", {}, texts.task.leftBehind),
        list(leftovers.map(format)),
        h("p", {}, leftBehindHint),
      ],
    ),
  };
}

/**
 * An aborted call rejects with the signal's reason instead of a PeeringError.
 * @param {App} app
 * @param {unknown} error
 * @returns {Explanation}
 */
function explain({ clusters }, error) {
  if (clusters.session.hasEnded) return { message: allTexts.session.ended, hint: "" };
  if (isPeeringError(error)) {
    const { message, hint, findings } = error;
    return unreachable(error) ?? { message: sentence(message), hint, findings };
  }
  if (error instanceof Object && "name" in error && error.name === "AbortError")
    return { message: texts.task.stopped, hint: texts.task.stoppedHint };
  return { message: String(error), hint: "" };
}

/**
 * The explanation if the server of this page could not reach the cluster. The package reports that as a failure of fetch.
 * @param {PeeringError} error
 * @returns {Explanation | undefined}
 */
function unreachable({ code, cluster, cause, reason, findings }) {
  if (!isServeError(cause)) return undefined;
  const failure = { code, cause: cause.code };
  const message = isSilent(failure) ? texts.task.unreachable(cluster, describeFailure(failure)) : reason;
  return { message, hint: texts.task.unreachableHint, findings };
}

/**
 * The link to the field for an ACL token, if the cluster refused the one in use.
 * @param {App} app
 * @param {unknown} error
 */
function tokenLink({ clusters }, error) {
  if (!isPeeringError(error) || !TOKEN_REFUSED.includes(error.code)) return undefined;
  const cluster = [...clusters].find(({ address }) => address === error.cluster);
  return cluster && h("a", { class: "button small", href: hrefOf(cluster.alias) }, allTexts.token.enter);
}

/** @param {string[]} items */
const list = (items) =>
  h(
    "ul",
    {},
    items.map((item) => h("li", {}, item)),
  );
