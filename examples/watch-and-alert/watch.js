// Watches every peering of a cluster, and posts to a webhook when one stops working and when it works again: each change
// once, in their order, tried again until the webhook has taken it. A service: it runs until SIGTERM.
//
//   CONSUL_HTTP_ADDR=https://consul.us.example:8501 CONSUL_HTTP_TOKEN_FILE=/run/secrets/consul-token \
//     WEBHOOK_URL_FILE=/run/secrets/webhook-url node watch.js
//
// The ACL token needs `peering = "read"`. The webhook gets `{ "text": "…" }`, which is what chats take.
// Exit codes: 0 stopped, 1 failed, 2 no webhook.
import { readFileSync } from "node:fs";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { health, isPeeringError, watch } from "consul-peering";

const webhook = readWebhook(); // whoever knows it can post there: it is never printed
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop.abort(signal));
const { signal } = stop;

/** By name: what was said last, and how the peering was when it was last healthy. */
const known = new Map();

try {
  const onProgress = ({ text }) => console.error(text);
  for await (const peerings of watch({}, { signal, onProgress })) {
    for (const peering of peerings) await judge(peering);
    const names = new Set(peerings.map(({ peer_name }) => peer_name));
    for (const name of known.keys()) if (!names.has(name)) await forget(name);
  }
} catch (error) {
  if (error === signal.reason) console.log(`stopped by ${error}`);
  else if (isPeeringError(error)) fail(`${error.message}\n  ${error.hint}`, 1);
  else throw error;
}

async function judge(peering) {
  const { peer_name: name } = peering;
  if (!known.has(name)) console.log(`watching ${name}`);
  const { said = "healthy", healthy } = known.get(name) ?? {};
  const { verdict, reasons } = health(peering, { previous: healthy });
  // On its way is neither an alarm nor its end.
  const passing = verdict === "starting" || verdict === "ending";
  const now = passing ? said : [verdict, ...(verdict === "healthy" ? [] : reasons)].join("; ");
  if (now !== said) await alert(`${name} is ${now}`);
  known.set(name, { said: now, healthy: verdict === "healthy" ? peering : healthy });
}

async function forget(name) {
  await alert(`${name} is gone`);
  known.delete(name);
}

async function alert(text) {
  console.log(text);
  const body = JSON.stringify({ text });
  const headers = { "Content-Type": "application/json" };
  for (let pause = 1_000; ; pause = Math.min(2 * pause, 60_000)) {
    const timely = AbortSignal.any([signal, AbortSignal.timeout(10_000)]);
    const answer = await fetch(webhook, { method: "POST", headers, body, signal: timely }).catch((error) => error);
    await answer.body?.cancel();
    if (answer.ok) return;
    signal.throwIfAborted();
    console.error(`the webhook did not take it (${answer.status ?? answer.cause?.code ?? answer.name}): trying again`);
    await sleep(pause, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

function readWebhook() {
  const { WEBHOOK_URL, WEBHOOK_URL_FILE } = process.env;
  try {
    return new URL(WEBHOOK_URL ?? readFileSync(WEBHOOK_URL_FILE ?? "", "utf8").trim());
  } catch {
    return fail("WEBHOOK_URL, or the file that WEBHOOK_URL_FILE names, must hold a URL", 2);
  }
}

/** @returns {never} */
function fail(text, code) {
  console.error(text);
  process.exit(code);
}
