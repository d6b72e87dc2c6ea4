// <form-field>: a label, an input and its findings with their fixes, which are updated while the user types.
import { h, setAttribute, setContent, setText } from "../elements/dom.js";
import { sentence } from "./texts.js";
import { texts } from "../texts.js";

/**
 * @import { Finding } from "consul-peering"
 *
 * @typedef {Pick<Finding, "severity" | "message" | "fix">} FieldFinding
 * @typedef {(value: string) => FieldFinding[]} Check
 * @typedef {HTMLInputElement & HTMLTextAreaElement} Input  also a select, which has the members used here
 *
 * @typedef {object} Options  properties without a description are attributes of the input
 * @property {string} label
 * @property {string} [hint]     always shown, above the input
 * @property {Check} [check]     returns findings like the package's validation functions
 * @property {"input" | "textarea" | "select"} [tag]
 * @property {Node[]} [choices]  of a select
 * @property {string} [type]
 * @property {string} [value]
 * @property {string} [autocomplete]
 * @property {string} [autocapitalize]
 * @property {boolean} [required]
 * @property {number} [rows]
 */

let count = 0;

/** @param {FieldFinding[]} findings */
const hasErrors = (findings) => findings.some(({ severity }) => severity === "error");

export class FormField extends HTMLElement {
  #input = /** @type {Input} */ (h("input", {}));
  #findingsList = h("ul", { class: "findings", "aria-live": "polite" });
  #label = h("label", {});
  /** @type {Check} */
  #check = () => [];
  #touched = false;

  /** @param {Options} options */
  static make({ label, hint, check, tag = "input", choices = [], ...props }) {
    const field = /** @type {FormField} */ (document.createElement("form-field"));
    const id = `field-${++count}`;
    const described = hint ? `${id}-hint ${id}-findings` : `${id}-findings`;
    if (check) field.#check = check;
    const input = h(tag, { id, "aria-describedby": described, spellcheck: "false", ...props }, choices);
    field.#input = /** @type {Input} */ (input);
    field.#findingsList.id = `${id}-findings`;
    field.#label.htmlFor = id;
    field.label = label;
    field.append(
      field.#label,
      hint ? h("p", { id: `${id}-hint`, class: "hint" }, hint) : "",
      field.#input,
      field.#findingsList,
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
  /** Whether it has no errors. */
  get valid() {
    return !hasErrors(this.#findings());
  }

  /** Shows the current findings, with `touched` also that a value is missing. Returns whether the value is valid. */
  validate({ touched = false } = {}) {
    this.#touched ||= touched;
    const isPristine = this.value === "" && !this.#touched;
    const findings = this.#findings();
    this.show(isPristine ? [] : findings);
    return !hasErrors(findings);
  }

  /**
   * Shows other findings, such as those of an error, until the next input.
   * @param {FieldFinding[]} findings
   */
  show(findings) {
    const isInvalid = hasErrors(findings);
    setAttribute(this.#input, "aria-invalid", isInvalid ? "true" : null);
    const details = this.closest("details");
    if (isInvalid && details) details.open = true;
    setContent(this.#findingsList, findings, () =>
      findings.map(({ severity, message, fix }) =>
        h("li", { class: severity }, h("strong", {}, sentence(message)), " ", fix),
      ),
    );
  }

  /** @returns {FieldFinding[]} */
  #findings() {
    if (this.#input.required && this.value === "") return [texts.field.missing];
    return this.#check(this.value);
  }
}

customElements.define("form-field", FormField);
