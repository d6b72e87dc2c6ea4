// The clusters that the page knows, by alias: where each is, and what may be done there. ACL tokens that were typed are in
// here, in memory and nowhere else.
import { identify, permissions } from "consul-peering";
import { inLane } from "./lanes.js";
import { Session } from "../session.js";
import { texts } from "../texts.js";

const FILE = "clusters.json";
const OWN_ALIAS = "consul";
const RIGHTS_TIMEOUT_MS = 10_000;
const IDENTITY_TIMEOUT_MS = 10_000;

/** Emits "token" when one was typed, "rights" when it is known what may be done; `detail` is the cluster. */
export class Clusters extends EventTarget {
  #clusters;
  session;

  constructor(entries) {
    super();
    // Only the page's own server says whether it adds a token.
    this.session = new Session(Object.values(entries).some(({ token }) => token !== undefined));
    const told = (cluster, what) => this.dispatchEvent(new CustomEvent(what, { detail: cluster }));
    this.#clusters = new Map(
      Object.entries(entries).map(([alias, entry]) => [alias, new Cluster(alias, entry, this.session, told)]),
    );
  }

  get = (alias) => this.#clusters.get(alias);
  /** One side of a link, as the package takes it. */
  side = ({ alias, peer_name }) => ({ cluster: this.get(alias).target, peer_name });
  get size() {
    return this.#clusters.size;
  }
  [Symbol.iterator]() {
    return this.#clusters.values();
  }
}

class Cluster {
  /** `{ read, write }`; undefined as long as nobody knows. */
  rights;
  /** Why the rights are not known: the module's error. */
  rightsError;
  /** Its default policy allows what no ACL token forbids, as far as it has said. */
  isOpen = false;
  /** `{ datacenter, trust_domain, version }`, as far as the cluster has said; undefined as long as it was not asked. */
  identity;
  #token;
  #session;
  #told;
  #asking;

  constructor(alias, entry, session, told) {
    const { address, consul_address, datacenter, partition, token, meta, server_external_addresses } = entry;
    this.#session = session;
    this.#told = told;
    this.alias = alias;
    /** Where the cluster itself is, where the page's server tells. */
    this.consulAddress = consul_address;
    /** Absolute, without a slash at its end. */
    this.address = new URL(address, document.baseURI).href.replace(/\/+$/, "");
    this.place = { datacenter, partition };
    /** What a new peering on this cluster begins with. */
    this.defaults = { meta, server_external_addresses };
    /** The server adds a token: there is none to be typed. */
    this.tokenAdded = token === "added";
  }

  /** As every function of the package takes a cluster: for what an operator does. */
  get target() {
    return { address: this.address, token: this.#token, ...this.place, fetch: this.#session.fetch };
  }

  /** The same for looking on, which keeps out of the way. `send` may look at what comes. */
  quietly(send = this.#session.fetch) {
    return { ...this.target, fetch: (url, init) => inLane(url, init, () => send(url, init)) };
  }

  /** What the package says about it, with its alias for its address. */
  named(text) {
    return text.replaceAll(this.address, this.alias);
  }

  get tokenTyped() {
    return this.#token !== undefined;
  }

  /** Takes a typed ACL token; an empty one takes the last one away. */
  setToken(token) {
    this.#token = token.trim() || undefined;
    this.rights = this.rightsError = this.identity = this.#asking = undefined;
    this.#told(this, "token");
  }

  /** Asks once who this is, and which version: calls that every agent answers without an ACL token. */
  async identify() {
    if (this.identity) return;
    this.identity = {};
    const [identity, agent] = await Promise.all([
      identify(this.quietly(), { timeout: IDENTITY_TIMEOUT_MS }).catch(() => undefined), // said elsewhere
      this.#get("agent/version"),
    ]);
    this.identity = { ...identity, version: agent?.HumanVersion };
    this.#told(this, "rights");
  }

  async #get(path) {
    const headers = this.#token ? { "X-Consul-Token": this.#token } : {};
    try {
      const { address, fetch } = this.quietly();
      const response = await fetch(`${address}/v1/${path}`, { method: "GET", headers, cache: "no-store" });
      return response.ok ? await response.json() : undefined;
    } catch {
      return undefined; // that the cluster does not respond is said elsewhere
    }
  }

  /** Asks what the token may do: where that is not known, or `anew`. */
  async askRights(anew = false) {
    if (this.#asking || (this.rights && !anew)) return;
    if (this.isOpen && !this.tokenAdded && !this.tokenTyped) return this.#allowed();
    const asking = (this.#asking = Symbol());
    const answer = await permissions(this.quietly(), { timeout: RIGHTS_TIMEOUT_MS }).then(
      (rights) => ({ rights }),
      (rightsError) => ({ rightsError }),
    );
    if (asking !== this.#asking) return; // another token since
    this.#asking = undefined;
    Object.assign(this, { rightsError: undefined }, answer);
    this.#told(this, "rights");
  }

  /** A cluster without ACLs would answer the question with 401, which a browser logs as an error. */
  #allowed() {
    if (this.rights?.write) return;
    Object.assign(this, { rights: { read: true, write: true }, rightsError: undefined });
    this.#told(this, "rights");
  }
}

/** Reads clusters.json beside the page; without one, the page's own origin is the cluster. */
export async function loadClusters() {
  const answer = await fetch(FILE, { cache: "no-store" });
  const text = await answer.text();
  if (!answer.ok && answer.status !== 404) throw new Error(`${FILE}: ${answer.status} ${text.slice(0, 200)}`);
  // Under -ui-dir, Consul answers a path that it does not know with the page itself.
  if (!answer.ok || /^\s*</.test(text)) return new Clusters({ [OWN_ALIAS]: { address: location.origin } });
  return new Clusters(readEntries(text));
}

function readEntries(text) {
  let entries;
  try {
    entries = JSON.parse(text);
  } catch {
    throw new Error(texts.start.notJson);
  }
  for (const [alias, entry] of Object.entries(entries)) {
    if (typeof entry?.address !== "string") throw new Error(texts.start.noAddress(alias));
  }
  return entries;
}
