// Cases of servers whose settings prevent a token, or whose tokens lead to no listener.

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCertificates } from "../node/certificates.js";
import { put } from "./agents.js";

const certificates = () => makeCertificates(mkdtempSync(join(tmpdir(), "recorder-")), "eu").server;

const GATEWAYS = { Kind: "mesh", Peering: { PeerThroughMeshGateways: true } };

async function token(recording, peer, note) {
  return recording.ask("eu", "POST", "/v1/peering/token", { PeerName: peer }, note && { note });
}

/** A refused token request, and its leftovers. */
async function refused(recording) {
  await token(recording, "us");
  await recording.ask("eu", "GET", "/v1/peering/us", undefined, { note: "left behind" });
  await token(recording, "us", "once more");
}

export const SETTINGS = [
  {
    case: "no-gateway",
    why: "The servers are to peer through mesh gateways, and none is registered.",
    agents: () => [{ name: "eu" }],
    prepare: ({ eu }) => put(eu, "/v1/config", GATEWAYS),
    run: refused,
  },
  {
    case: "no-grpc-port",
    why: "The servers have TLS for gRPC and no port for it.",
    agents: () => [{ name: "eu", config: { ports: { grpc: -1, grpc_tls: -1 }, tls: { grpc: certificates() } } }],
    run: refused,
  },
  {
    case: "no-grpc-tls",
    why: "The servers have a port for gRPC without TLS, and none with it.",
    agents: () => [{ name: "eu", config: { ports: { grpc: 22_502, grpc_tls: -1 } } }],
    run: refused,
  },
  {
    case: "bind-address",
    why: "Only bind_addr is set: gRPC TLS listens on client_addr, which is 127.0.0.1, and the token carries the other address.",
    agents: () => [{ name: "eu", config: { bind_addr: "127.0.0.4" } }, { name: "us" }],
    async run(recording) {
      const { PeeringToken } = await token(recording, "us");
      await recording.ask("us", "POST", "/v1/peering/establish", { PeerName: "eu", PeeringToken });
      await recording.ask("us", "GET", "/v1/peering/eu");
    },
  },
];
