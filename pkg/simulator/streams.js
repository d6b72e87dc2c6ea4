// The streams between clusters. A dialer's leader opens one for each of its peerings and opens it again when it breaks.
// What a cluster has noted of its stream makes a peering ACTIVE or FAILING; the goodbye said over it when one side was
// deleted makes the other TERMINATED.

import { addressesToDial, isActive } from "./records.js";

const CONNECT_MS = 6; // TCP and TLS
const ANSWER_MS = 2; // of the other side to the first message
const MESSAGE_MS = 1;
const HEARTBEAT_MS = 15_000;
const RETRY_MAX_MS = 64_000;
/** A server that is no leader expects another one soon: the first retries are quick. */
const QUICK_RETRIES = 5;
const QUICK_RETRY_MS = 8;
const QUICK_RETRY_MAX_MS = 8_192;

export class Streams {
  /**
   * What is known of each record's stream, by the record's id: `{ connected, broken, since, heartbeat, received, sent,
   * imported, exported }`, times in ms. It is known from the moment when the record was first dialled or dialling in.
   */
  #notes = new Map();
  #calls = new Map(); // what is dialled, by the record's id: `{ record, secret, failures, timer }`
  #open = new Set(); // the streams that end here: `{ call, dialer: { streams, id }, acceptor: { streams, id } }`

  constructor(cluster) {
    this.cluster = cluster;
  }

  /** The ids of the records with a stream. */
  get connected() {
    return [...this.#notes.keys()].filter((id) => this.isConnected(id));
  }

  isConnected(id) {
    return this.#notes.get(id)?.connected === true;
  }

  /** What is known of a record's stream just now; undefined where none was ever tried. */
  status(record) {
    const note = this.#notes.get(record.id);
    return note && { ...note, ...this.#live(note) };
  }

  /** Opens a stream for a record, and again whenever it breaks, with what the record says now. */
  dial(record, secret) {
    this.#hangUp(record.id);
    this.#note(record.id);
    const call = { record, secret, failures: 0 };
    this.#calls.set(record.id, call);
    this.#connect(call);
  }

  /** Ends the stream of a record that is gone or over, and tells the other side why. */
  sayGoodbye(id) {
    for (const stream of this.#open) {
      const { dialer, acceptor } = stream;
      if (dialer.id !== id && acceptor.id !== id) continue;
      const other = dialer.id === id ? acceptor : dialer;
      Streams.#close(stream);
      this.#after(ANSWER_MS, () => other.streams.#terminated(other.id));
    }
    this.#hangUp(id);
    this.#notes.delete(id);
  }

  /** The server stops: it knows of no stream afterwards, and the other ends see theirs broken. */
  forget() {
    for (const stream of this.#open) Streams.#fail(stream);
    for (const id of this.#calls.keys()) this.#hangUp(id);
    this.#notes.clear();
  }

  // -- The dialling side --------------------------------------------------------------------------------------------

  #connect(call) {
    call.timer = this.#after(CONNECT_MS, () => {
      const { record } = call;
      // The addresses are looked up each time; whom to expect there is not.
      const addresses = addressesToDial(this.cluster.records.byId(record.id) ?? record);
      const address = addresses[call.failures % addresses.length];
      const { cluster: far } = this.cluster.world.dial(address, record.serverName, record.cas);
      if (!far) return this.#retry(call);
      // As soon as somebody answers it counts as connected, whatever he will say.
      this.#connected(record.id);
      const dialer = { streams: this, id: record.id };
      const stream = { call, dialer, acceptor: { streams: far.streams, id: record.peerId } };
      this.#open.add(stream);
      far.streams.#open.add(stream);
      call.timer = this.#after(ANSWER_MS, () => far.streams.#answer(stream));
    });
  }

  #retry(call, { quickly = false } = {}) {
    const failures = ++call.failures;
    const quick = QUICK_RETRY_MS * 2 ** Math.max(0, failures - QUICK_RETRIES);
    const ms = quickly ? Math.min(quick, QUICK_RETRY_MAX_MS) : Math.min(1_000 * 2 ** failures, RETRY_MAX_MS);
    this.#note(call.record.id).sent = this.#now();
    call.timer = this.#after(ms, () => this.#connect(call));
  }

  #hangUp(id) {
    this.cluster.world.clock.clearTimeout(this.#calls.get(id)?.timer);
    this.#calls.delete(id);
  }

