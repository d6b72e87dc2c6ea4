// All texts of the dialogs, except those of the package (findings, progress, errors and hints), which are shown unchanged.
import { list } from "../format.js";

/**
 * @import { Peering, Preflight } from "consul-peering"
 * @import { FieldFinding } from "./field.js"
 */

/**
 * Makes a message of the package a sentence: messages may begin with a lower-case letter and have no full stop.
 * @param {string} message
 */
export const sentence = (message) =>
  message && `${message[0].toUpperCase()}${message.slice(1)}${/[.!?)]$/.test(message) ? "" : "."}`;

const NAMES_MAX = 10;
/** @param {string} what @param {string[]} names */
const services = (what, names) =>
  names.length > 0
    ? `, ${what} the services imported through it (${[...names.slice(0, NAMES_MAX), ...(names.length > NAMES_MAX ? ["…"] : [])].join(", ")})`
    : "";
const both = (/** @type {string} */ a, /** @type {string} */ b) => list([a, b]);
/**
 * A finding of the page, in the form of the package's findings.
 * @param {string} message
 * @param {string} fix
 * @returns {FieldFinding}
 */
const error = (message, fix) => ({ severity: "error", message, fix });
/** @param {string} message @param {string} fix @returns {FieldFinding} */
const warning = (message, fix) => ({ severity: "warning", message, fix });

