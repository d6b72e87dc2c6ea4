// The streams between clusters: a dialer's leader opens one for each of its peerings. A stream is what makes a peering
// ACTIVE, its loss FAILING; the goodbye said over it when one side was deleted makes the other TERMINATED.

const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 8_000;
const REFUSED_RETRY_MS = 6_000;
const REFUSED_AFTER_MS = 55;

export class Streams {
  /** By the record's id: `{ far, connected, failing, since, until, retries }`. `far` is the other end's Streams and id. */
  #tracked = new Map();

  constructor(cluster) {
    this.cluster = cluster;
  }

  status(id) {
    return this.#tracked.get(id);
  }

  isConnected(id) {
    return this.status(id)?.connected === true;
  }

  /** The services that go over a record's stream, once there has been one. */
  services(record) {
    const stream = this.status(record.id);
    if (!stream?.connected) return { imported: null, exported: null };
    const exported = exportedTo(this.cluster, record.name);
    const far = stream.far.streams.cluster;
    const farRecord = far.byId(stream.far.id);
    return { imported: farRecord ? exportedTo(far, farRecord.name) : null, exported };
  }

  /** Dials for every record that should be connected and is not. */
  connectAll() {
    for (const record of this.cluster.records) {
      if (!record.peerId || record.deletedAt !== undefined || record.state === "TERMINATED") continue;
      if (record.state !== "PENDING" && !this.isConnected(record.id)) this.#connect(record.id);
    }
  }

  /** Ends the streams of records that are gone, and tells the other side why. */
  sayGoodbye() {
    for (const [id, stream] of this.#tracked) {
      const record = this.cluster.byId(id);
      if (record && record.deletedAt === undefined) continue;
      this.#tracked.delete(id);
      if (stream.connected) stream.far.streams.#terminate(stream.far.id);
    }
  }

  /** The server stops: it knows of no stream afterwards, and the other ends see theirs broken. */
  forget() {
    for (const stream of this.#tracked.values()) {
      this.cluster.world.clock.clearTimeout(stream.retry);
      if (stream.connected) stream.far.streams.#broken(stream.far.id);
    }
    this.#tracked.clear();
  }

  #connect(id) {
    const record = this.cluster.byId(id);
    if (!record?.peerId || record.deletedAt !== undefined || record.state === "TERMINATED") return;
    if (this.isConnected(id) || this.cluster.trouble !== undefined) return;
    const far = this.#reach(record);
    if (!far) return this.#fail(id, RETRY_FIRST_MS);
    const acceptor = far.byId(record.peerId);
    if (acceptor?.state === "TERMINATED") return this.#flap(id, far.streams, acceptor.id);
    const good = acceptor && acceptor.deletedAt === undefined && acceptor.streamSecret === record.streamSecret;
    // One stream at a time: a second dialer has to wait until the first one's has ended.
    if (!good || far.streams.isConnected(acceptor.id)) return this.#fail(id, REFUSED_RETRY_MS);
    this.#open(id, { streams: far.streams, id: acceptor.id });
    far.streams.#open(acceptor.id, { streams: this, id });
    far.streams.#introduced(acceptor, this.cluster);
    record.addresses = [far.options.server_address]; // they come over the stream
  }

  #reach(record) {
    for (const address of record.manual ?? record.addresses) {
      const { cluster } = this.cluster.world.dial(address, record.serverName, record.cas);
      if (cluster) return cluster;
    }
    return undefined;
  }

  #open(id, far) {
    const { clock, random } = this.cluster.world;
    clock.clearTimeout(this.status(id)?.retry);
    const seed = Math.floor(random.between(1, 999_999));
    // What is shown twice of one moment must be the same twice.
    this.#tracked.set(id, { far, connected: true, since: clock.now(), random: { between: () => seed } });
  }

  /** The acceptor learns who has dialled. */
  #introduced(acceptor, dialer) {
    acceptor.cas = [dialer.authority.pem];
    acceptor.remote = { Partition: "", Datacenter: dialer.datacenter };
    this.cluster.store(acceptor);
  }

  /** A TERMINATED acceptor lets a stream in and closes it at once. */
  #flap(id, streams, acceptorId) {
    this.#open(id, { streams, id: acceptorId });
    const stream = this.status(id);
    const close = () => this.status(id) === stream && stream.connected && this.#fail(id, REFUSED_RETRY_MS);
    this.#after(REFUSED_AFTER_MS, close);
  }

  #terminate(id) {
    this.#close(id);
    const record = this.cluster.byId(id);
    if (!record || record.deletedAt !== undefined) return;
    record.state = "TERMINATED";
    record.streamSecret = record.secret = undefined;
    this.cluster.store(record);
  }

  /** The other end is gone without a word. The dialling side tries again. */
  #broken(id) {
    this.#close(id);
    const stream = this.status(id);
    if (!stream) return;
    stream.failing = true;
    if (this.cluster.byId(id)?.peerId) this.#fail(id, RETRY_FIRST_MS);
  }

  #close(id) {
    const stream = this.status(id);
    if (stream?.connected) Object.assign(stream, { connected: false, until: this.cluster.world.clock.now() });
  }

  #fail(id, retryMs) {
    this.#close(id);
    const stream = this.status(id) ?? { connected: false };
    this.#tracked.set(id, stream);
    stream.failing = true;
    stream.retries = (stream.retries ?? -1) + 1;
    const wait = Math.max(retryMs, Math.min(RETRY_FIRST_MS * 2 ** stream.retries, RETRY_MAX_MS));
    this.cluster.world.clock.clearTimeout(stream.retry);
    stream.retry = this.#after(wait, () => this.status(id) === stream && this.#connect(id));
  }

  #after(ms, action) {
    const { clock, pace } = this.cluster.world;
    return clock.setTimeout(action, pace(ms), { background: true });
  }
}

function exportedTo(cluster, peer) {
  const services = [...cluster.exports].filter(([, peers]) => peers.includes(peer)).map(([service]) => service);
  return services.length > 0 ? services.sort() : null;
}