  // -- The side that is dialled -------------------------------------------------------------------------------------

  /** The answer to a dialer's first message. */
  #answer(stream) {
    if (!this.#open.has(stream)) return; // it has broken meanwhile
    const { records, trouble } = this.cluster;
    const { call, dialer, acceptor } = stream;
    if (trouble !== undefined) return Streams.#fail(stream, { quickly: true });
    const record = records.byId(acceptor.id);
    if (!record) return Streams.#fail(stream);
    if (!isActive(record)) {
      if (record.state === "TERMINATED") return Streams.#fail(stream);
      Streams.#close(stream);
      return dialer.streams.#terminated(dialer.id);
    }
    const { active, pending } = records.secrets(record.id) ?? {};
    if (call.secret !== active) {
      if (call.secret !== pending) return Streams.#fail(stream);
      const { establishment } = records.secrets(record.id);
      const remote = { Partition: "", Datacenter: dialer.streams.cluster.datacenter };
      records.write({ ...record, remote }, { establishment, active: pending });
    }
    if (this.isConnected(record.id)) {
      // One at a time. The refused one counts for the peering all the same.
      this.#broken(record.id);
      return Streams.#fail(stream);
    }
    stream.accepted = true;
    this.#connected(record.id);
    this.#introduced(acceptor.id, dialer);
    dialer.streams.#introduced(dialer.id, acceptor);
  }

  // -- Both sides ---------------------------------------------------------------------------------------------------

  /** The first messages: each side sends its authority, and the acceptor its addresses after that. */
  #introduced(id, other) {
    const { records } = this.cluster;
    const { authority, options } = other.streams.cluster;
    const note = this.#note(id);
    note.other = other;
    const write = (fields) => {
      const record = records.byId(id);
      if (note.other === other && record && isActive(record)) records.write({ ...record, ...fields });
    };
    this.#after(MESSAGE_MS, () => {
      if (note.other === other) note.received = note.sent = this.#now();
      write({ cas: [authority.pem] });
      if (this.#calls.has(id)) this.#after(MESSAGE_MS, () => write({ addresses: [options.server_address] }));
    });
  }

  #connected(id) {
    const { random } = this.cluster.world;
    const micros = random.between(1, 999_999); // what is shown twice of one moment must be the same twice
    Object.assign(this.#note(id), { connected: true, broken: false, since: this.#now(), micros });
  }

  #terminated(id) {
    if (this.cluster.trouble === "down") return;
    this.#disconnected(id, { broken: false });
    this.#hangUp(id);
    this.cluster.records.terminate(id);
  }

  /** The stream has ended without a word. */
  #broken(id) {
    this.#disconnected(id, { broken: true, received: this.#now() });
  }

  #disconnected(id, more) {
    const note = this.#note(id);
    Object.assign(note, this.#live(note), { connected: false, other: undefined }, more);
  }

  #note(id) {
    if (!this.#notes.has(id)) this.#notes.set(id, { id, connected: false, broken: false, micros: 0 });
    return this.#notes.get(id);
  }

  /** What goes on by itself while a stream is open: heartbeats, and the services that the two sides export. */
  #live({ id, other, since, ...known }) {
    if (!other) return known;
    const beat = this.cluster.world.pace(HEARTBEAT_MS);
    const beats = Math.floor((this.#now() - since) / beat);
    if (beats > 0) known.received = known.heartbeat = since + beats * beat;
    return { ...known, imported: exports(other), exported: exports({ streams: this, id }) };
  }

  static #close(stream) {
    for (const { streams } of [stream.dialer, stream.acceptor]) streams.#open.delete(stream);
  }

  /** It breaks. The dialling side tries again. */
  static #fail(stream, how) {
    const { call, dialer, acceptor, accepted } = stream;
    Streams.#close(stream);
    if (accepted) acceptor.streams.#broken(acceptor.id);
    dialer.streams.#broken(dialer.id);
    dialer.streams.#retry(call, how);
  }

  #now() {
    return this.cluster.world.clock.now();
  }

  #after(ms, action) {
    const { clock, pace } = this.cluster.world;
    return clock.setTimeout(action, pace(ms), { background: true });
  }
}

/** The services that one end of a stream exports to the other. */
function exports({ streams: { cluster }, id }) {
  const peer = cluster.records.byId(id)?.name;
  return [...cluster.exports]
    .filter(([, peers]) => peers.includes(peer))
    .map(([service]) => service)
    .sort();
}
