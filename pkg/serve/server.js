// The server of the page: access (guard, sign-in), and content (the page's files, the clusters, the proxy to each).

import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import { auditBy } from "./audit.js";
import { Budget } from "./body.js";
import { readCall } from "./allow-list.js";
import { shownClusters } from "./clusters.js";
import { limitConnections } from "./connections.js";
import { fileAnswer } from "./files.js";
import { refusal } from "./request-origin.js";
import { ALWAYS, SIGNED_OUT } from "./headers.js";
import { linkSignIn } from "./link-sign-in.js";
import { html, plain, plainStatus } from "./pages.js";
import { LIMITS, pass } from "./proxy.js";
import { passwordSignIn } from "./password.js";
import { listenAt, namesOf } from "./listen-address.js";
import { STRICT_TRANSPORT, TLS } from "./tls.js";

/**
 * @import { Audit, Entry } from "./audit.js"
 * @import { Served } from "./clusters.js"
 * @import { PageFile } from "./files.js"
 * @import { Reply } from "./pages.js"
 * @import { ListenAddress } from "./listen-address.js"
 * @import { Session, Sessions } from "./sessions.js"
 *
 * @typedef {import("node:http").IncomingMessage} Incoming
 *
 * @typedef {{ method: string, path: string, query: string, incoming: Incoming, signal: AbortSignal }} Request
 *
 * @typedef {object} SignIn  how browsers sign in
 * @property {string} home        the path of the page
 * @property {Sessions} sessions
 * @property {() => string} link  what the address of the server ends with
 * @property {(request: Request) => Promise<Reply>} answer  at `/`, without a session
 * @property {(request: Request) => Reply} unknown  for a browser that has not signed in
 *
 * @typedef {object} Site  the content for signed-in browsers
 * @property {Map<string, PageFile>} files
 * @property {Map<string, Served>} clusters
 * @property {string} shown  the page's clusters.json
 * @property {import("./proxy.js").Bounds} bounds
 * @property {Audit} audit
 *
 * @typedef {object} PageServer
 * @property {string} url  to be opened in a browser
 * @property {() => string | undefined} newUrl  makes another one, where there is no password
 * @property {() => Promise<void>} close
 */

const TIMES = { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 5_000 };
const CONNECTIONS_MAX = 500;
const PER_ADDRESS_MAX = 100;

/**
 * @param {object} options
 * @param {Map<string, Served>} options.clusters
 * @param {ListenAddress} options.listenAddress
 * @param {{ cert: string, key: string }} [options.tls]
 * @param {string} [options.password]   without one, the way in is a link with a key
 * @param {Map<string, PageFile>} options.files  the page's
 * @param {Partial<typeof LIMITS>} [options.limits]  of what a cluster answers
 * @param {{ handshakeTimeout?: number, perAddress?: number }} [options.connections]  with TLS
 * @param {(entry: Entry) => void} [options.log]  gets an entry for each write, sign-in and sign-out
 * @param {() => number} [options.now]
 * @returns {Promise<PageServer>}
 */
