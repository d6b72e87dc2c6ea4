// States of two real clusters in which `connect` is called: those that it repairs, and those that it refuses.
import assert from "node:assert/strict";
import { connect, establish, read, remove, wait } from "../../pkg/node.js";
import { raw, token } from "../long/incidents.js";
import { establishRaw, isNotified, tokenRaw } from "./real-pair.js";

/** Consul's own cycles take seconds, and minutes on a busy machine. */
export const LONG = { timeout: 300_000 };

/** The initial state, by its name and both sides; the dialer if it is to be kept. */
export const MENDED = {
  "its acceptor deleted": async ({ eu, us }, name, sides) => {
    let dialer;
    do {
      ({ dialer } = await connect(...sides, LONG));
      await remove(eu.address, name);
    } while (!(await isNotified(us, name)));
    return dialer;
  },
  "its acceptor deleted a moment ago": async ({ eu }, name, sides) => {
    const { dialer } = await connect(...sides, LONG);
    await remove(eu.address, name);
    return dialer;
  },
  "its acceptor recreated a moment ago": async ({ eu }, name, sides) => {
    const { dialer } = await connect(...sides, LONG);
    await remove(eu.address, name);
    await token(eu, name);
    return dialer;
  },
  "its dialer deleted": async ({ eu, us }, name, sides) => {
    do {
      await connect(...sides, LONG);
      await remove(us.address, name);
    } while (!(await isNotified(eu, name)));
  },
  "its dialer deleted a moment ago": async ({ us }, name, sides) => {
    await connect(...sides, LONG);
    await remove(us.address, name);
  },
  "its dialer deleted, and recreated too early": async ({ eu, us }, name, sides) => {
    // If the stream ends before the token is generated, the token is invalid, and it was not too early.
    do {
      await connect(...sides, LONG);
      await raw(us, "DELETE", `/v1/peering/${name}`);
    } while ((await establishRaw(us, name, await tokenRaw(eu, name))) !== 200 || !(await isNotified(eu, name)));
  },
  "a spent token": async ({ eu, us }, name) => {
    const spent = await token(eu, name);
    await token(eu, name); // invalidates the previous one
    assert.equal(await establishRaw(us, name, spent), 403);
    assert.equal((await read(us.address, name)).state, "PENDING");
  },
};

/** Peerings of other pairs: the code, and how they are created. */
export const REFUSED = {
  "the acceptor's name dials": [
    "role_conflict",
    async ({ eu, ap }, name) => establish(eu.address, { peer_name: name, peering_token: await token(ap, name) }),
  ],
  "the dialer's name accepts": ["role_conflict", ({ us }, name) => token(us, name)],
  "the dialer is another cluster's": [
    "peer_mismatch",
    async ({ us, ap }, name) => establish(us.address, { peer_name: name, peering_token: await token(ap, name) }),
  ],
  "another cluster uses the acceptor": [
    "peer_mismatch",
    async ({ eu, ap }, name) => {
      await establish(ap.address, { peer_name: name, peering_token: await token(eu, name) });
      // Until it has the CA of its dialer, a moment after ACTIVE.
      await wait(eu.address, name, (acceptor) => acceptor.peer_ca_pems.length > 0);
    },
  ],
  "the dialer is linked with another acceptor there": [
    "peer_mismatch",
    async ({ eu, us }, name) =>
      establish(us.address, { peer_name: name, peering_token: await token(eu, `${name}-other`) }),
  ],
  "another dialer there uses the acceptor": [
    "peer_mismatch",
    async ({ eu, us }, name) =>
      establish(us.address, { peer_name: `${name}-other`, peering_token: await token(eu, name) }),
  ],
};
