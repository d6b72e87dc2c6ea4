// One thing to be done: its form, what is going to happen, each step as it happens, and what came of it.
import { whyNot } from "./actions.js";
import { commandBox } from "./command-box.js";
import { clusterOf } from "../clusters/live.js";
import { announce } from "../elements/announce.js";
import { openDialog } from "./dialog.js";
import { h, setAttribute, setText } from "../elements/dom.js";
import { seconds } from "../format.js";
import { texts } from "./texts.js";
import { named, trouble } from "./trouble.js";

/** A step that takes longer says for how long. */
const SLOW_MS = 1_500;
/** @type {Set<AbortController>} calls that change something */
const writing = new Set();
let made = 0;
addEventListener("beforeunload", (event) => {
  if (writing.size > 0) event.preventDefault();
});

/**
 * @import { Progress } from "consul-peering"
 * @import { Child } from "../elements/dom.js"
 * @import { App } from "./actions.js"
 * @import { FormField } from "./field.js"
 *
 * @typedef {{ signal: AbortSignal, onProgress: (progress: Progress) => void }} Call  the options of the package's call
 * @typedef {{ text: string, content?: Child, mayClose?: () => boolean }} Outcome
 * @typedef {Outcome & { isNothing: boolean }} Plan
 *
 * @typedef {object} Task
 * @property {string} title
 * @property {Child[]} form
 * @property {() => FormField[]} fields     in their order
 * @property {() => string[]} aliases       the clusters that it changes
 * @property {string} label                 of the button that does it
 * @property {boolean} [danger]
 * @property {string} left                  how to continue on this page, where something is left behind
 * @property {() => string | undefined} [command]  the same on the command line, where that can be said
 * @property {{ label: string, ask(call: Call): Promise<Plan> }} [plan]  what is shown before
 * @property {(call: Call) => Promise<Outcome>} run
 * @property {(error: unknown) => void} [failed]  offers a way out that must be chosen
 * @property {() => void} [forget]          lets go of secrets: the dialog is closed
 */

/**
 * @param {App} app
 * @param {string} key  what the dialog is for
 * @param {() => Task} make  makes the form, unless the last one was left unfinished
 */
