// One simulated cluster: its records, and the five calls as its leader carries them out. When things happen is the
// leader's business (leader.js), what flows to other clusters the streams' (streams.js).

import { setImmediate as turn } from "node:timers/promises";
import { refuse, timestamp } from "./answers.js";
import { makeAuthority } from "./certificate.js";
import { checkMeta, checkName, readPeeringToken } from "./checks.js";
import { Leader } from "./leader.js";
import { sleep } from "./clock.js";
import { versionOf } from "./version.js";
import { Streams } from "./streams.js";

const ZERO_TIME = "0001-01-01T00:00:00Z";
const HEARTBEAT_MS = 15_000;
const EXCHANGE_TRIES = 18;
const EXCHANGE_PAUSE_MS = 170; // so that nobody answering is told after three seconds
const ENTERPRISE = "Partitions are a Consul Enterprise feature";
const SPENT = "a new peering token must be generated: invalid peering establishment secret";

export class SimulatedCluster {
  /** What is wrong with the server just now: undefined, "down" (nothing answers) or "leaderless". */
  trouble;
  #records = new Map(); // by name
  #index = 17; // what a fresh agent has got to by itself
  #listIndex = 1;
  #waiting = new Set();
  #recovery; // the timer of the end of a trouble

  /**
   * @param {object} world   the clock, the random numbers, and the other clusters
   * @param {object} options a cluster's options, all filled in
   */
  constructor(world, options) {
    this.world = world;
    this.name = options.name;
    this.options = options;
    this.version = versionOf(options.version);
    this.datacenter = options.datacenter;
    const { random, clock } = world;
    this.trustDomain = options.trust_domain ?? `${random.uuid()}.consul`;
    this.serverName = `server.${this.datacenter}.peering.${this.trustDomain}`;
    this.authority = makeAuthority(this.trustDomain, random.hex(7), clock.now());
    this.exports = new Map(Object.entries(options.exported_services));
    this.leader = new Leader(this);
    this.streams = new Streams(this);
  }

