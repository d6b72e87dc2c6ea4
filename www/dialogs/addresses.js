// External addresses, where "none" must be said: a new token forgets the former ones, and Consul never shows them.
import { isPeeringError } from "consul-peering";
import { h } from "../elements/dom.js";
import { addressesField, addressesIn, choice } from "./fields.js";
import { texts } from "./texts.js";

/** @import { Cluster } from "../clusters/clusters.js" */

export class AddressesOrNone {
  field = addressesField("", { check: () => (this.#isNeeded && !this.#none.checked ? [texts.addresses.needed] : []) });
  #none = h("input", { type: "checkbox", onchange: () => this.#draw() });
  #isNeeded;
  /** @type {string | undefined} the alias */
  #given;

  /** @param {{ isNeeded?: boolean }} [options]  whether nothing said is refused, or only where the package says so */
  constructor({ isNeeded = false } = {}) {
    this.#isNeeded = isNeeded;
    this.elements = [this.field, choice(this.#none, texts.addresses.none)];
  }

  /** Undefined as long as nothing is said. */
  get value() {
    if (this.#none.checked) return [];
    return this.field.value.trim() ? addressesIn(this.field) : undefined;
  }

  /**
   * Those of another cluster now; what was typed for the last one is nothing to it.
   * @param {Cluster} cluster
   */
  follow({ alias, defaults: { server_external_addresses: given } }) {
    if (alias === this.#given) return;
    this.#given = alias;
    this.field.label = texts.addresses.label(alias);
    this.field.value = given?.join("\n") ?? "";
    this.#none.checked = given?.length === 0;
    this.#draw();
  }

  /**
   * Waits for a call that may say that they are needed.
   * @template T
   * @param {Promise<T>} call
   */
  async heed(call) {
    try {
      return await call;
    } catch (error) {
      if (isPeeringError(error) && error.code === "external_addresses_unknown") {
        this.#isNeeded = true;
        this.field.validate({ touched: true });
      }
      throw error;
    }
  }

  #draw() {
    this.field.input.disabled = this.#none.checked;
    this.field.validate();
  }
}