export function openTask(app, key, make) {
  return openDialog(key, (dialog) => {
    const task = make();
    const changed = () => {
      if (task.plan && isShown) tell();
      show();
    };
    const same = commandBox();
    const form = h("div", { class: "fields", oninput: changed, onchange: () => show() }, task.form, same.element);
    const steps = h("ol", { class: "steps" });
    const since = h("span", { class: "hint" });
    const busy = h("p", { class: "busy" });
    const told = h("div", {});
    told.addEventListener("click", ({ target }) => {
      if (/** @type {Element} */ (target).closest("a")) leave();
    });
    const why = h("p", { class: "why", id: `why-${++made}` });
    const go = h("button", { type: "submit", class: task.danger ? "danger" : "primary" });
    const cancel = h("button", { type: "button", onclick: () => drop() }, texts.task.cancel);
    const stop = h("button", { type: "button", onclick: () => running?.abort() }, texts.task.stop);
    const done = h("button", { type: "button", class: "primary", onclick: () => leave() }, texts.task.done);
    let isShown = !task.plan; // what is going to happen
    /** @type {AbortController | undefined} the call that is under way */
    let running;
    /** @type {Outcome | undefined} */
    let outcome;

    /**
     * What fields say of existing peerings follows what is read of them.
     * @param {Event} event
     */
    const follow = (event) => {
      if (running || outcome || !task.aliases().includes(clusterOf(event).alias)) return;
      for (const field of task.fields()) if (field.value) field.validate();
    };
    const leave = () => {
      if (mayClose()) dialog.close();
    };
    const drop = () => {
      dialog.close();
      dialog.forget();
    };
    const mayClose = () => outcome?.mayClose?.() ?? true;

    const { session } = app.clusters;
    /** Without a session, a dialog stays as long as it has something to say that would be lost. */
    const over = () => (running || !mayClose() ? show() : drop());

    function show() {
      const isDone = Boolean(outcome || session.isOver);
      form.hidden = Boolean(running || isDone);
      busy.hidden = stop.hidden = !running;
      steps.hidden = steps.childElementCount === 0;
      go.hidden = cancel.hidden = Boolean(running || isDone);
      done.hidden = Boolean(running) || !isDone;
      same.update(task.command?.());
      setText(go, isShown || !task.plan ? task.label : task.plan.label);
      const reasons = task.aliases().flatMap((alias) => whyNot(app, { alias }) ?? []);
      setAttribute(go, "aria-disabled", reasons.length > 0 && isShown ? "true" : null);
      setAttribute(go, "aria-describedby", reasons.length > 0 ? why.id : null);
      setText(why, running || outcome ? "" : reasons.join(" "));
    }

    /** Shows what came of it, or nothing; a plan does not outlast it. @param {Node[]} content */
    function tell(...content) {
      told.replaceChildren(...content);
      isShown = !task.plan;
    }

    /** @param {Progress} progress */
    function step({ cluster, text }) {
      const line = `${named(app, cluster)}: ${named(app, text)}`;
      steps.append(h("li", {}, line, " ", since));
      setText(since, "");
      steps.hidden = false;
      steps.lastElementChild?.scrollIntoView({ block: "nearest" });
      announce(line);
    }

    /**
     * Tells each step of it, and where it does not come to its end, why.
     * @template T
     * @param {(call: Call) => Promise<T>} work
     * @param {boolean} isWrite
     * @returns {Promise<T | undefined>}
     */
    async function during(work, isWrite) {
      const call = new AbortController();
      running = call;
      /** @type {Progress[]} */
      const left = [];
      let at = performance.now();
      const clock = setInterval(() => {
        if (performance.now() - at > SLOW_MS) setText(since, seconds(performance.now() - at));
      }, 500);
      steps.replaceChildren();
      tell();
      setText(busy, isWrite ? texts.task.busy : "");
      if (isWrite) writing.add(call);
      show();
      stop.focus();
      /** @param {Progress} progress */
      const onProgress = (progress) => {
        at = performance.now();
        if (progress.kind === "left_behind") left.push(progress);
        else step(progress);
      };
      try {
        return await work({ signal: call.signal, onProgress });
      } catch (error) {
        if (call.signal.aborted && !isWrite) return undefined;
        const { text, element } = trouble(app, error, left, task.left);
        tell(element);
        task.failed?.(error);
        announce(text, "assertive");
        return undefined;
      } finally {
        clearInterval(clock);
        since.remove();
        writing.delete(call);
        if (!isWrite) steps.replaceChildren();
        running = undefined;
      }
    }

    /** @param {Outcome} result */
    function end(result) {
      outcome = result;
      tell(h("section", { class: "box result" }, h("h3", {}, result.text), result.content ?? []));
      announce(result.text);
      // Closed meanwhile: an outcome that would be lost comes back, any other was announced.
      if (!dialog.isOpen()) (result.mayClose ? dialog.show : dialog.forget)();
    }

    async function submit() {
      if (running || outcome) return;
      const wrong = task.fields().filter((field) => !field.validate({ touched: true }));
      if (wrong.length > 0) return wrong[0].input.focus();
      if (!isShown && task.plan) {
        const plan = await during(task.plan.ask, false);
        if (plan?.isNothing) end(plan);
        else if (plan) {
          tell(h("section", { class: "box plan" }, h("h3", {}, plan.text), plan.content ?? []));
          isShown = true;
          announce([...told.querySelectorAll("h3, p, li")].map(({ textContent }) => textContent).join(" "));
        }
      } else if (!go.ariaDisabled) {
        const result = await during(task.run, true);
        if (result) end(result);
        for (const alias of task.aliases()) app.live.again(alias);
      }
      show();
      const wanting = task.fields().find(({ input }) => input.ariaInvalid);
      const next = outcome || session.isOver ? (told.querySelector("button") ?? done) : (wanting?.input ?? go);
      if (dialog.isOpen()) next.focus();
      told.scrollIntoView({ block: "nearest" });
    }

    return {
      title: task.title,
      content: [form, busy, steps, told, why],
      buttons: [go, cancel, stop, done],
      submit,
      opened() {
        app.live.addEventListener("change", follow);
        session.addEventListener("over", over);
        show();
      },
      mayClose,
      closed() {
        app.live.removeEventListener("change", follow);
        session.removeEventListener("over", over);
        task.forget?.();
        if (outcome) dialog.forget();
      },
    };
  });
}
