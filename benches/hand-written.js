// The equivalent code without the package, as short as possible: fetch, JSON, and polling.
import { setTimeout as sleep } from "node:timers/promises";

async function answer(response) {
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response.json();
}

const post = async (address, path, body) =>
  answer(await fetch(address + path, { method: "POST", body: JSON.stringify(body) }));

export async function read(address, name) {
  const response = await fetch(`${address}/v1/peering/${name}`);
  return response.status === 404 ? null : answer(response);
}

/** The same with a timeout, and without following redirects, which could send an ACL token to another server. */
export async function readInTime(address, name) {
  const headers = { "Content-Type": "application/json" };
  const signal = AbortSignal.timeout(60_000);
  const response = await fetch(`${address}/v1/peering/${name}`, { headers, signal, redirect: "manual" });
  return response.status === 404 ? null : answer(response);
}

export const list = async (address) => answer(await fetch(`${address}/v1/peerings`));

export async function generateToken(address, PeerName) {
  return (await post(address, "/v1/peering/token", { PeerName })).PeeringToken;
}

/** Writes, then reads, like Terraform's provider. */
export async function establish(address, PeerName, PeeringToken) {
  await post(address, "/v1/peering/establish", { PeerName, PeeringToken });
  return read(address, PeerName);
}

/** Connects two clusters, and waits until both sides are ACTIVE. */
export async function connect([acceptor, dialer], name) {
  await establish(dialer, name, await generateToken(acceptor, name));
  await Promise.all([acceptor, dialer].map((address) => untilActive(() => read(address, name))));
}

export async function untilActive(readPeering) {
  while ((await readPeering()).State !== "ACTIVE") await sleep(10);
}

/** Yields the list of peerings after each change. */
export async function* watch(address, signal) {
  for (let index = 0; ;) {
    const response = await fetch(`${address}/v1/peerings?index=${index}&wait=60s`, { signal });
    const next = Number(response.headers.get("X-Consul-Index"));
    const peerings = await answer(response);
    if (next !== index) yield peerings;
    index = next < index ? 0 : next;
  }
}
