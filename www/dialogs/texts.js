// Every text of the dialogs. What the package says (findings, steps, errors and their hints) is shown as it comes.
import { list } from "../format.js";

/**
 * @import { Peering, Preflight } from "consul-peering"
 * @import { Told } from "./field.js"
 */

/**
 * A message of the package, which has no full stop and may begin with a small letter.
 * @param {string} message
 */
export const sentence = (message) =>
  message && `${message[0].toUpperCase()}${message.slice(1)}${/[.!?)]$/.test(message) ? "" : "."}`;

/** As many names are told. */
const NAMES = 10;
/** @param {string} what @param {string[]} names */
const services = (what, names) =>
  names.length > 0
    ? `, ${what} the services imported through it (${[...names.slice(0, NAMES), ...(names.length > NAMES ? ["…"] : [])].join(", ")})`
    : "";
const both = (/** @type {string} */ a, /** @type {string} */ b) => list([a, b]);
/**
 * A finding of the page's own, as the package's checks have them.
 * @param {string} message
 * @param {string} fix
 * @returns {Told}
 */
const error = (message, fix) => ({ severity: "error", message, fix });
/** @param {string} message @param {string} fix @returns {Told} */
const warning = (message, fix) => ({ severity: "warning", message, fix });

export const texts = {
  command: { label: "The same on the command line", what: "the command" },
  task: {
    cancel: "Cancel",
    stop: "Stop",
    stopped: "Stopped.",
    stoppedHint: "Completed steps are kept. Run the action again to continue.",
    done: "Done",
    open: (/** @type {string} */ alias) => `View on ${alias}`,
    leftBehind: "Left behind",
    left: (/** @type {string} */ name, /** @type {string} */ where, /** @type {string} */ what) =>
      `“${name}” on ${where}: ${what}.`,
    leftovers: { exists: "exists", unknown: "may exist", deleted: "was deleted" },
    unreached: (/** @type {string} */ alias, /** @type {string} */ cause) =>
      `serve cannot reach the cluster ${alias} (${cause}).`,
    unreachedHint: "Check that its servers run and that the server of this page can connect to them.",
    busy: "In progress. Closing this dialog does not stop it.",
  },
  /** What a finding calls the value of a field. */
  fields: { peering_token: "the token", meta: "The meta", server_external_addresses: "The address" },
  name: {
    label: (/** @type {string} */ alias, /** @type {string | undefined} */ other = undefined) =>
      `Name of ${other ?? "the other cluster"} on ${alias}`,
    hint: "a-z, 0-9 and -, at most 63 characters.",
  },
  meta: {
    label: (/** @type {string} */ alias) => `Meta on ${alias}`,
    hint: "Optional. One key=value per line.",
    noSign: (/** @type {string} */ line) => error(`“${line}” has no =.`, "Write key=value."),
    twice: (/** @type {string} */ key) => error(`“${key}” is given twice.`, "Keep one."),
  },
  addresses: {
    label: (/** @type {string} */ alias) => `External addresses of ${alias}`,
    hint: "One host:port per line: where the other cluster reaches these servers, if not at their own addresses.",
    none: "None: the servers are reached at their own addresses",
    needed: error(
      "Consul does not show the existing ones, and drops them with a new token.",
      "Enter them again, or select None.",
    ),
  },
  naming: {
    replace: "Delete the existing peering and create a new one",
    /**
     * What the preflight check has decided, where it is not to send at once.
     * @param {Peering} existing
     * @param {Preflight} decision
     */
    decided({ peer_name, role }, { action, code, message }) {
      /** @param {string} what */
      const exists = (what) => error(`“${peer_name}” ${what}.`, "Choose another name.");
      if (action === "wait") return warning(`“${peer_name}” is being deleted.`, "The call waits until it is deleted.");
      /** @type {Record<string, (() => Told) | undefined>} */
      const known = {
        deleting: () => error(`“${peer_name}” is being deleted.`, "Wait until it is deleted, or choose another name."),
        role_conflict: () =>
          exists(
            role === "dialer"
              ? "is a peering that this cluster dials"
              : "is a peering for which this cluster generated a token",
          ),
        terminated: () => exists("is TERMINATED: its tokens do not work"),
        meta_fixed: () =>
          error(`“${peer_name}” exists with other meta, which Consul cannot change.`, "Leave the meta as it is."),
      };
      return known[code ?? ""]?.() ?? error(sentence(message), "Choose another name.");
    },
    renews: (/** @type {string} */ name) =>
      warning(`“${name}” already exists.`, "It is renewed in place, with the meta below."),
    newToken: (/** @type {string} */ name) =>
      warning(
        `“${name}” already exists: an unused token for it stops working, and its external addresses are dropped.`,
        "Enter them again below, if it has any.",
      ),
  },
  connect: {
    label: "Connect",
    again: "Connect again",
    title: "Connect two clusters",
    acceptor: { legend: "Acceptor: generates a token", more: "Name, meta and external addresses" },
    dialer: { legend: "Dialer: connects with it", more: "Name and meta" },
    cluster: "Cluster",
    left: "Connect again to continue.",
    show: "Show the plan",
    plan: "The plan",
    nothing: "Nothing to do: the clusters are already connected.",
    reversed: (/** @type {string} */ a, /** @type {string} */ b) =>
      `They are already linked in the opposite direction: ${a} dials ${b}. The direction is kept.`,
    actions: { delete: "Delete", wait: "Wait for", generate: "Generate a token for", establish: "Establish" },
    step: (/** @type {string} */ action, /** @type {string} */ name, /** @type {string} */ alias) =>
      `${action} “${name}” on ${alias}`,
    done: (/** @type {string} */ a, /** @type {string} */ b) => `${both(a, b)} are connected: ACTIVE on both sides.`,
    next: "Next, export a service. The view of the peering shows its services and what is missing for calls.",
  },
  establish: {
    label: "Establish",
    title: (/** @type {string} */ alias) => `Establish a peering on ${alias}`,
    token: "Peering token from the other cluster",
    tokenHint: "Paste the token. It is sent to this cluster only, and removed when the dialog closes.",
    datacenter: "Leads to datacenter",
    madeBy: (/** @type {string} */ place, /** @type {string} */ alias, /** @type {string} */ name) =>
      `${place}, generated by ${alias} for its peering “${name}”`,
    addresses: "Dials",
    authority: "Its CA expires",
    own: (/** @type {string} */ name) =>
      error(`This cluster generated this token itself, for its peering “${name}”.`, "Use it on the other cluster."),
    left: "Establish again, with a new token if this one was used, or delete the peering.",
    spent: error(
      "This token has been used or replaced by a newer one.",
      "Generate a new one on the accepting cluster.",
    ),
    done: (/** @type {string} */ name, /** @type {string} */ alias) => `“${name}” on ${alias} is ACTIVE.`,
  },
  generate: {
    label: "Generate a token",
    title: (/** @type {string} */ alias) => `Generate a peering token on ${alias}`,
    left: "Generate a token again, which invalidates an older unused one, or delete the peering.",
    done: (/** @type {string} */ name) => `The token for “${name}” was generated.`,
    token: "Peering token",
    once: "It works once and cannot be shown again: copy it now, and establish the peering with it on the other cluster. Anyone who has it can peer with this cluster.",
    what: "the peering token",
    reveal: "Reveal",
    hide: "Hide",
    select: "The browser does not allow copying here. The token is selected: copy it with Ctrl+C or ⌘C.",
    notCopied: "The token is not copied yet, and cannot be shown again.",
    abandon: "Close without copying",
  },
  rotate: {
    label: "Rotate",
    title: (/** @type {string} */ a, /** @type {string} */ b) => `Rotate the secret of ${both(a, b)}`,
    left: "Rotate again; if the clusters are no longer linked, connect them again.",
    about: (/** @type {string} */ acceptor, /** @type {string} */ dialer) =>
      `${acceptor} generates a new token, and ${dialer} connects with it at once. The connection stays up; names, IDs and meta are kept.`,
    done: (/** @type {string} */ a, /** @type {string} */ b) =>
      `${both(a, b)} have a new secret: ACTIVE on both sides.`,
  },
  remove: {
    label: "Delete",
    title: (/** @type {string} */ name, /** @type {string} */ alias) => `Delete “${name}” on ${alias}`,
    left: "Delete again.",
    scope: "What to delete",
    both: (/** @type {string} */ a, /** @type {string} */ b) => `Both sides, on ${both(a, b)}`,
    one: (/** @type {string} */ alias) => `Only the side on ${alias}`,
    gone: (/** @type {string} */ where, /** @type {string[]} */ names) =>
      `${where} is deleted${services("with", names)}.`,
    far: (/** @type {string} */ where, /** @type {string[]} */ names) =>
      `${where} is notified within 5 s. It becomes TERMINATED${services("loses", names)}, and remains until it is deleted.`,
    side: (/** @type {string} */ name, /** @type {string} */ alias) => `On ${alias}, “${name}”`,
    otherSide: "The other side",
    dead: "Existing tokens become invalid.",
    confirm: (/** @type {string} */ name) => `Type ${name} to confirm`,
    differs: (/** @type {string} */ name) => error("The name does not match.", `Type ${name}.`),
    force: "Delete both peerings, even if they are linked with other clusters",
    done: (/** @type {string} */ name, /** @type {string} */ alias) => `“${name}” on ${alias} was deleted.`,
    doneBoth: (/** @type {string} */ a, /** @type {string} */ b) =>
      `${both(a, b)} are disconnected: both sides were deleted.`,
  },
};
