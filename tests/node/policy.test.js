// The entry for hosts without network: without fetch and its classes, in a worker, and in a context with only
// WebAssembly, TextEncoder and TextDecoder.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";
import { Worker } from "node:worker_threads";
import { build } from "esbuild";
import * as whole from "../../pkg/node.js";
import * as policy from "../../pkg/policy-node.js";
import { execute } from "../docs/examples.js";
import { peeringToken } from "./secrets.js";

const real = (name) => readFileSync(new URL(`../terraform/real/${name}`, import.meta.url), "utf8");
const inPackage = (name) => fileURLToPath(new URL(`../../pkg/${name}`, import.meta.url));

const { checkTerraform } = policy;
const FAULTS = real("faults.json");
const STATE = JSON.parse(real("state-after-create.json"));
const TOKEN = peeringToken(STATE.values.root_module.resources[1].values.peering_token);
/** A peering as `read` returns it, unhealthy only by its state. */
const PEERING = {
  ...{ id: "1", peer_name: "eu", state: "TERMINATED", role: "dialer", deleted_at: null, meta: {}, peer_id: "2" },
  ...{ peer_ca_pems: [], peer_server_name: null, peer_server_addresses: [], partition: null },
  remote: { datacenter: null, partition: null, locality: null },
  stream: { imported_services: [], exported_services: [], last_heartbeat: null, last_receive: null, last_send: null },
  ...{ create_index: 1, modify_index: 1 },
};

/** Every check, as a host runs it; passed as text. */
function everyCheck(policy, { faults, token, peering }) {
  const codeOf = (throwing) => {
    try {
      return throwing();
    } catch (error) {
      return policy.isPeeringError(error) && error instanceof policy.PeeringError && error.code;
    }
  };
  return JSON.stringify({
    names: policy.validatePeerName("EU.west").map(({ rule }) => rule),
    peering: policy.validatePeering({ peer_name: "eu", peering_token: token, meta: 7 }).map(({ rule }) => rule),
    token: policy.validateToken({ peer_name: "eu", server_external_addresses: ["a"] }).map(({ rule }) => rule),
    inspected: policy.inspectToken(token),
    refused: codeOf(() => policy.inspectToken("no token")),
    health: policy.health(peering),
    plan: policy.checkTerraform(JSON.parse(faults)),
  });
}

const GIVEN = { faults: FAULTS, token: TOKEN, peering: PEERING };
const EXPECTED = everyCheck(whole, GIVEN);

/** The checks in their own process or worker, which reports the results by `from`. */
const program = (from, results) => `
  for (const name of ["fetch", "Request", "Headers", "Response"]) delete globalThis[name];
  const policy = await import(${JSON.stringify(from)});
  const results = (${everyCheck})(policy, ${JSON.stringify(GIVEN)});
  if (globalThis.fetch || globalThis.Response) throw new Error("they are still there");
  ${results}(results);
`;

describe("the entry", () => {
  test("exports exactly the functions that need no network", () => {
    const names = [
      ...[
        "PeeringError",
        "checkTerraform",
        "countTerraform",
        "health",
        "init",
        "initSync",
        "inspectToken",
        "isPeeringError",
      ],
      ...["validatePeerName", "validatePeering", "validateToken"],
    ];
    assert.deepEqual(Object.keys(policy).sort(), names);
    for (const name of names) assert.equal(policy[name], whole[name], name);
  });

  test("works in this process", () => {
    const found = JSON.parse(EXPECTED);
    assert.deepEqual(found.names, ["lower_case", "characters"]);
    assert.deepEqual(found.peering, ["local_address", "type"]);
    assert.deepEqual(found.token, ["address"]);
    assert.equal(found.inspected.datacenter, "us");
    assert.equal(found.inspected.authorities.length, 1);
    assert.equal(found.refused, "invalid");
    assert.equal(found.health.verdict, "broken");
    assert.equal(found.plan.length, 13);
  });

  test("without fetch, Request, Headers and Response", async () => {
    assert.equal(await execute(program("consul-peering/policy", "process.stdout.write")), EXPECTED);
  });

  test("by require()", async () => {
    const code = `
      import { createRequire } from "node:module";
      const { checkTerraform } = createRequire(import.meta.url)("consul-peering/policy");
      console.log(checkTerraform({ format_version: "9.0", values: {} })[0].rule);`;
    assert.equal(await execute(code), "format_version\n");
  });

  test("in a worker", async () => {
    const from = new URL("../../pkg/policy-node.js", import.meta.url).href;
    const code = program(from, 'process.getBuiltinModule("node:worker_threads").parentPort.postMessage');
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
    const [results] = await once(worker, "message");
    assert.equal(results, EXPECTED);
    await worker.terminate();
  });

  test("a call before `initSync` throws with a hint", async () => {
    const code = `
      import { checkTerraform } from ${JSON.stringify(new URL("../../pkg/policy.js", import.meta.url).href)};
      try { checkTerraform({}) } catch (error) { console.log(error.message) }`;
    assert.match(await execute(code), /used before it was initialised/);
  });
});

