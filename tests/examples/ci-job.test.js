// The CI job: its script as a person runs it, and the workflow's own steps.
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { TARBALL, TOOLS } from "../package/place.js";
import { consul, startClusters } from "./clusters.js";
import { checkOutput, transcript } from "./document.js";
import { stage } from "./shell.js";

const { parse } = createRequire(TOOLS)("yaml");
const { simulator, east, west, sides, denied, secrets, words } = await startClusters();
const example = stage("ci-job", secrets);
const variablesOf = ({ east, west }) => ({
  ...{ EAST_ADDR: east.address, EAST_TOKEN: east.token },
  ...{ WEST_ADDR: west.address, WEST_TOKEN: west.token },
});
const variables = variablesOf({ east, west });
const connect = () => example.run("node connect.js", variables);

test("output as documented", async () => {
  const env = { ...variables, TOKEN_WITHOUT_RIGHTS: denied };
  const results = [];
  for (const before of ["", "", "WEST_TOKEN=$TOKEN_WITHOUT_RIGHTS ", "EAST_ADDR= WEST_TOKEN= "]) {
    results.push(await example.run(`${before}node connect.js`, env));
  }
  assert.deepEqual(
    results.map(({ code }) => code),
    [0, 0, 1, 2],
  );
  // Whether the acceptor needs a wait depends on timing.
  checkOutput("ci-job", transcript(results).replace(/^ {2}waiting until .*\n/gm, ""), words);
});

test("a link that loses one side before its heartbeat is a failure", async () => {
  const slow = await startClusters({ speed: 5 }); // delays the first heartbeat
  const started = stage("ci-job", slow.secrets).start("node connect.js", variablesOf(slow));
  await started.says("linked\n");
  await consul.remove(slow.east, "west");
  const { code, text } = await started.ended;
  assert.equal(code, 3, text);
  assert.match(text, /^linked\nbroken: .*the peering does not exist on the other cluster\n$/m);
});

test("a cluster that goes down during the run: reports what exists", async () => {
  const { simulator, secrets, ...clusters } = await startClusters();
  const match = { cluster: "west", path: "/v1/peering/establish" };
  simulator.fault({ kind: "restart", ms: Infinity, acted: true, match });
  const { code, text } = await stage("ci-job", secrets).run("node connect.js", variablesOf(clusters));
  assert.equal(code, 1);
  const { east, west } = clusters;
  assert.ok(text.includes(`\n  left behind on ${east.address}: the acceptor "west" exists`), text);
  assert.ok(text.includes(`\n  left behind on ${west.address}: the token was sent without a response`), text);
});

test("an interrupted run ends at once, and the next run continues", async () => {
  await consul.disconnect(...sides);
  const held = simulator.fault({ kind: "delay", ms: 60_000, match: { path: "/v1/peering/establish" } });
  const started = example.start("exec node connect.js", variables);
  await started.says('establishing "east"');
  while (held.hits === 0) await new Promise(setImmediate);
  started.kill("SIGTERM");
  const { code, text } = await started.ended;
  assert.equal(code, 1);
  assert.match(text, /stopped by SIGTERM; the next run continues\n$/);
  assert.match((await connect()).text, /^linked\nhealthy\n/m);
});

test("the workflow's steps, in a repository as it requires", async () => {
  const workflow = parse(readFileSync(`${example.folder}peering.yml`, "utf8"));
  const { steps } = workflow.jobs.connect;
  const repository = stage("ci-job", secrets);
  mkdirSync(`${repository.folder}ci`);
  copyFileSync(`${repository.folder}connect.js`, `${repository.folder}ci/connect.js`);
  const dependencies = { "consul-peering": `file:${TARBALL}` };
  writeFileSync(`${repository.folder}package.json`, JSON.stringify({ private: true, type: "module", dependencies }));
  const offline = { npm_config_offline: "true", npm_config_audit: "false", npm_config_fund: "false" };
  assert.equal((await repository.run("npm install --package-lock-only", offline)).code, 0);

  const given = { vars: variables, secrets: variables };
  const ran = [];
  for (const { run, env = {} } of steps) {
    if (!run) continue;
    const filled = Object.entries(env).map(([name, value]) => {
      const [, context, key] = /^\$\{\{ (vars|secrets)\.(\w+) \}\}$/.exec(value);
      assert.equal(context, /TOKEN/.test(key) ? "secrets" : "vars", name);
      return [name, given[context][key]];
    });
    const { code, text } = await repository.run(run, { ...offline, ...Object.fromEntries(filled) });
    assert.equal(code, 0, text);
    ran.push(text);
  }
  assert.match(ran.at(-1), /^already linked\nhealthy\n$/);
});
