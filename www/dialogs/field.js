// <form-field>: a label, an input and what is wrong with it, told while it is typed, with the fix.
import { h, setAttribute, setContent } from "../elements/dom.js";
import { sentence } from "./texts.js";
import { texts } from "../texts.js";

let made = 0;

export class FormField extends HTMLElement {
  #input;
  #told;
  #check;
  #touched = false;

  /**
   * @param {object} options
   * @param {string} options.label
   * @param {string} [options.hint]    said always, above the input
   * @param {(value: string) => Finding[]} [options.check]  as the package's own checks answer
   * @param {string} [options.tag]     "input", "textarea" or "select"
   * @param {Node[]} [options.choices] of a select
   * Everything else goes to the input: `name`, `type`, `value`, `placeholder`, `autocomplete`, `required` …
   */
  static make({ label, hint, check, tag = "input", choices = [], ...props }) {
    const field = document.createElement("form-field");
    const id = `field-${++made}`;
    const described = hint ? `${id}-hint ${id}-told` : `${id}-told`;
    field.#check = check ?? (() => []);
    field.#input = h(tag, { id, "aria-describedby": described, spellcheck: "false", ...props }, choices);
    field.#told = h("ul", { id: `${id}-told`, class: "findings", "aria-live": "polite" });
    field.append(
      h("label", { for: id }, label),
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

  /** Shows findings from elsewhere, such as those of an error, until the next input. */
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

  #findings() {
    if (this.#input.required && this.value === "") return [texts.field.missing];
    return this.#check(this.value);
  }
}

customElements.define("form-field", FormField);
