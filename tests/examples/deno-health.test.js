// The script for Deno, with the permissions in its comment, and with fewer.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { binary, tool } from "../package/place.js";
import { consul, startClusters } from "./clusters.js";
import { checkOutput, transcript } from "./document.js";
import { stage } from "./shell.js";

const { east, west, reader, denied, secrets, healthy } = await startClusters();
const example = stage("deno-health", secrets);
writeFileSync(`${example.folder}consul.token`, reader);
const { host } = new URL(west.address);
const deno = binary("@deno", "deno");
const found = { PATH: `${deno.slice(0, -"/deno".length)}:/usr/bin:/bin`, DENO_DIR: tool(".deno"), NO_COLOR: "1" };
const environment = { ...found, DENO_NO_UPDATE_CHECK: "1", CONSUL_HTTP_ADDR: west.address, CONSUL_HTTP_TOKEN: reader };

const NET = `--allow-net=${host}`;
const ENV = "--allow-env='CONSUL_*'";
const runHealth = (rights, env) => example.run(`deno run --no-prompt ${rights} health.js`, { ...environment, ...env });

test("output as documented", async () => {
  await healthy();
  const results = [await runHealth(`${NET} ${ENV}`)];
  await consul.remove(east, "west");
  await consul.wait(west, "east", "TERMINATED");
  results.push(await runHealth(`${NET} ${ENV}`));
  assert.deepEqual(
    results.map(({ code }) => code),
    [0, 3],
  );
  checkOutput("deno-health", transcript(results), { [host]: "consul.west.example:8501" });
});

test("with all permissions, it uses exactly those", async () => {
  const audited = { ...environment, DENO_AUDIT_PERMISSIONS: `${example.folder}audit.jsonl` };
  assert.equal((await example.run("deno run --allow-all health.js", audited)).code, 3);
  const lines = readFileSync(audited.DENO_AUDIT_PERMISSIONS, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const asked = new Set(lines.map(({ permission, value }) => `${permission} ${value}`));
  const [net, ...others] = [...asked].sort().reverse();
  assert.equal(net, `net ${west.address}/v1/peerings`);
  assert.ok(others.length > 0);
  for (const right of others) assert.match(right, /^env CONSUL_[A-Z_]+$/);
});

test("a token in a file requires permission to read only that file", async () => {
  const env = { CONSUL_HTTP_TOKEN: "", CONSUL_HTTP_TOKEN_FILE: "consul.token" };
  const more = `${NET} ${ENV}`;
  assert.equal((await runHealth(`${more} --allow-read=consul.token`, env)).code, 3);
  assert.equal((await runHealth(`${more} --allow-read=another.token`, env)).code, 1);
});

for (const [what, rights, env, said] of [
  ["another host", `--allow-net=consul.example:8501 ${ENV}`, {}, /Requires net access to "127\.0\.0\.1:\d+"/],
  ["no variable", NET, {}, /Requires net access to "127\.0\.0\.1:8500"/],
  [
    "no variable for the token",
    `${NET} --allow-env=CONSUL_HTTP_ADDR`,
    {},
    /Permission denied[^]*\n {2}Use an ACL token/,
  ],
  ["a token with no right", `${NET} ${ENV}`, { CONSUL_HTTP_TOKEN: denied }, /Permission denied[^]*\n {2}Use an ACL/],
]) {
  test(`${what}: reported, with exit code 1`, async () => {
    const { code, text } = await runHealth(rights, env);
    assert.equal(code, 1);
    assert.match(text, said);
  });
}

test("deno check passes", async () => {
  assert.equal((await example.run("deno check health.js", environment)).code, 0);
});
