// The watching service: its output and its alerts while a link breaks, recovers and is deleted, and how it ends.
import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { aclToken } from "../node/secrets.js";
import { consul, startClusters } from "./clusters.js";
import { checkOutput, transcript } from "./document.js";
import { stage } from "./shell.js";

const { simulator, west, denied, reader, secrets, healthy } = await startClusters();
const hook = await startWebhook();
const example = stage("watch-and-alert", [...secrets, hook.secret]);
writeFileSync(`${example.folder}consul-token`, reader);
writeFileSync(`${example.folder}webhook-url`, `${hook.url}\n`);
const unreachable = await closedAddress();
const files = {
  CONSUL_HTTP_ADDR: west.address,
  CONSUL_HTTP_TOKEN_FILE: "consul-token",
  WEBHOOK_URL_FILE: "webhook-url",
};
const start = (env) => example.start("exec node watch.js", { ...files, ...env });

/** A webhook that accepts requests, after responding with these statuses first; 0 is no response. */
async function startWebhook() {
  const secret = aclToken("0a1b2c3d-allows-posting-to-the-hook");
  const taken = [];
  const answers = [];
  let asked = 0;
  const server = createServer(async (request, response) => {
    if (request.method !== "POST") return response.end(); // takes no alert
    const { text } = await json(request);
    asked++;
    const status = answers.shift() ?? 200;
    if (status === 0) return;
    if (status === 200) taken.push(text);
    response.writeHead(status, { Location: "/moved" }).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  after(() => server.close());
  return { secret, taken, answers, asked: () => asked, url: `http://127.0.0.1:${server.address().port}/${secret}` };
}

/** An address on which no program listens. */
async function closedAddress() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return `http://127.0.0.1:${port}`;
}

test("output as documented", async () => {
  await healthy();
  const started = start();
  await started.says("watching east");
  hook.answers.push(503);
  simulator.restart("east", 5_000);
  await started.says("east is healthy");
  await consul.remove(west, "east");
  await started.says("east is gone");
  started.kill("SIGTERM");
  const result = await started.ended;
  assert.equal(result.code, 0);
  const alerts = result.text.match(/^east is .*$/gm);
  assert.deepEqual(hook.taken, alerts, "each once, in their order");
  assert.deepEqual(
    alerts.map((text) => text.replace(/;.*/, "")),
    ["east is broken", "east is healthy", "east is gone"],
  );
  checkOutput("watch-and-alert", transcript([{ ...result, command: "node watch.js" }]));
});

test("reports each broken peering once, also at the start, and no healthy or starting one", async () => {
  await healthy();
  hook.taken.length = 0;
  const started = start();
  await started.says("watching east");
  simulator.restart("east", Infinity);
  await started.says("east is broken");
  for (const name of ["further", "furthest"]) {
    await consul.generateToken(west, { peer_name: name });
    await started.says(`watching ${name}`);
  }
  const again = start();
  await again.says("watching furthest");
  for (const each of [started, again]) each.kill("SIGINT");
  const [first, second] = await Promise.all([started.ended, again.ended]);
  const others = "watching further\nwatching furthest\nstopped by SIGINT\n";
  assert.match(
    first.text,
    new RegExp(`^watching east\neast is broken; FAILING:.*; it was ACTIVE and is FAILING .*\n${others}$`),
  );
  assert.match(second.text, new RegExp(`^watching east\neast is broken; FAILING:.*\n${others}$`));
  assert.equal(hook.taken.length, 2);
});

test("does not take a redirect for an accepted alert", async () => {
  hook.taken.length = 0;
  hook.answers.push(301);
  const started = start();
  await started.says("the webhook failed (301): retrying");
  while (hook.taken.length === 0) await sleep(10);
  started.kill("SIGTERM");
  assert.equal((await started.ended).code, 0);
  assert.match(hook.taken[0], /^east is broken/);
});

test("stops in spite of an unreachable webhook", async () => {
  const started = start({ WEBHOOK_URL: unreachable });
  await started.says("(ECONNREFUSED): retrying");
  started.kill("SIGTERM");
  const { code, text } = await started.ended;
  assert.equal(code, 0);
  assert.match(text, /stopped by SIGTERM\n$/);
});

test("stops in spite of an unresponsive webhook", async (t) => {
  hook.answers.push(0);
  const before = hook.asked();
  const started = start();
  while (hook.asked() === before && !t.signal.aborted) await sleep(10);
  started.kill("SIGTERM");
  const { code, text } = await started.ended;
  assert.equal(code, 0);
  assert.match(text, /^watching east\neast is broken;.*\nstopped by SIGTERM\n$/);
});

for (const [what, env, code, said] of [
  [
    "no right",
    { CONSUL_HTTP_TOKEN_FILE: "", CONSUL_HTTP_TOKEN: denied },
    1,
    /Permission denied[^]*\n {2}Use an ACL token/,
  ],
  ["no Consul", { CONSUL_HTTP_ADDR: unreachable }, 1, /ECONNREFUSED[^]*\n {2}Check the address/],
  ["no webhook", { WEBHOOK_URL_FILE: "" }, 2, /^set WEBHOOK_URL to a URL/],
  ["a webhook that is no URL", { WEBHOOK_URL: hook.secret }, 2, /^set WEBHOOK_URL to a URL/],
]) {
  test(`${what}: reported, with exit code ${code}`, async () => {
    const result = await start(env).ended;
    assert.equal(result.code, code, result.text);
    assert.match(result.text, said);
  });
}