export async function startServer({ clusters, listenAddress, tls, password, files, log = () => {}, now, ...given }) {
  const audit = auditBy(log, now);
  const limits = { ...LIMITS, ...given.limits };
  const bounds = { limits, budget: new Budget(limits.held) };
  const site = { files, clusters, shown: shownClusters(clusters), bounds, audit };
  const { perAddress = PER_ADDRESS_MAX, ...connections } = given.connections ?? {};
  const server = tls ? https.createServer({ ...TIMES, ...TLS, ...connections, ...tls }) : http.createServer(TIMES);
  const namesAt = namesOf(listenAddress, tls?.cert);
  server.maxConnections = CONNECTIONS_MAX;
  // Without TLS it listens only on this machine, which is one address.
  const closeConnections = limitConnections(server, tls ? perAddress : CONNECTIONS_MAX);
  const port = await listenAt(server, listenAddress);
  const names = namesAt(port);
  const secure = tls !== undefined;
  const by = { port, secure, audit, now };
  const { loopback } = listenAddress;
  const signIn = password === undefined ? linkSignIn(by) : passwordSignIn({ ...by, loopback, password });

  server.on("request", async (incoming, outgoing) => {
    const gone = new AbortController();
    outgoing.on("close", () => gone.abort());
    const answer = await reply(incoming, gone).catch((error) => plain(500, `This server has failed: ${error.name}.`));
    write(outgoing, answer, tls && !loopback ? STRICT_TRANSPORT : {});
  });

  /**
   * @param {Incoming} incoming
   * @param {AbortController} gone
   * @returns {Promise<Reply>}
   */
  async function reply(incoming, gone) {
    const refused = refusal(incoming, names);
    if (refused?.crossSite && wantsPage(incoming)) return html(refused.status, "crossSite");
    if (refused) return plain(refused.status, refused.text);
    const { method = "", url = "" } = incoming;
    const [path, query = ""] = url.split("?");
    const { signal } = gone;
    const request = { method, path, query, incoming, signal };
    const session = path.startsWith(signIn.home) ? signIn.sessions.find(incoming.headers.cookie) : undefined;
    // A signed-in browser may still show the sign-in page in another tab.
    const atSignIn = path === "/" && (!session || method === "POST");
    if (atSignIn) return markSignedOut(await signIn.answer(request));
    if (session) {
      session.ended.addEventListener("abort", () => gone.abort(), { signal });
      const own = { ...request, path: path.slice(signIn.home.length), session };
      return own.path === "sign-out" ? signOut(own, signIn.sessions, audit) : inside(own, site);
    }
    return markSignedOut(wantsPage(incoming) ? signIn.unknown(request) : plain(401, "This browser is not signed in."));
  }

  const newUrl = () => `${names.origin}/${signIn.link()}`;
  return {
    url: newUrl(),
    newUrl: () => (password === undefined ? newUrl() : undefined),
    async close() {
      server.close();
      closeConnections();
      await once(server, "close");
    },
  };
}

/**
 * @param {Reply} answer
 * @returns {Reply}
 */
const markSignedOut = (answer) =>
  answer.status === 401 ? { ...answer, headers: { ...answer.headers, ...SIGNED_OUT } } : answer;

/**
 * Like every write: guarded by Origin, and of a type that no form can send.
 * @param {Request & { session: Session }} request
 * @param {Sessions} sessions
 * @param {Audit} audit
 */
function signOut({ method, query, session, incoming }, sessions, audit) {
  if (method !== "POST") return plainStatus(405, { Allow: "POST" });
  if (query) return plainStatus(400);
  if (incoming.headers["content-type"] !== "application/json") return plainStatus(415);
  audit({ session, action: "sign-out" });
  return plain(200, "Signed out.", { "Set-Cookie": sessions.close(session), ...SIGNED_OUT });
}

/**
 * For a signed-in browser.
 * @param {Request & { session: Session }} request
 * @param {Site} site
 * @returns {Reply | Promise<Reply>}
 */
function inside({ method, path, query, session, incoming, signal }, { files, clusters, shown, bounds, audit }) {
  const [, alias = "", rest = ""] = /^clusters\/([^/]+)\/(.*)$/.exec(path) ?? [];
  const cluster = clusters.get(alias);
  if (cluster) {
    const call = readCall(method, rest, query);
    if ("status" in call) return plainStatus(call.status, call.allow === undefined ? {} : { Allow: call.allow });
    return pass({ alias, cluster, call }, { method, incoming, session, signal, audit }, bounds);
  }
  const isClusters = path === "clusters.json";
  const file = files.get(path);
  if (!isClusters && !file) return plainStatus(404);
  if (method !== "GET") return plainStatus(405, { Allow: "GET" });
  if (query) return plainStatus(400);
  if (!file) return { status: 200, headers: { "Content-Type": "application/json" }, body: shown };
  return fileAnswer(file, String(incoming.headers["accept-encoding"] ?? ""));
}

/**
 * The response is for a person, not for a program.
 * @param {Incoming} incoming
 */
const wantsPage = ({ method, headers }) => method === "GET" && /\btext\/html\b/.test(headers.accept ?? "");

/**
 * @param {import("node:http").ServerResponse} outgoing
 * @param {Reply} reply
 * @param {Reply["headers"]} more
 */
function write(outgoing, { status, headers, body = "" }, more) {
  outgoing.writeHead(status, { ...ALWAYS, ...more, ...headers, "Content-Length": Buffer.byteLength(body) }).end(body);
}
