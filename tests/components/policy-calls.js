// Calls of the interface `policy`, with what the package returns for them.
import { readFileSync } from "node:fs";
import * as policy from "../../pkg/policy-node.js";
import { peeringToken } from "../node/secrets.js";
import { ROOT } from "./place.js";

const NOW = new Date("2026-11-24T12:00:00Z");
const document = (name) => readFileSync(`${ROOT}tests/terraform/real/${name}.json`, "utf8");
const STATE = document("state-after-create");
const TOKEN = peeringToken(JSON.parse(STATE).values.root_module.resources[1].values.peering_token);
const PEERING = { state: "TERMINATED", peer_name: "west", role: "dialer", peer_ca_pems: [], peer_server_addresses: [] };
const NOWHERE = { datacenter: null, trust_domain: null };
/** The last one counts. */
const REPEATED = '{ "peer_name": "west", "peer_name": "Bad_Name" }';
const spec = (changes) => ({ peer_name: "west", peering_token: TOKEN, ...changes });

/** What the package returns, or the findings that it throws. */
const package_ = (call) => {
  try {
    return call();
  } catch (error) {
    return error.findings;
  }
};

/** Each call with what the package returns for it. */
export const CALLS = [
  ...["west", "Bad_Name", "", "establish", "a".repeat(64)].map((name) => [
    ["validate-peer-name", [name]],
    () => policy.validatePeerName(name),
  ]),
  ...[spec(), spec({ peer_name: "a.b", meta: { "consul-x": "1" } }), spec({ peering_token: "e30=" }), 7].map(
    (value) => [
      ["validate-peering", [JSON.stringify(value), Number(NOW)]],
      () => policy.validatePeering(value, { now: NOW }),
    ],
  ),
  [["validate-token", [REPEATED]], () => policy.validateToken(JSON.parse(REPEATED))],
  ...[{ peer_name: "west", server_external_addresses: ["10.0.0.1"] }, null].map((value) => [
    ["validate-token", [JSON.stringify(value)]],
    () => policy.validateToken(value),
  ]),
  ...[TOKEN, `${TOKEN.slice(0, 40)}`, ""].map((token) => [
    ["inspect-token", [token, Date.now()]],
    () => package_(() => policy.inspectToken(token)),
  ]),
  ...["faults", "create", "meta-change-replaces", "destroy", "state-after-create"].flatMap((name) => [
    [
      ["check-terraform", [document(name), Number(NOW)]],
      () => policy.checkTerraform(JSON.parse(document(name)), { now: NOW }),
    ],
    [["count-terraform", [document(name)]], () => policy.countTerraform(JSON.parse(document(name)))],
  ]),
  ...[{ tag: "unknown" }, { tag: "absent" }, { tag: "exists", val: JSON.stringify({ ...PEERING, id: "1" }) }].map(
    (other) => [
      ["health", [JSON.stringify(PEERING), null, other, NOWHERE, Number(NOW)]],
      () =>
        policy.health(PEERING, {
          now: NOW,
          ...(other.tag === "absent" && { other: null }),
          ...(other.tag === "exists" && { other: JSON.parse(other.val) }),
        }),
    ],
  ),
  [["health", ["{}", null, { tag: "unknown" }, NOWHERE, 0]], () => package_(() => policy.health({}))],
];

/** What has no counterpart in the package, or another text than there: what each host must return for it. */
const identity = (datacenter) => ({ datacenter, trust_domain: `${datacenter}.consul` });
const snapshot = (peer_name, datacenter, peerings = []) => ({
  spec: JSON.stringify({ peer_name }),
  identity: identity(datacenter),
  peerings: JSON.stringify(peerings),
});
export const PLANS = [
  ["plan", [snapshot("west", "east"), snapshot("east", "west")]],
  ["plan", [snapshot("west", "east"), snapshot("east", "east")]],
  ["plan", [snapshot("Not_OK", "east"), snapshot("east", "west")]],
  ["plan", [snapshot("west", "east", [{ Name: "west" }]), snapshot("east", "west")]],
  [
    "plan",
    [
      { ...snapshot("", "east"), spec: "{" },
      { ...snapshot("east", "west"), peerings: "7" },
    ],
  ],
  ["check-terraform", ["{", 0]],
  ["check-terraform", ["[".repeat(200) + "]".repeat(200), 0]],
];
