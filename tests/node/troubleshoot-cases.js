// Faults in the configuration of two real clusters, each with the check of troubleshoot that finds it.
import assert from "node:assert/strict";
import { connect, disconnect } from "../../pkg/node.js";
import {
  allow,
  ask,
  becomes,
  check,
  defaults,
  deregister,
  east,
  exported,
  exportedPlain,
  gateway,
  paste,
  put,
  register,
  sides,
  unset,
  west,
} from "./service-clusters.js";

/** The fault, its check, and its fix; without one, the printed entry is written. */
export const CASES = [
  {
    id: "exports.any",
    options: { service: "web" },
    break: () => unset(east, "exported-services", "default"),
  },
  {
    id: "exports.consumers",
    break: () => exported(east, "West", "web"),
    also({ services }) {
      const [{ name, exported, imported, problems }] = services;
      assert.deepEqual([name, exported, imported, problems], ["web", false, false, ["exports.consumers"]]);
    },
  },
  {
    id: "exports.reserved",
    break: () => exported(east, "west", "web", "consul"),
  },
  {
    id: "exports.instances",
    break: () => exported(east, "west", "web", "absent"),
    mend: () => exported(east, "west", "web"),
  },
  {
    id: "exports.sidecar",
    status: "warning",
    break: () => exportedPlain(),
    mend: () => exported(east, "west", "web"),
  },
  {
    id: "imports.instances",
    at: "west",
    break: () => check(east, "web", "fail"),
    mend: () => check(east, "web", "pass"),
  },
  {
    id: "imports.local_name",
    at: "west",
    status: "warning",
    break: () => register(west, { Name: "web", Port: 9 }),
    mend: () => deregister(west, "web"),
  },
  { id: "intentions.allowed", break: () => unset(east, "service-intentions", "web") },
  { id: "intentions.allowed", break: () => allow(east, "web", "west", "deny") },
  {
    id: "intentions.peers",
    break: () => allow(east, "other", "West"),
    mend: () => unset(east, "service-intentions", "other"),
  },
  {
    id: "routing.peers",
    at: "west",
    break: () =>
      put(west, { Kind: "service-resolver", Name: "shop", Failover: { "*": { Targets: [{ Peer: "typo" }] } } }),
    mend: () => unset(west, "service-resolver", "shop"),
  },
  {
    id: "routing.protocol",
    at: "west",
    async break() {
      await put(west, { Kind: "service-defaults", Name: "shop", Protocol: "http" });
      await put(west, { Kind: "service-resolver", Name: "shop", Redirect: { Peer: "east", Service: "web" } });
    },
    async mend({ fix }) {
      paste(west, fix);
      await becomes(west, "routing.protocol", "pass");
      await unset(west, "service-resolver", "shop");
      await unset(west, "service-defaults", "shop");
    },
  },
  {
    id: "gateways.registered",
    break: () => deregister(east, "gateway"),
    mend: () => gateway(east, "gateway.east.example"),
  },
  {
    id: "gateways.registered",
    at: "west",
    // It exports nothing: its own proxies need a gateway, with the mode that `proxy-defaults` have.
    async break() {
      await unset(west, "exported-services", "default");
      await deregister(west, "gateway");
    },
    async mend() {
      await defaults(west, "remote");
      await becomes(west, "gateways.registered", "pass");
      await defaults(west, "local");
      await exported(west, "east", "db");
      await gateway(west, "gateway.west.example");
    },
  },
  { id: "gateways.passing", break: () => check(east, "gateway", "fail"), mend: () => check(east, "gateway", "pass") },
  {
    id: "gateways.address",
    break: () => gateway(east, "192.0.2.1"),
    // Both clusters are on this machine.
    async mend() {
      for (const address of ["127.0.0.1", "10.0.0.7"]) {
        await gateway(east, address);
        const found = await becomes(east, "gateways.address", "pass");
        assert.deepEqual([found.ok, found.evidence.addresses], [true, [`${address}:443`]]);
      }
      await gateway(east, "gateway.east.example");
    },
  },
  { id: "gateways.proxy_mode", break: () => defaults(east, "none") },
  {
    id: "mode.gateway",
    async break() {
      await put(east, { Kind: "mesh", Peering: { PeerThroughMeshGateways: true } });
      await deregister(east, "gateway");
    },
    async mend() {
      await unset(east, "mesh", "mesh");
      await gateway(east, "gateway.east.example");
    },
  },
  // Ends the peering, so it is the last.
  {
    id: "peering.other_side",
    break: () => ask(west, "DELETE", "/v1/peering/east"),
    async mend() {
      await disconnect(...sides, { force: true });
      await connect(...sides);
    },
  },
];
assert.ok(CASES.length <= 20);
