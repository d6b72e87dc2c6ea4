// The external addresses of an existing acceptor. The user must enter them or select "none", because Consul drops them when
// it generates a new peering token, and its API never returns them.
import { isPeeringError } from "consul-peering";
import { h } from "../elements/dom.js";
import { addressesField, addressesIn, choice } from "./fields.js";
import { texts } from "./texts.js";

/** @import { Cluster } from "../clusters/clusters.js" */

export class AddressesOrNone {
  field = addressesField("", {
    check: () => (this.#isRequired && !this.#none.checked ? [texts.addresses.required] : []),
  });
  #none = h("input", { type: "checkbox", onchange: () => this.#update() });
  #isRequired;
  /** @type {string | undefined} */
  #alias;

  /** @param {{ isRequired?: boolean }} [options]  default: required once the package reports that they are unknown */
  constructor({ isRequired = false } = {}) {
    this.#isRequired = isRequired;
    this.elements = [this.field, choice(this.#none, texts.addresses.none)];
  }

  /** Undefined if the user has neither entered addresses nor selected "none". */
  get value() {
    if (this.#none.checked) return [];
    return this.field.value.trim() ? addressesIn(this.field) : undefined;
  }

  /**
   * Switches to the addresses of another cluster, with its defaults.
   * @param {Cluster} cluster
   */
  setCluster({ alias, defaults: { server_external_addresses: configured } }) {
    if (alias === this.#alias) return;
    this.#alias = alias;
    this.field.label = texts.addresses.label(alias);
    this.field.value = configured?.join("\n") ?? "";
    this.#none.checked = configured?.length === 0;
    this.#update();
  }

  /**
   * Awaits a call, and requires the addresses if it fails because they are unknown.
   * @template T
   * @param {Promise<T>} call
   */
  async requireIfUnknown(call) {
    try {
      return await call;
    } catch (error) {
      if (isPeeringError(error) && error.code === "external_addresses_unknown") {
        this.#isRequired = true;
        this.field.validate({ touched: true });
      }
      throw error;
    }
  }

  #update() {
    this.field.input.disabled = this.#none.checked;
    this.field.validate();
  }
}
