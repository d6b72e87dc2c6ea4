// What a cluster's servers have agreed on: its peerings, their secrets, and the index that rises with each change. The
// rules are those of Consul's state store; who writes, and why, is not its business. A record is never changed: a write
// puts a new one in its place.

import { refuse } from "./answers.js";

/** A record with these addresses is dialled from here; the other side of a peering has none. */
export const addressesToDial = ({ manual, addresses }) => (manual.length > 0 ? manual : addresses);

export const isDialer = (record) => addressesToDial(record).length > 0;

/** Neither side has deleted it. */
export const isActive = (record) => record.state !== "TERMINATED" && record.deletedAt === undefined;

export class Records {
  #records = new Map(); // by name in lower case
  #secrets = new Map(); // by id: `{ establishment, pending, active }`, the latter two of the stream
  #index = 17; // what a fresh agent has got to by itself
  #listIndex = 1;
  #watchers = new Set();

  /** In the order of their names. */
  get all() {
    return [...this.#records.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The index of the last change to any peering. */
  get index() {
    return this.#listIndex;
  }

  find(name) {
    return this.#records.get(name.toLowerCase());
  }

  byId(id) {
    return [...this.#records.values()].find((record) => record.id === id);
  }

  secrets(id) {
    return this.#secrets.get(id);
  }

  /** Calls back after each change, until the function that is returned is called. */
  watch(changed) {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  /** Writes a peering, and the secrets that go with it, if the rules allow it. A state that is left out stays. */
  write(given, secrets) {
    const existing = this.find(given.name);
    const record = { state: existing?.state ?? "PENDING", ...given };
    if (existing) {
      if (isDialer(given) !== isDialer(existing)) {
        throw refuse(500, `Cannot switch peering dialing mode from ${isDialer(existing)} to ${isDialer(given)}`);
      }
      if (given.id !== existing.id) {
        throw refuse(500, `A peering already exists with the name "${given.name}" and a different ID "${existing.id}"`);
      }
      // What is over stays as it is, and so do its secrets: a token made of it is dead.
      if (existing.state === "DELETING" && !isActive(record)) return;
      if (existing.state === "TERMINATED" && record.state === "TERMINATED") return;
      if (existing.state === "DELETING") throw refuse(500, "cannot write to peering that is marked for deletion");
      record.remote = given.remote?.Datacenter || given.remote?.Partition ? given.remote : existing.remote;
    }
    if (!isActive(record)) this.#secrets.delete(record.id);
    if (secrets) this.#secrets.set(record.id, secrets);
    this.#insert(record, existing);
  }

  /** The other side has deleted its half. The secrets stay: an unused token can still be given in, for nothing. */
  terminate(id) {
    const existing = this.byId(id);
    if (existing) this.#insert({ ...existing, state: "TERMINATED" }, existing);
  }

  /** Replaces the secret of a token that is used by one for a stream that is to come. */
  exchange(id, pending) {
    this.#secrets.set(id, { active: this.#secrets.get(id).active, pending });
    this.#index++;
  }

  /** For good. */
  remove(record) {
    this.#records.delete(record.name.toLowerCase());
    this.#secrets.delete(record.id);
    this.#listIndex = ++this.#index;
    this.#changed();
  }

  #insert(record, existing) {
    const index = (this.#listIndex = ++this.#index);
    const { createIndex = index } = existing ?? {};
    this.#records.set(record.name.toLowerCase(), { ...record, createIndex, modifyIndex: index });
    this.#changed();
  }

  #changed() {
    for (const changed of [...this.#watchers]) changed();
  }
}
