// The component `consul-peering-policy` in hosts other than the npm package: it imports nothing, and each host gets what the
// package's own functions return.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { before, test } from "node:test";
import { pathToFileURL } from "node:url";
import * as policy from "../../pkg/policy-node.js";
import { peeringToken } from "../node/secrets.js";
import { HERE, HOSTS, POLICY, ROOT } from "./place.js";

const INTERFACE = "consul-peering:component/policy@0.1.0";
const NOW = new Date("2026-11-24T12:00:00Z");
const document = (name) => readFileSync(`${ROOT}tests/terraform/real/${name}.json`, "utf8");
const STATE = document("state-after-create");
const TOKEN = peeringToken(JSON.parse(STATE).values.root_module.resources[1].values.peering_token);
const PEERING = { state: "TERMINATED", peer_name: "west", role: "dialer", peer_ca_pems: [], peer_server_addresses: [] };
const NOWHERE = { datacenter: null, trust_domain: null };
const spec = (changes) => ({ peer_name: "west", peering_token: TOKEN, ...changes });

/** What the package returns, or the findings that it throws. */
const package_ = (call) => {
  try {
    return call();
  } catch (error) {
    return error.findings;
  }
};

/** Calls of the interface, each with what the package returns for it. */
const CALLS = [
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
const PLANS = [
  ["plan", [snapshot("west", "east"), snapshot("east", "west")]],
  ["plan", [snapshot("west", "east"), snapshot("east", "east")]],
  ["plan", [snapshot("Not_OK", "east"), snapshot("east", "west")]],
  ["plan", [snapshot("west", "east", [{ Name: "west" }]), snapshot("east", "west")]],
  ["check-terraform", ["{", 0]],
];

const results = {};

before(async () => {
  policy.init && (await policy.init());
  const calls = [...CALLS.map(([call]) => call), ...PLANS];
  results.JavaScript = await inJavaScript(calls);
  results.Python = JSON.parse(inPython(calls));
});

test("consul-peering-policy: it imports nothing", () => {
  const imports = execFileSync(`${ROOT}target/tools/component`, ["--imports", POLICY], { encoding: "utf8" });
  assert.equal(imports, "");
});

for (const host of ["JavaScript", "Python"]) {
  test(`consul-peering-policy: in ${host}, each function returns what the package returns, byte for byte as JSON`, () => {
    for (const [index, [[name], expected]] of CALLS.entries()) {
      assert.equal(JSON.stringify(results[host][index]), JSON.stringify(expected()), `${name}, call ${index}`);
    }
    const [, faults] = CALLS.find(([[name]]) => name === "check-terraform");
    assert.equal(faults().length, 13);
  });

  test(`consul-peering-policy: in ${host}, plan decides from snapshots`, () => {
    const [linkable, same, invalid, unreadable, noJson] = results[host].slice(CALLS.length);
    assert.deepEqual(
      linkable.steps.map(({ on, action, code }) => `${on} ${action} ${code}`),
      ["acceptor generate no_peering", "dialer establish new_token"],
    );
    assert.deepEqual([same.on, same.code], ["dialer", "same_cluster"]);
    assert.deepEqual([invalid.code, invalid.findings[0].field], ["invalid", "peer_name"]);
    assert.deepEqual([unreadable.code, unreadable.findings[0].field], ["invalid", "acceptor.peerings"]);
    assert.equal(noJson[0].rule, "json");
  });
}

test("consul-peering-policy: both hosts return the same", () => {
  assert.equal(JSON.stringify(results.Python), JSON.stringify(results.JavaScript));
});

test("consul-peering-policy: in Rust, check-terraform returns what the package returns, byte for byte as JSON", () => {
  const folder = `${ROOT}examples/components/rust`;
  const env = { ...process.env, CARGO_TARGET_DIR: `${HOSTS}rust` };
  execFileSync("cargo", ["build", "--quiet", "--locked"], { cwd: folder, env, stdio: ["ignore", "ignore", "inherit"] });
  const check = (name) => {
    const args = [POLICY, `${ROOT}tests/terraform/real/${name}.json`];
    const { status, stdout } = spawnSync(`${HOSTS}rust/debug/check-plan`, args, { encoding: "utf8" });
    return { status, findings: JSON.parse(stdout, (_, value) => value ?? undefined) };
  };
  for (const [name, exit] of [
    ["faults", 1],
    ["create", 0],
  ]) {
    const { status, findings } = check(name);
    assert.equal(status, exit);
    assert.equal(JSON.stringify(findings), JSON.stringify(policy.checkTerraform(JSON.parse(document(name)))), name);
  }
});

/** The results as the package's, with what is thrown in place of a result. */
async function inJavaScript(calls) {
  const require = createRequire(`${HOSTS}package.json`);
  const { transpileBytes } = await import(pathToFileURL(require.resolve("@bytecodealliance/jco-transpile")).href);
  const { files, imports } = await transpileBytes(readFileSync(POLICY), { name: "policy" });
  assert.deepEqual(imports, []);
  const folder = `${HOSTS}transpiled/`;
  rmSync(folder, { recursive: true, force: true });
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(folder + name), { recursive: true });
    writeFileSync(folder + name, bytes);
  }
  const { [INTERFACE]: functions } = await import(pathToFileURL(`${folder}policy.js`).href);
  return calls.map(([name, given]) => {
    try {
      return snakeCase(functions[camel(name)](...given.map(toArgument)));
    } catch (error) {
      if (error instanceof Error && !("payload" in error)) throw error;
      return snakeCase(error.payload ?? error);
    }
  });
}

const camel = (name) => name.replace(/[-_](\w)/g, (_, letter) => letter.toUpperCase());

function toArgument(value) {
  if (typeof value === "number") return BigInt(value);
  if (value === null) return undefined;
  if (typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [camel(key), toArgument(member)]));
}

/** Members that have no value are null in the package; only `path` is left out. */
function snakeCase(value) {
  if (Array.isArray(value)) return value.map(snakeCase);
  if (value === undefined) return null;
  if (value === null || typeof value !== "object") return value;
  const members = Object.entries(value).map(([key, member]) => [
    key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    snakeCase(member),
  ]);
  return Object.fromEntries(members.filter(([key, member]) => key !== "path" || member !== null));
}

function inPython(calls) {
  const python = `${HOSTS}python/bin/python`;
  return execFileSync(python, [`${HERE}python-host.py`, POLICY, INTERFACE], {
    input: JSON.stringify(calls),
    encoding: "utf8",
  });
}
