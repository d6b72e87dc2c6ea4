// <form-field>: a label, an input and what is wrong with it, told while it is typed, with the fix.
import { h, setAttribute, setContent, setText } from "../elements/dom.js";
import { sentence } from "./texts.js";
import { texts } from "../texts.js";

/**
 * @import { Finding } from "consul-peering"
 *
 * @typedef {Pick<Finding, "severity" | "message" | "fix">} Told  what is told of a finding
 * @typedef {(value: string) => Told[]} Check
 * @typedef {HTMLInputElement & HTMLTextAreaElement} Input  a select has what is used of these, too
 *
 * @typedef {object} Options  what is not said to be else is an attribute of the input
 * @property {string} label
 * @property {string} [hint]     said always, above the input
 * @property {Check} [check]     as the package's own checks answer
 * @property {"input" | "textarea" | "select"} [tag]
 * @property {Node[]} [choices]  of a select
 * @property {string} [type]
 * @property {string} [value]
 * @property {string} [autocomplete]
 * @property {string} [autocapitalize]
 * @property {boolean} [required]
 * @property {number} [rows]
 */

let made = 0;

export class FormField extends HTMLElement {
  #input = /** @type {Input} */ (h("input", {}));
  #told = h("ul", { class: "findings", "aria-live": "polite" });
  #label = h("label", {});
  /** @type {Check} */
  #check = () => [];
  #touched = false;

  /** @param {Options} options */
  static make({ label, hint, check, tag = "input", choices = [], ...props }) {
    const field = /** @type {FormField} */ (document.createElement("form-field"));
    const id = `field-${++made}`;
    const described = hint ? `${id}-hint ${id}-told` : `${id}-told`;
    if (check) field.#check = check;
    const input = h(tag, { id, "aria-describedby": described, spellcheck: "false", ...props }, choices);
    field.#input = /** @type {Input} */ (input);
    field.#told.id = `${id}-told`;
    field.#label.htmlFor = id;
    field.label = label;
    field.append(
      field.#label,
      hint ? h("p", { id: `${id}-hint`, class: "hint" }, hint) : "",
      field.#input,
      field.#told,
    );
    field.#input.addEventListener("input", () => field.validate());
    field.#input.addEventListener("blur", () => field.validate({ touched: field.value !== "" }));
    return field;
  }

  get input() {
    return this.#input;
  }
  /** @param {string} text */
  set label(text) {
    setText(this.#label, text);
  }
  get value() {
    return this.#input.value;
  }
  set value(value) {
    this.#input.value = value;
    this.validate();
  }
  /** Nothing in it would be refused. */
  get valid() {
    return !this.#findings().some(({ severity }) => severity === "error");
  }

  /** Shows what is wrong now; with `touched` what is missing, too. Whether nothing would be refused. */
  validate({ touched = false } = {}) {
    this.#touched ||= touched;
    const silent = this.value === "" && !this.#touched;
    this.show(silent ? [] : this.#findings());
    return this.valid;
  }

  /**
   * Shows findings from elsewhere, such as those of an error, until the next input.
   * @param {Told[]} findings
   */
  show(findings) {
    const wrong = findings.some(({ severity }) => severity === "error");
    setAttribute(this.#input, "aria-invalid", wrong ? "true" : null);
    const fold = this.closest("details");
    if (wrong && fold) fold.open = true;
    setContent(this.#told, findings, () =>
      findings.map(({ severity, message, fix }) =>
        h("li", { class: severity }, h("strong", {}, sentence(message)), " ", fix),
      ),
    );
  }

  /** @returns {Told[]} */
  #findings() {
    if (this.#input.required && this.value === "") return [texts.field.missing];
    return this.#check(this.value);
  }
}

customElements.define("form-field", FormField);
