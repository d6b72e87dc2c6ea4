// The configured clusters by alias: their addresses, permissions and ACL tokens. An ACL token that the user enters is kept
// only here, in memory.
import { identify, permissions } from "consul-peering";
import { limited } from "./concurrency.js";
import { Session } from "../session.js";
import { texts } from "../texts.js";

/**
 * @import { PeeringError, Permissions, Side } from "consul-peering"
 * @import { Identity } from "./links.js"
 *
 * @typedef {object} Entry  an entry of clusters.json
 * @property {string} address
 * @property {string} [consul_address]  the cluster's own address, if requests go through the page's server
 * @property {string} [datacenter]
 * @property {string} [partition]
 * @property {"typed" | "added"} [token]  added: the page's server adds the ACL token to each request
 * @property {Record<string, string>} [meta]
 * @property {string[]} [server_external_addresses]
 *
 * @typedef {(url: string, init: RequestInit) => Promise<Response>} Send
 */

const FILE = "clusters.json";
const OWN_ALIAS = "consul";
const RIGHTS_TIMEOUT_MS = 10_000;
const IDENTITY_TIMEOUT_MS = 10_000;

/** Emits "token" when the ACL token changes, "rights" when the permissions or the identity are known; `detail`: the cluster. */
export class Clusters extends EventTarget {
  #clusters;
  session;

  /** @param {Record<string, Entry>} entries  by alias */
  constructor(entries) {
    super();
    // Only `consul-peering serve` sets `token`.
    this.session = new Session(Object.values(entries).some(({ token }) => token !== undefined));
    /** @param {Cluster} cluster @param {string} type */
    const notify = (cluster, type) => this.dispatchEvent(new CustomEvent(type, { detail: cluster }));
    this.#clusters = new Map(
      Object.entries(entries).map(([alias, entry]) => [alias, new Cluster(alias, entry, this.session, notify)]),
    );
  }

  /** @param {string} alias */
  get = (alias) => this.#clusters.get(alias);
  /**
   * The cluster with an alias that exists.
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
  /** @type {Permissions | undefined} undefined until they are known */
  rights;
  /** @type {PeeringError | undefined} why the permissions are unknown */
  rightsError;
  /** Whether its default ACL policy is "allow", as reported by its responses. */
  isOpen = false;
  /** @type {Identity & { version?: string } | undefined} empty after a failure; undefined before the first request */
  identity;
  /** @type {string | undefined} */
  #token;
  #session;
  #notify;
  /** @type {symbol | undefined} identifies the pending request for permissions */
  #pending;

  /**
   * @param {string} alias
   * @param {Entry} entry
   * @param {Session} session
   * @param {(cluster: Cluster, type: "token" | "rights") => void} notify
   */
  constructor(alias, entry, session, notify) {
    const { address, consul_address, datacenter, partition, token, meta, server_external_addresses } = entry;
    this.#session = session;
    this.#notify = notify;
    this.alias = alias;
    /** The cluster's own address, if requests go through the page's server. */
    this.consulAddress = consul_address;
    /** Absolute, without a trailing slash. */
    this.address = new URL(address, document.baseURI).href.replace(/\/+$/, "");
    this.queryOptions = { datacenter, partition };
    /** Default values for new peerings on this cluster. */
    this.defaults = { meta, server_external_addresses };
    /** Whether the page's server adds the ACL token, so that users do not enter one. */
    this.tokenAdded = token === "added";
  }

  /** The cluster as an argument for the package's functions: for actions of the user. */
  get target() {
    return { address: this.address, token: this.#token, ...this.queryOptions, fetch: this.#session.fetch };
  }

  /**
   * The same for background requests, which are limited so that they never delay an action of the user.
   * @param {Send} [send]
   */
  backgroundTarget(send = this.#session.fetch) {
    /** @type {Send} */
    const fetch = (url, init) => limited(url, init, () => send(url, init));
    return { ...this.target, fetch };
  }

  /**
   * Replaces the cluster's address in a text of the package with its alias.
   * @param {string} text
   */
  withAlias(text) {
    return text.replaceAll(this.address, this.alias);
  }

  get tokenTyped() {
    return this.#token !== undefined;
  }

  /**
   * Sets the ACL token; an empty text removes it.
   * @param {string} token
   */
  setToken(token) {
    this.#token = token.trim() || undefined;
    this.rights = this.rightsError = this.identity = this.#pending = undefined;
    this.#notify(this, "token");
  }

  /** Fetches the identity and the version once: requests that need no ACL token. */
  async identify() {
    if (this.identity) return;
    this.identity = {};
    const [identity, agent] = await Promise.all([
      identify(this.backgroundTarget(), { timeout: IDENTITY_TIMEOUT_MS }).catch(() => undefined), // see #get
      this.#get("agent/version"),
    ]);
    this.identity = { ...identity, version: agent?.HumanVersion };
    this.#notify(this, "rights");
  }

  /** @param {string} path */
  async #get(path) {
    /** @type {Record<string, string>} */
    const headers = this.#token ? { "X-Consul-Token": this.#token } : {};
    try {
      const { address, fetch } = this.backgroundTarget();
      // No redirect may carry the ACL token to another origin.
      /** @type {RequestInit} */
      const init = { method: "GET", headers, cache: "no-store", redirect: "manual" };
      const response = await fetch(`${address}/v1/${path}`, init);
      return response.ok ? await response.json() : undefined;
    } catch {
      return undefined; // the Reader reports that the cluster does not respond
    }
  }

  /**
   * Fetches the permissions of the ACL token unless they are known.
   * @param {boolean} [force]  also if they are known
   */
  async fetchRights(force = false) {
    if (this.#pending || (this.rights && !force)) return;
    if (this.isOpen && !this.tokenAdded && !this.tokenTyped) return this.#allowAll();
    const pending = (this.#pending = Symbol());
    const result = await permissions(this.backgroundTarget(), { timeout: RIGHTS_TIMEOUT_MS }).then(
      (rights) => ({ rights }),
      (rightsError) => ({ rightsError }),
    );
    if (pending !== this.#pending) return; // the ACL token has changed
    this.#pending = undefined;
    Object.assign(this, { rightsError: undefined }, result);
    this.#notify(this, "rights");
  }

  /** Without a request: a cluster without ACLs would respond with 401, which browsers log as an error. */
  #allowAll() {
    if (this.rights?.write) return;
    Object.assign(this, { rights: { read: true, write: true }, rightsError: undefined });
    this.#notify(this, "rights");
  }
}

/** Reads clusters.json next to the page; without the file, the page's own origin is the only cluster. */
export async function loadClusters() {
  const response = await fetch(FILE, { cache: "no-store" });
  const text = await response.text();
  if (!response.ok && response.status !== 404) throw new Error(`${FILE}: ${response.status} ${text.slice(0, 200)}`);
  // With -ui-dir, Consul returns index.html for unknown paths.
  if (!response.ok || /^\s*</.test(text)) return new Clusters({ [OWN_ALIAS]: { address: location.origin } });
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
