// Cases of another server at the token's address than the accepting servers' gRPC TLS.

import { once } from "node:events";
import { mkdtempSync, readFileSync } from "node:fs";
import { createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { makeCertificates } from "../node/certificates.js";

const HOST = "127.0.0.1";
/** Another test's agents may use the same, at another time. */
const GRPC_PORT = 22_503;

/** Listens until `close`; returns the address. */
async function listen(server, opened) {
  server.on("connection", (socket) => socket.on("error", () => {}));
  server.on("tlsClientError", () => {});
  server.listen(0, HOST);
  await once(server, "listening");
  opened.push(server);
  return `${HOST}:${server.address().port}`;
}

const decode = (token) => JSON.parse(Buffer.from(token, "base64").toString());
const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64");

/** The ports that an agent listens on. */
async function portsOf({ address }) {
  const { DebugConfig } = await (await fetch(`${address}/v1/agent/self`)).json();
  const { GRPCTLSPort, ServerPort, SerfPortLAN } = DebugConfig;
  return { grpc_tls: GRPCTLSPort, server: ServerPort, serf: SerfPortLAN };
}

class Attempts {
  #recording;
  #count = 0;

  constructor(recording) {
    this.#recording = recording;
  }

  /** Uses a token with these addresses, changed by `alter`. */
  async at(addresses, note, alter = (token) => token) {
    const ask = (...what) => this.#recording.ask(...what);
    const name = `${++this.#count}`;
    const body = { PeerName: `us${name}`, ServerExternalAddresses: addresses };
    const { PeeringToken } = await ask("eu", "POST", "/v1/peering/token", body);
    const altered = encode(alter(decode(PeeringToken)));
    await ask("us", "POST", "/v1/peering/establish", { PeerName: `eu${name}`, PeeringToken: altered }, { note });
    return name;
  }
}

export const HANDSHAKE = [
  {
    case: "handshake",
    why: "Something else than the accepting servers' gRPC TLS is at the token's address.",
    agents: () => [{ name: "eu", config: { ports: { grpc: GRPC_PORT } } }, { name: "us" }, { name: "ap" }],
    async run(recording, { eu, ap }) {
      const { server, client } = makeCertificates(mkdtempSync(join(tmpdir(), "recorder-")), "lb");
      const own = { cert: readFileSync(server.cert_file), key: readFileSync(server.key_file) };
      const { server: port, serf } = await portsOf(eu);
      const opened = [];
      const tls = (options) =>
        listen(
          createTlsServer({ ...own, ...options }, (socket) => socket.on("error", () => {})),
          opened,
        );
      const tcp = (connected) => listen(createTcpServer(connected), opened);
      // A proxy whose certificate is signed by the token's CA.
      const vouched = (token) => ({
        ...token,
        CA: [readFileSync(client.ca_file, "utf8")],
        ServerName: "server.lb.consul",
      });
      const attempts = new Attempts(recording);
      try {
        const first = await attempts.at([new URL(eu.address).host], "the HTTP port");
        await recording.ask("us", "GET", `/v1/peering/eu${first}`, undefined, { note: "left behind" });
        await attempts.at([`${HOST}:${port}`], "the port of the servers' own RPC");
        await attempts.at([`${HOST}:${serf}`], "the port of gossip");
        await attempts.at([`${HOST}:${GRPC_PORT}`], "the port of gRPC without TLS");
        await attempts.at([`${HOST}:${(await portsOf(ap)).grpc_tls}`], "another cluster");
        await attempts.at([await tls({})], "a proxy that terminates TLS");
        await attempts.at([await tls({ ALPNProtocols: ["h2"] })], "a proxy that terminates TLS, with h2");
        await attempts.at(
          [await tls({ ALPNProtocols: ["http/1.1"] })],
          "a proxy that terminates TLS, with http/1.1 alone",
        );
        await attempts.at([await tls({})], "a trusted proxy that terminates TLS, without ALPN", vouched);
        await attempts.at([await tls({ ALPNProtocols: ["h2"] })], "a trusted proxy that speaks no gRPC", vouched);
        await attempts.at([await tls({})], "the right name, of another authority", (token) => ({
          ...token,
          ServerName: "server.lb.consul",
        }));
        await attempts.at([await tcp((socket) => socket.end())], "closed at once");
        await attempts.at([await tcp((socket) => socket.resetAndDestroy())], "reset at once");
        await attempts.at([await tcp(() => {})], "never answered");
        await attempts.at([`${HOST}:1`], "a closed port");
        await attempts.at(["no-such-host.invalid:8503"], "a host name that does not exist");
        await attempts.at([new URL(eu.address).host, `${HOST}:1`], "two addresses, two reasons");
      } finally {
        for (const each of opened) each.close();
      }
    },
  },
  {
    case: "no-certificate",
    why: "Peering was disabled on the accepting servers after they had generated a token: they have no certificate for it.",
    agents: () => [{ name: "eu", data: true }, { name: "us" }],
    async run(recording, { eu }) {
      const { PeeringToken } = await recording.ask("eu", "POST", "/v1/peering/token", { PeerName: "us" });
      await eu.restart({ ready: false, config: { peering: { enabled: false } } });
      await recording.ask("us", "POST", "/v1/peering/establish", { PeerName: "eu", PeeringToken });
    },
  },
  {
    case: "rebuilt-same-domain",
    why: "The acceptor's cluster comes back empty with its old trust domain: the authority in the token is not the new one.",
    agents: () => [
      { name: "eu", config: { connect: { ca_config: { cluster_id: "11111111-2222-3333-4444-555555555555" } } } },
      { name: "us" },
    ],
    async run(recording, { eu }) {
      const { PeeringToken } = await recording.ask("eu", "POST", "/v1/peering/token", { PeerName: "us" });
      await eu.restart(); // without its data
      await recording.ask("us", "POST", "/v1/peering/establish", { PeerName: "eu", PeeringToken });
      await recording.ask("us", "GET", "/v1/peering/eu");
    },
  },
];