export const texts = {
  command: { label: "Equivalent command", what: "the command" },
  task: {
    cancel: "Cancel",
    stop: "Stop",
    stopped: "Stopped.",
    stoppedHint: "Completed steps are kept. Run the action again to continue.",
    done: "Done",
    view: (/** @type {string} */ alias) => `View on ${alias}`,
    leftBehind: "Left behind",
    leftover: (/** @type {string} */ name, /** @type {string} */ alias, /** @type {string} */ what) =>
      `“${name}” on ${alias}: ${what}.`,
    leftovers: { exists: "exists", unknown: "may exist", deleted: "was deleted" },
    unreachable: (/** @type {string} */ alias, /** @type {string} */ cause) =>
      `The server of this page cannot reach the cluster ${alias} (${cause}).`,
    unreachableHint: "Check that its servers run and that the server of this page can connect to them.",
    step: (/** @type {boolean} */ isWarning, /** @type {string} */ alias, /** @type {string} */ text) =>
      `${alias}: ${isWarning ? "Warning: " : ""}${text}`,
    busy: "In progress. Closing this dialog does not stop it.",
  },
  /** Replace the names of fields in findings. */
  fields: { peering_token: "the peering token", meta: "The meta", server_external_addresses: "The address" },
  name: {
    label: (/** @type {string} */ alias, /** @type {string | undefined} */ other = undefined) =>
      `Peer name of ${other ?? "the other cluster"} on ${alias}`,
    hint: "a-z, 0-9 and -, at most 63 characters.",
  },
  meta: {
    label: (/** @type {string} */ alias) => `Meta on ${alias}`,
    hint: "Optional. One key=value per line.",
    noSign: (/** @type {string} */ line) => error(`“${line}” has no =.`, "Write key=value."),
    duplicate: (/** @type {string} */ key) => error(`Duplicate key “${key}”.`, "Keep one."),
  },
  addresses: {
    label: (/** @type {string} */ alias) => `External addresses of ${alias}`,
    hint: "One host:port per line: where the other cluster reaches these servers, if not at their own addresses.",
    none: "None: the servers are reached at their own addresses",
    required: error(
      "Consul drops the existing external addresses when it generates a new peering token, and cannot return them.",
      "Enter them again, or select None.",
    ),
  },
  naming: {
    replace: "Delete the existing peering and create a new one",
    /**
     * The finding for a decision of the preflight check other than "send".
     * @param {Peering} existing
     * @param {Preflight} decision
     */
    decided({ peer_name, role }, { action, code, message }) {
      /** @param {string} what */
      const exists = (what) => error(`“${peer_name}” ${what}.`, "Choose another name.");
      if (action === "wait") return warning(`“${peer_name}” is being deleted.`, "The call waits until it is deleted.");
      /** @type {Record<string, (() => FieldFinding) | undefined>} */
      const known = {
        deleting: () => error(`“${peer_name}” is being deleted.`, "Wait until it is deleted, or choose another name."),
        role_conflict: () =>
          exists(
            role === "dialer"
              ? "is a peering that this cluster dials"
              : "is a peering for which this cluster generated a peering token",
          ),
        terminated: () => exists("is TERMINATED: its peering tokens do not work"),
        meta_fixed: () =>
          error(
            `Consul cannot change the meta of “${peer_name}”.`,
            "Enter its existing meta below, or clear that field.",
          ),
      };
      return known[code ?? ""]?.() ?? error(sentence(message), "Choose another name.");
    },
    renews: (/** @type {string} */ name) =>
      warning(`“${name}” already exists.`, "It is renewed in place, with the meta below."),
    newToken: (/** @type {string} */ name) =>
      warning(
        `“${name}” already exists: an unused peering token for it stops working, and its external addresses are dropped.`,
        "Enter them again below, if it has any.",
      ),
  },
  connect: {
    label: "Connect",
    reconnect: "Connect again",
    title: "Connect two clusters",
    acceptor: { legend: "Acceptor: generates a peering token", more: "Name, meta and external addresses" },
    dialer: { legend: "Dialer: connects with it", more: "Name and meta" },
    cluster: "Cluster",
    leftBehindHint: "Connect again to continue.",
    show: "Show the plan",
    plan: "The plan",
    nothing: "Nothing to do: the clusters are already connected.",
    reversed: (/** @type {string} */ a, /** @type {string} */ b) =>
      `They are already linked in the opposite direction: ${a} dials ${b}. The direction is kept.`,
    actions: { delete: "Delete", wait: "Wait for", generate: "Generate a peering token for", establish: "Establish" },
    step: (/** @type {string} */ action, /** @type {string} */ name, /** @type {string} */ alias) =>
      `${action} “${name}” on ${alias}`,
    done: (/** @type {string} */ a, /** @type {string} */ b) => `${both(a, b)} are connected: ACTIVE on both sides.`,
    next: "Next, export a service. The peering's view shows its services, and Troubleshoot shows what calls still require.",
  },
  establish: {
    label: "Establish",
    title: (/** @type {string} */ alias) => `Establish a peering on ${alias}`,
    token: "Peering token from the other cluster",
    tokenHint: "Paste the peering token. It is sent to this cluster only, and removed when the dialog closes.",
    datacenter: "Datacenter of the acceptor",
    generatedBy: (/** @type {string} */ datacenter, /** @type {string} */ alias, /** @type {string} */ name) =>
      `${datacenter}, generated by ${alias} for its peering “${name}”`,
    addresses: "Server addresses",
    authority: "CA expires",
    own: (/** @type {string} */ name) =>
      error(
        `This cluster generated this peering token itself, for its peering “${name}”.`,
        "Use it on the other cluster.",
      ),
    leftBehindHint: "Establish again, with a new peering token if this one was used, or delete the peering.",
    spent: error(
      "This peering token has been used or replaced by a newer one.",
      "Generate a new one on the accepting cluster.",
    ),
    done: (/** @type {string} */ name, /** @type {string} */ alias) => `“${name}” on ${alias} is ACTIVE.`,
  },
  generate: {
    label: "Generate a peering token",
    title: (/** @type {string} */ alias) => `Generate a peering token on ${alias}`,
    leftBehindHint: "Generate a peering token again, which invalidates an older unused one, or delete the peering.",
    done: (/** @type {string} */ name) => `The peering token for “${name}” was generated.`,
    token: "Peering token",
    once: "It works once and cannot be shown again: copy it now, and establish the peering with it on the other cluster. Anyone who has it can peer with this cluster.",
    what: "the peering token",
    reveal: "Reveal",
    hide: "Hide",
    select: "The browser does not allow copying here. The peering token is selected: copy it with Ctrl+C or ⌘C.",
    notCopied: "The peering token is not copied yet, and cannot be shown again.",
    discard: "Close without copying",
  },
  rotate: {
    label: "Rotate",
    title: (/** @type {string} */ a, /** @type {string} */ b) => `Rotate the secret of ${both(a, b)}`,
    leftBehindHint: "Rotate again; if the clusters are no longer linked, connect them again.",
    about: (/** @type {string} */ acceptor, /** @type {string} */ dialer) =>
      `${acceptor} generates a new peering token, and ${dialer} uses it immediately. The connection stays up; names, IDs and meta are kept.`,
    done: (/** @type {string} */ a, /** @type {string} */ b) =>
      `${both(a, b)} have a new secret: ACTIVE on both sides.`,
  },
  remove: {
    label: "Delete",
    title: (/** @type {string} */ name, /** @type {string} */ alias) => `Delete “${name}” on ${alias}`,
    titleBoth: (/** @type {string} */ a, /** @type {string} */ b) => `Delete the peering of ${both(a, b)}`,
    leftBehindHint: "Delete again.",
    scope: "What to delete",
    both: (/** @type {string} */ a, /** @type {string} */ b) => `Both sides, on ${both(a, b)}`,
    one: (/** @type {string} */ alias) => `Only the side on ${alias}`,
    deleted: (/** @type {string} */ side, /** @type {string[]} */ names) =>
      `${side} is deleted${services("with", names)}.`,
    terminated: (/** @type {string} */ side, /** @type {string[]} */ names) =>
      `${side} is notified within 5 s. It becomes TERMINATED${services("loses", names)}, and remains until it is deleted.`,
    side: (/** @type {string} */ name, /** @type {string} */ alias) => `On ${alias}, “${name}”`,
    otherSide: "The other side",
    invalidTokens: "Unused peering tokens of this peering become invalid.",
    confirm: (/** @type {string} */ name) => `Type ${name} to confirm`,
    differs: (/** @type {string} */ name) => error("The name does not match.", `Type ${name}.`),
    replaced: (/** @type {string} */ name, /** @type {string} */ alias) =>
      error(
        `“${name}” on ${alias} was deleted, and another peering was created under its name.`,
        "Cancel, and open the new peering to delete it.",
      ),
    force: "Delete both peerings, even if they are linked with other clusters",
    done: (/** @type {string} */ name, /** @type {string} */ alias) => `“${name}” on ${alias} was deleted.`,
    doneBoth: (/** @type {string} */ a, /** @type {string} */ b) =>
      `${both(a, b)} are disconnected: both sides were deleted.`,
  },
};
