// The dialog of an action: its form, a preview of its plan, its progress and its result.
import { readOnlyReason } from "./actions.js";
import { commandBox } from "./command-box.js";
import { clusterOf } from "../clusters/live.js";
import { announce } from "../elements/announce.js";
import { openDialog } from "./dialog.js";
import { h, setAttribute, setText } from "../elements/dom.js";
import { Elapsed } from "../elements/elapsed.js";
import { describeError, withAliases } from "./error.js";
import { texts } from "./texts.js";

/** @type {Set<AbortController>} pending calls that change peerings */
const pendingWrites = new Set();
let count = 0;
addEventListener("beforeunload", (event) => {
  if (pendingWrites.size > 0) event.preventDefault();
});

/**
 * @import { Progress } from "consul-peering"
 * @import { Child } from "../elements/dom.js"
 * @import { App } from "./actions.js"
 * @import { FormField } from "./field.js"
 *
 * @typedef {{ signal: AbortSignal, onProgress: (progress: Progress) => void }} Call  options for the package's functions
 * @typedef {{ text: string, content?: Child, mayClose?: () => boolean }} Outcome
 * @typedef {Outcome & { isEmpty: boolean }} Plan
 *
 * @typedef {object} Task
 * @property {string} title
 * @property {Child[]} form
 * @property {() => FormField[]} fields     in the order of the form
 * @property {() => string[]} aliases       of the clusters that it changes
 * @property {string} label                 of the submit button
 * @property {boolean} [danger]
 * @property {string} leftBehindHint        how to continue on this page if something is left behind
 * @property {() => string | undefined} [command]  the equivalent command, if there is one
 * @property {{ label: string, compute(call: Call): Promise<Plan> }} [plan]  the preview
 * @property {(call: Call) => Promise<Outcome>} run
 * @property {(error: unknown) => boolean | void} [failed]  may offer an option that resolves the error; true if a field of
 *   the form shows it
 * @property {() => void} [clustersChanged] updates what the form shows about peerings of any cluster
 * @property {() => void} [forget]          discards secrets when the dialog closes
 */

/**
 * @param {App} app
 * @param {string} key  identifies the dialog
 * @param {() => Task} create  creates the form, unless the dialog was kept
 */