describe("a context with WebAssembly, TextEncoder and TextDecoder alone", async () => {
  // As one script, as such a host runs it.
  const bundle = await build({
    entryPoints: [inPackage("policy.js")],
    ...{ bundle: true, write: false, format: "iife", globalName: "policy", logLevel: "silent" },
  });
  const bytes = readFileSync(inPackage("consul_peering_bg.wasm"));
  const context = () => {
    const made = createContext({ TextEncoder, TextDecoder, bytes });
    runInContext(bundle.outputFiles[0].text, made);
    runInContext("policy.initSync(bytes)", made);
    return made;
  };

  test("has no other host functions", () => {
    for (const name of ["fetch", "URL", "atob", "setTimeout", "process", "AbortController", "queueMicrotask"]) {
      assert.equal(runInContext(`typeof ${name}`, context()), "undefined", name);
    }
  });

  test("all checks work", () => {
    const made = context();
    made.given = JSON.stringify(GIVEN);
    assert.equal(runInContext(`(${everyCheck})(policy, JSON.parse(given))`, made), EXPECTED);
  });

  test("accepts objects of another realm, with the same errors", () => {
    const made = context();
    made.plan = JSON.parse(FAULTS);
    assert.equal(
      runInContext("JSON.stringify(policy.checkTerraform(plan))", made),
      JSON.stringify(checkTerraform(made.plan)),
    );
  });
});

describe("checkTerraform", () => {
  test("a finding about a resource has a path, one about the plan has none", () => {
    const [finding] = checkTerraform(JSON.parse(FAULTS));
    assert.deepEqual(Object.keys(finding), ["field", "rule", "message", "fix", "severity", "path"]);
    assert.equal(finding.path, "consul_peering.dot");
    assert.deepEqual(Object.keys(checkTerraform(null)[0]), ["field", "rule", "message", "fix", "severity"]);
  });

  test("no finding shows a secret of the document", () => {
    const { EstablishmentSecret } = JSON.parse(Buffer.from(TOKEN, "base64"));
    for (const name of ["meta-change-replaces.json", "token-replaced.json", "state-after-create.json"]) {
      const plan = JSON.parse(real(name));
      for (const { change } of plan.resource_changes ?? []) {
        if (!change.after) continue;
        change.after.peer_name = "Hunter_2";
        change.after_sensitive = { peer_name: true };
      }
      const shown = JSON.stringify(checkTerraform(plan, { now: new Date("2040-01-01") }));
      for (const secret of [EstablishmentSecret, TOKEN.slice(0, 40), TOKEN.slice(-40), "unter_2"]) {
        assert.ok(!shown.includes(secret), name);
      }
      if (plan.resource_changes) assert.match(shown, /sensitive/);
    }
  });

  test("CAs are checked at the given time", () => {
    const plan = JSON.parse(real("meta-change-replaces.json"));
    const rules = (options) => checkTerraform(plan, options).map(({ rule }) => rule);
    assert.ok(!rules({ now: new Date("2027-01-01") }).includes("ca_expired"));
    assert.ok(rules({ now: new Date("2040-01-01") }).includes("ca_expired"));
  });

  test("accepts any value, and never throws", () => {
    const loop = { format_version: "1.2" };
    loop.planned_values = { root_module: loop };
    loop.child_modules = [loop];
    const throwing = {
      get format_version() {
        throw new Error("no");
      },
    };
    const deep = (depth) => (depth ? { child_modules: [deep(depth - 1)] } : {});
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const odd = [undefined, null, 0, "", "{}", Symbol("s"), 1n, () => {}, [], new Map(), throwing, proxy, loop];
    for (const value of [...odd, { format_version: "1.2", values: { root_module: deep(500) } }]) {
      assert.deepEqual(
        checkTerraform(value).map(({ rule }) => rule),
        ["document"],
      );
    }
    // Not where a list of resources is expected.
    assert.deepEqual(checkTerraform({ format_version: "1.2", values: {}, variables: throwing }), []);
  });

  test("finds resources in a large plan, among unrelated ones and in nested modules", () => {
    const plan = JSON.parse(real("create.json"));
    const other = (i) => ({
      ...{ address: `aws_instance.a[${i}]`, mode: "managed", type: "aws_instance", name: "a" },
      ...{
        values: { peer_name: "_", tags: { a: "b", c: "d" } },
        change: { actions: ["no-op"], after: { a: { b: [1, 2, 3] } } },
      },
    });
    const resource = (i) => ({
      address: `module.m[${i}].consul_peering_token.t`,
      ...{ mode: "managed", type: "consul_peering_token", name: "t", values: { peer_name: i === 900 ? "A" : `n${i}` } },
    });
    const numbers = (count) => Array.from({ length: count }, (_, i) => i);
    const modules = numbers(1000).map((i) => ({ resources: [resource(i)] }));
    let inner = { child_modules: modules };
    for (let depth = 0; depth < 20; depth++) inner = { resources: [other(depth)], child_modules: [inner] };
    plan.planned_values.root_module = inner;
    plan.resource_changes.push(...numbers(100_000).map(other));
    assert.deepEqual(
      checkTerraform(plan).map(({ path, rule }) => [path, rule]),
      [["module.m[900].consul_peering_token.t", "lower_case"]],
    );
  });
});
