// The external addresses of an existing acceptor. The user must enter them or select "none", because Consul drops them when
// it generates a new peering token, and its API never returns them.
import { isPeeringError } from "consul-peering";
import { announce } from "../elements/announce.js";
import { h } from "../elements/dom.js";
import { addressesField, addressesIn, choice } from "./fields.js";
import { texts } from "./texts.js";

/** @import { Cluster } from "../clusters/clusters.js" */

export class AddressesOrNone {
  field = addressesField("", {
    check: () => (this.#isRequired() && !this.#none.checked ? [texts.addresses.required] : []),
  });
  #none = h("input", { type: "checkbox", onchange: () => this.#update() });
  #isRequired;
  /** @type {string | undefined} */
  #alias;

  /** @param {{ isRequired?: boolean }} [options]  default: required once the package reports that they are unknown */
  constructor({ isRequired = false } = {}) {
    this.#isRequired = () => isRequired;
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
   * Requires the addresses if a call failed because they are unknown. Returns whether it did: the field asks for them.
   * @param {unknown} error
   */
  requireIfUnknown(error) {
    const isUnknown = isPeeringError(error) && error.code === "external_addresses_unknown";
    if (isUnknown) {
      // Of this cluster: another one may have no acceptor yet.
      const [alias, isRequired] = [this.#alias, this.#isRequired];
      this.require(() => this.#alias === alias || isRequired());
      announce(`${texts.addresses.required.message} ${texts.addresses.required.fix}`, "assertive");
    }
    return isUnknown;
  }

  /**
   * Requires the addresses, and shows the field.
   * @param {() => boolean} applies  whether they are required now
   */
  require(applies) {
    this.#isRequired = applies;
    this.field.validate({ touched: true });
  }

  #update() {
    this.field.input.disabled = this.#none.checked;
    this.field.validate();
  }
}