  /** The records, in the order of their names. */
  get records() {
    return [...this.#records.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  find(name) {
    return this.#records.get(name.toLowerCase());
  }

  byId(id) {
    return this.records.find((record) => record.id === id);
  }

  /** Writes a record, as the servers agree on it: it takes a moment, and everybody who waits for a change is told. */
  store(record) {
    record.modifyIndex = this.#listIndex = ++this.#index;
    record.createIndex ??= record.modifyIndex;
    this.#records.set(record.name, record);
    for (const look of this.#waiting) look();
  }

  /** Removes a record for good. */
  drop(record) {
    if (this.#records.get(record.name)?.id !== record.id) return;
    this.#records.delete(record.name);
    this.#listIndex = ++this.#index;
    for (const look of this.#waiting) look();
  }

  // -- The five calls ---------------------------------------------------------------------------------------------

  async generateToken({ PeerName: name, Meta, ServerExternalAddresses: external, Partition }, authorize) {
    this.#mustPeer();
    if (!["", "default"].includes(Partition.toLowerCase())) throw refuse(500, ENTERPRISE);
    checkName(name, this.version);
    checkMeta(Meta);
    if (!this.options.connect) {
      throw refuse(
        500,
        "connect.enabled must be set to true in the server's configuration when generating peering tokens",
      );
    }
    await authorize("write");
    let record = this.find(name);
    if (record?.peerId) this.#roleTaken(name, "there is already an established peering");
    if (!record) {
      const id = this.world.random.uuid();
      await turn();
      record = this.find(name);
      if (!record) this.store((record = { id, name, state: "PENDING", meta: Meta ?? {}, cas: [], addresses: [] }));
      else if (record.peerId) this.#roleTaken(name, "there is already an established peering");
    }
    // One secret at a time: a new one is the end of an older one that nobody has used. What is over (TERMINATED, or
    // marked for deletion) gives out secrets as well, and takes none of them.
    record.secret = this.world.random.uuid();
    this.leader.wake();
    return this.#encode(record, external?.length ? external : null);
  }

  async establish({ PeerName: name, PeeringToken, Meta, Partition }, authorize) {
    this.#mustPeer();
    checkName(name, this.version);
    const token = readPeeringToken(PeeringToken);
    if (!["", "default"].includes(Partition.toLowerCase())) throw refuse(500, ENTERPRISE);
    checkMeta(Meta);
    await authorize("write");
    if (token.ServerName === this.serverName) throw refuse(500, this.version.sameCluster(this.serverName));
    const id = this.#rightToDial(name)?.id ?? this.world.random.uuid();
    if (!this.options.connect) {
      throw refuse(500, "failed to fetch TLS materials: failed to fetch roots: CA has not finished initializing");
    }
    const dialled = this.#dialled(id, token);
    await turn();
    const record = {
      meta: Meta ?? {},
      peerId: token.PeerID,
      cas: token.CA ?? [],
      serverName: token.ServerName,
      ...dialled,
    };
    record.remote = token.Remote;
    // Written before it is known whether the other side agrees: a refused call leaves this behind.
    if (this.version.writesBeforeExchange) this.#write(name, id, record);
    const streamSecret = await this.#exchange(token, dialled);
    await turn();
    this.#write(name, id, { ...record, state: "ESTABLISHING", streamSecret });
    this.leader.wake();
  }

  read(name) {
    const record = this.find(name);
    return record && { index: record.modifyIndex, value: this.#show(record) };
  }

  list() {
    return { index: this.#listIndex, value: this.records.map((record) => this.#show(record)) };
  }

  async delete(name) {
    const record = this.find(name);
    await turn();
    if (!record || record.deletedAt !== undefined || this.find(name) !== record) return;
    const wasTerminated = record.state === "TERMINATED";
    Object.assign(record, { state: "DELETING", deletedAt: this.#now(), meta: {}, cas: [], serverName: "" });
    record.peerId = record.streamSecret = record.secret = undefined;
    this.store(record);
    this.leader.removeLater(record, wasTerminated);
  }

  /** Resolves once `look` gives an index above `index`, or nothing at all, or after `ms`. */
  async untilChanged(look, index, ms, signal) {
    const quiet = () => look()?.index <= index;
    if (!quiet()) return;
    const changed = new AbortController();
    const wake = () => quiet() || changed.abort();
    this.#waiting.add(wake);
    try {
      await sleep(this.world.clock, ms, AbortSignal.any([changed.signal, ...(signal ? [signal] : [])]));
    } catch (reason) {
      if (signal?.aborted) throw reason;
    } finally {
      this.#waiting.delete(wake);
    }
  }

  // -- What happens to the server -----------------------------------------------------------------------------------

  /** Nothing answers for `ms`. Then the server is back with its records, and without a stream. */
  restart(ms) {
    this.trouble = "down";
    this.agent.goDown();
    this.streams.forget();
    this.#recover(ms);
  }

  /** The servers have no leader for `ms`. */
  loseLeader(ms) {
    this.trouble = "leaderless";
    this.#recover(ms);
  }

  /** Exports services to peers, `{ billing: ["us"] }`, in place of what was exported. */
  exportServices(services) {
    this.exports = new Map(Object.entries(services));
  }

  #recover(ms) {
    const { clock } = this.world;
    clock.clearTimeout(this.#recovery);
    const recover = () => {
      this.trouble = undefined;
      this.leader.startAnew();
    };
    this.#recovery = clock.setTimeout(recover, ms, { background: true });
  }

  // -- What the other cluster asks ----------------------------------------------------------------------------------

  /** Takes a token's secret, once, and gives the one that the stream will need. */
  takeSecret(peerId, secret) {
    const record = this.byId(peerId);
    const good = record?.secret === secret && record.state !== "TERMINATED" && record.deletedAt === undefined;
    if (!good || secret === "" || secret === undefined) return undefined;
    record.secret = undefined;
    return (record.streamSecret = this.world.random.uuid());
  }

  // -----------------------------------------------------------------------------------------------------------------

  #mustPeer() {
    if (!this.options.peering) throw refuse(500, "peering must be enabled to use this endpoint");
  }

  #roleTaken(name, why) {
    throw refuse(500, `cannot create peering with name: "${name}"; ${why}`);
  }

  /** What stands under a name that is to be dialled. */
  #rightToDial(name) {
    const record = this.find(name);
    if (record?.deletedAt !== undefined) {
      throw refuse(500, "failed to write peering: cannot write to peering that is marked for deletion");
    }
    if (record && !record.peerId) this.#roleTaken(name, "there is an existing peering expecting to be dialed");
    return record;
  }

  /**
   * The addresses to be written and to be dialled. While a stream is connected, the addresses that came over it are
   * taken for better than the token's; external ones win over both, and are not shown.
   */
  #dialled(id, token) {
    const manual = token.ManualServerAddresses?.length ? token.ManualServerAddresses : undefined;
    const addresses = this.streams.isConnected(id) ? this.byId(id).addresses : token.ServerAddresses;
    return { addresses, manual };
  }

  #write(name, id, fields) {
    const record = this.#rightToDial(name) ?? { id, name, state: "PENDING" };
    if (record.id !== id) {
      const other = `A peering already exists with the name "${name}" and a different ID "${record.id}"`;
      throw refuse(500, `failed to write peering: ${other}`);
    }
    this.store(Object.assign(record, fields));
  }

  async #exchange(token, { addresses, manual }) {
    const failures = [];
    for (let tried = 0; tried < EXCHANGE_TRIES; tried++) {
      const dial = manual ?? addresses;
      const address = dial[tried % dial.length];
      const { cluster, error } = this.world.dial(address, token.ServerName, token.CA);
      if (cluster) {
        const streamSecret = cluster.takeSecret(token.PeerID, token.EstablishmentSecret);
        if (streamSecret === undefined) throw refuse(403, SPENT);
        return streamSecret;
      }
      failures.push(`\t* failed to exchange peering secret through address "${address}": ${error}\n`);
      await sleep(this.world.clock, this.world.pace(EXCHANGE_PAUSE_MS));
    }
    throw refuse(
      this.version.unreachableStatus,
      `${EXCHANGE_TRIES} errors occurred:\n${failures.join("")}\n\n`.replace(/\n$/, ""),
    );
  }

  #encode(record, external) {
    const automatic = [this.options.server_address];
    const token = {
      CA: [this.authority.pem],
      ...(this.version.manualAddresses && { ManualServerAddresses: external }),
      ServerAddresses: this.version.manualAddresses ? automatic : (external ?? automatic),
      ServerName: this.serverName,
      PeerID: record.id,
      EstablishmentSecret: record.secret,
      ...(this.version.remote && {
        Remote: { Partition: "", Datacenter: this.datacenter, ...(this.version.locality && { Locality: null }) },
      }),
    };
    return Buffer.from(JSON.stringify(token)).toString("base64");
  }

  /** A record as Consul shows it: what is empty is left out, and ACTIVE and FAILING lie over what is stored. */
  #show(record) {
    const stream = this.streams.status(record.id);
    const shown = { ID: record.id, Name: record.name };
    if (record.deletedAt !== undefined) shown.DeletedAt = record.deletedAt;
    if (Object.keys(record.meta).length > 0) shown.Meta = Object.fromEntries(Object.entries(record.meta).sort());
    shown.State = stream?.connected ? "ACTIVE" : stream?.failing ? "FAILING" : record.state;
    if (record.peerId) shown.PeerID = record.peerId;
    if (record.cas.length > 0) shown.PeerCAPems = record.cas;
    if (record.serverName) shown.PeerServerName = record.serverName;
    if (record.addresses.length > 0) shown.PeerServerAddresses = record.addresses;
    const services = this.streams.services(record);
    if (!this.version.remote) {
      shown.ImportedServiceCount = services.imported?.length ?? 0;
      shown.ExportedServiceCount = services.exported?.length ?? 0;
    } else {
      shown.StreamStatus = {
        ImportedServices: services.imported,
        ExportedServices: services.exported,
        ...this.#times(stream),
      };
    }
    Object.assign(shown, { CreateIndex: record.createIndex, ModifyIndex: record.modifyIndex });
    if (this.version.remote) {
      shown.Remote = { Partition: record.remote?.Partition ?? "", Datacenter: record.remote?.Datacenter ?? "" };
    }
    return shown;
  }

  #times(stream) {
    const never = this.version.neverIsNull ? null : ZERO_TIME;
    if (!stream?.since) return { LastHeartbeat: never, LastReceive: never, LastSend: never };
    const until = stream.connected ? this.world.clock.now() : stream.until;
    const beat = this.world.pace(HEARTBEAT_MS);
    const beats = Math.floor((until - stream.since) / beat);
    const last = stream.since + beats * beat;
    const shown = timestamp(last, stream.random);
    return { LastHeartbeat: beats > 0 ? shown : never, LastReceive: shown, LastSend: shown };
  }

  #now() {
    return timestamp(this.world.clock.now(), this.world.random);
  }
}
