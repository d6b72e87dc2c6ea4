// Watches every peering of a cluster and posts to a webhook when one stops working and when it recovers: each change once,
// in order, with retries until the webhook has accepted it. A service: it runs until SIGTERM.
//
//   CONSUL_HTTP_ADDR=https://consul.west.example:8501 CONSUL_HTTP_TOKEN_FILE=/run/secrets/consul-token \
//     WEBHOOK_URL_FILE=/run/secrets/webhook-url node watch.js
//
// The ACL token needs `peering = "read"`. The webhook gets `{ "text": "…" }`, as chat services expect.
// Exit codes: 0 stopped, 1 failed, 2 missing webhook.
import { readFileSync } from "node:fs";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { health, isPeeringError, watch } from "consul-peering";

const webhook = readWebhook(); // a secret: never printed
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop.abort(signal));
const { signal } = stop;

/** By name: the last reported verdict, and the peering when it was last healthy: a lost service stays reported until then. */
const known = new Map();

try {
  const onProgress = ({ text }) => console.error(text);
  for await (const peerings of watch({}, { signal, onProgress })) {
    for (const peering of peerings) await report(peering);
    const names = new Set(peerings.map(({ peer_name }) => peer_name));
    for (const name of known.keys()) if (!names.has(name)) await forget(name);
  }
} catch (error) {
  if (error === signal.reason) console.log(`stopped by ${error}`);
  else if (isPeeringError(error)) fail(`${error.message}\n  ${error.hint}`, 1);
  else throw error;
}

async function report(peering) {
  const { peer_name: name } = peering;
  if (!known.has(name)) console.log(`watching ${name}`);
  const { reported = "healthy", healthy } = known.get(name) ?? {};
  const { verdict, reasons } = health(peering, { previous: healthy });
  // A transition neither raises nor clears an alert.
  const inTransition = verdict === "starting" || verdict === "ending";
  const now = inTransition ? reported : [verdict, ...(verdict === "healthy" ? [] : reasons)].join("; ");
  if (now !== reported) await alert(`${name} is ${now}`);
  known.set(name, { reported: now, healthy: verdict === "healthy" ? peering : healthy });
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
    const response = await fetch(webhook, {
      method: "POST",
      headers,
      body,
      redirect: "manual", // it would become a GET without the text
      signal: timely,
    }).catch((error) => error);
    await response.body?.cancel();
    if (response.ok) return;
    signal.throwIfAborted();
    console.error(`the webhook failed (${response.status ?? response.cause?.code ?? response.name}): retrying`);
    await sleep(pause, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

function readWebhook() {
  const { WEBHOOK_URL, WEBHOOK_URL_FILE } = process.env;
  try {
    return new URL(WEBHOOK_URL ?? readFileSync(WEBHOOK_URL_FILE ?? "", "utf8").trim());
  } catch {
    return fail("set WEBHOOK_URL to a URL, or WEBHOOK_URL_FILE to a file that contains one", 2);
  }
}

/** @returns {never} */
function fail(text, code) {
  console.error(text);
  process.exit(code);
}
