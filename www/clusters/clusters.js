// The clusters that the page knows, by alias: where each is, and what may be done there. ACL tokens that were typed are in
// here, in memory and nowhere else.
import { identify, permissions } from "consul-peering";
import { inLane } from "./lanes.js";
import { Session } from "../session.js";
import { texts } from "../texts.js";

/**
 * @import { PeeringError, Permissions, Side } from "consul-peering"
 * @import { Identity } from "./links.js"
 *
 * @typedef {object} Entry  what clusters.json says about one alias
 * @property {string} address
 * @property {string} [consul_address]  where the cluster itself is, if the page's server says so
 * @property {string} [datacenter]
 * @property {string} [partition]
 * @property {"typed" | "added"} [token]  added: by the page's own server
 * @property {Record<string, string>} [meta]
 * @property {string[]} [server_external_addresses]
 *
 * @typedef {(url: string, init: RequestInit) => Promise<Response>} Send
 */

const FILE = "clusters.json";
const OWN_ALIAS = "consul";
const RIGHTS_TIMEOUT_MS = 10_000;
const IDENTITY_TIMEOUT_MS = 10_000;

/** Emits "token" when one was typed, "rights" when it is known what may be done; `detail` is the cluster. */
export class Clusters extends EventTarget {
  #clusters;
  session;

  /** @param {Record<string, Entry>} entries  by alias */
  constructor(entries) {
    super();
    // Only the page's own server says whether it adds a token.
    this.session = new Session(Object.values(entries).some(({ token }) => token !== undefined));
    /** @param {Cluster} cluster @param {string} what */
    const told = (cluster, what) => this.dispatchEvent(new CustomEvent(what, { detail: cluster }));
    this.#clusters = new Map(
      Object.entries(entries).map(([alias, entry]) => [alias, new Cluster(alias, entry, this.session, told)]),
    );
  }

  /** @param {string} alias */
  get = (alias) => this.#clusters.get(alias);
  /**
   * That of an alias which is known.
   * @param {string} alias
   */
  of = (alias) => /** @type {Cluster} */ (this.#clusters.get(alias));
  /**
   * One side of a link, as the package takes it.
   * @param {{ alias: string, peer_name: string }} side
   * @returns {Side}
   */
  side = ({ alias, peer_name }) => ({ cluster: this.of(alias).target, peer_name });
  get size() {
    return this.#clusters.size;
  }
  [Symbol.iterator]() {
    return this.#clusters.values();
  }
}

export class Cluster {
  /** @type {Permissions | undefined} undefined as long as they are not known */
  rights;
  /** @type {PeeringError | undefined} why the rights are not known */
  rightsError;
  /** Its default policy allows what no ACL token forbids, as far as it has said. */
  isOpen = false;
  /** @type {Identity & { version?: string } | undefined} as far as it is known; undefined before the first request */
  identity;
  /** @type {string | undefined} */
  #token;
  #session;
  #told;
  /** @type {symbol | undefined} the request that is under way */
  #asking;

  /**
   * @param {string} alias
   * @param {Entry} entry
   * @param {Session} session
   * @param {(cluster: Cluster, what: "token" | "rights") => void} told
   */
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

  /**
   * The same for looking on, which keeps out of the way.
   * @param {Send} [send]  may look at what comes
   */
  quietly(send = this.#session.fetch) {
    /** @type {Send} */
    const fetch = (url, init) => inLane(url, init, () => send(url, init));
    return { ...this.target, fetch };
  }

  /**
   * What the package says about it, with its alias for its address.
   * @param {string} text
   */
  named(text) {
    return text.replaceAll(this.address, this.alias);
  }

  get tokenTyped() {
    return this.#token !== undefined;
  }

  /**
   * Takes a typed ACL token; an empty one takes the last one away.
   * @param {string} token
   */
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

  /** @param {string} path */
  async #get(path) {
    /** @type {Record<string, string>} */
    const headers = this.#token ? { "X-Consul-Token": this.#token } : {};
    try {
      const { address, fetch } = this.quietly();
      const response = await fetch(`${address}/v1/${path}`, { method: "GET", headers, cache: "no-store" });
      return response.ok ? await response.json() : undefined;
    } catch {
      return undefined; // that the cluster does not respond is said elsewhere
    }
  }

  /**
   * Asks what the token may do: where that is not known, or `again`.
   * @param {boolean} [again]
   */
  async askRights(again = false) {
    if (this.#asking || (this.rights && !again)) return;
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

/**
 * @param {string} text
 * @returns {Record<string, Entry>}
 */
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