export function openTask(app, key, create) {
  return openDialog(key, (dialog) => {
    const task = create();
    const inputChanged = () => {
      if (task.plan && isPlanShown) showResult();
      update();
    };
    const equivalent = commandBox();
    const fields = { class: "fields", oninput: inputChanged, onchange: () => update() };
    const form = h("div", fields, task.form, equivalent.element);
    const steps = h("ol", { class: "steps" });
    const elapsed = new Elapsed();
    const busy = h("p", { class: "busy" });
    const resultBox = h("div", {});
    resultBox.addEventListener("click", ({ target }) => {
      if (/** @type {Element} */ (target).closest("a")) close();
    });
    const why = h("p", { class: "why", id: `why-${++count}` });
    const submitButton = h("button", { type: "submit", class: task.danger ? "danger" : "primary" });
    const cancel = h("button", { type: "button", onclick: () => discard() }, texts.task.cancel);
    const stop = h("button", { type: "button", onclick: () => running?.abort() }, texts.task.stop);
    const done = h("button", { type: "button", class: "primary", onclick: () => close() }, texts.task.done);
    let isPlanShown = !task.plan;
    /** @type {AbortController | undefined} the pending call */
    let running;
    /** @type {Outcome | undefined} */
    let outcome;

    /**
     * Updates what the form shows about existing peerings when these are read again.
     * @param {Event} event
     */
    const revalidate = (event) => {
      if (running || outcome) return;
      task.clustersChanged?.();
      if (!task.aliases().includes(clusterOf(event).alias)) return;
      for (const field of task.fields()) if (field.value) field.validate();
    };
    const close = () => {
      if (mayClose()) dialog.close();
    };
    const discard = () => {
      dialog.close();
      dialog.forget();
    };
    const mayClose = () => outcome?.mayClose?.() ?? true;

    const { session } = app.clusters;
    /** Discards the dialog unless it shows a pending call or a result that would be lost. */
    const sessionEnded = () => (running || !mayClose() ? update() : discard());

    function update() {
      const isDone = Boolean(outcome || session.hasEnded);
      form.hidden = Boolean(running || isDone);
      busy.hidden = stop.hidden = !running;
      steps.hidden = steps.childElementCount === 0;
      submitButton.hidden = cancel.hidden = Boolean(running || isDone);
      done.hidden = Boolean(running) || !isDone;
      equivalent.update(task.command?.());
      setText(submitButton, isPlanShown || !task.plan ? task.label : task.plan.label);
      const reasons = task.aliases().flatMap((alias) => readOnlyReason(app, { alias }) ?? []);
      setAttribute(submitButton, "aria-disabled", reasons.length > 0 && isPlanShown ? "true" : null);
      setAttribute(submitButton, "aria-describedby", reasons.length > 0 ? why.id : null);
      setText(why, running || outcome ? "" : reasons.join(" "));
    }

    /** Shows a result, an error or nothing, in place of the plan. @param {Node[]} content */
    function showResult(...content) {
      resultBox.replaceChildren(...content);
      isPlanShown = !task.plan;
    }

    /** @param {Progress} progress */
    function showStep({ kind, state, cluster, text }) {
      if (kind === "state" && state === "gone") return; // the step "deleted" follows
      const line = texts.task.step(kind === "warning", withAliases(app, cluster), withAliases(app, text));
      steps.append(h("li", {}, line, " ", elapsed.element));
      steps.hidden = false;
      steps.lastElementChild?.scrollIntoView({ block: "nearest" });
      announce(line);
    }

    /**
     * Runs a call with its progress. Shows the error if it fails.
     * @template T
     * @param {(call: Call) => Promise<T>} work
     * @param {boolean} isWrite
     * @returns {Promise<T | undefined>} undefined after a failure
     */
    async function runCall(work, isWrite) {
      const call = new AbortController();
      running = call;
      /** @type {Progress[]} */
      const leftovers = [];
      elapsed.start();
      steps.replaceChildren();
      showResult();
      setText(busy, isWrite ? texts.task.busy : "");
      if (isWrite) pendingWrites.add(call);
      update();
      stop.focus();
      /** @param {Progress} progress */
      const onProgress = (progress) => {
        elapsed.start();
        if (progress.kind === "left_behind") leftovers.push(progress);
        else showStep(progress);
      };
      try {
        return await work({ signal: call.signal, onProgress });
      } catch (error) {
        if (call.signal.aborted && !isWrite) return undefined;
        if (task.failed?.(error)) return undefined;
        const { text, element } = describeError(app, error, leftovers, task.leftBehindHint);
        showResult(element);
        announce(text, "assertive");
        return undefined;
      } finally {
        elapsed.stop();
        elapsed.element.remove();
        pendingWrites.delete(call);
        if (!isWrite) steps.replaceChildren();
        running = undefined;
      }
    }

    /** @param {Outcome} result */
    function finish(result) {
      outcome = result;
      showResult(h("section", { class: "box result" }, h("h3", {}, result.text), result.content ?? []));
      announce(result.text);
      // If the dialog was closed meanwhile, it opens again for a result that would be lost; other results were announced.
      if (!dialog.isOpen()) (result.mayClose ? dialog.show : dialog.forget)();
    }

    async function submit() {
      if (running || outcome) return;
      const invalid = task.fields().filter((field) => !field.validate({ touched: true }));
      if (invalid.length > 0) return invalid[0].input.focus();
      if (!isPlanShown && task.plan) {
        const plan = await runCall(task.plan.compute, false);
        if (plan?.isEmpty) finish(plan);
        else if (plan) {
          showResult(h("section", { class: "box plan" }, h("h3", {}, plan.text), plan.content ?? []));
          isPlanShown = true;
          announce([...resultBox.querySelectorAll("h3, p, li")].map(({ textContent }) => textContent).join(" "));
        }
      } else if (!submitButton.ariaDisabled) {
        const result = await runCall(task.run, true);
        if (result) finish(result);
        for (const alias of task.aliases()) app.live.refresh(alias);
      }
      update();
      const invalidField = task.fields().find(({ input }) => input.ariaInvalid);
      const isDone = outcome || session.hasEnded;
      const next = isDone ? (resultBox.querySelector("button") ?? done) : (invalidField?.input ?? submitButton);
      if (dialog.isOpen()) next.focus();
      resultBox.scrollIntoView({ block: "nearest" });
    }

    return {
      title: task.title,
      content: [form, busy, steps, resultBox, why],
      buttons: [submitButton, cancel, stop, done],
      submit,
      opened() {
        app.live.addEventListener("change", revalidate);
        session.addEventListener("ended", sessionEnded);
        update();
      },
      mayClose,
      closed() {
        app.live.removeEventListener("change", revalidate);
        session.removeEventListener("ended", sessionEnded);
        task.forget?.();
        if (outcome) dialog.forget();
      },
    };
  });
}
