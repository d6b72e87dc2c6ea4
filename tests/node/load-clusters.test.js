// Many clusters: two hundred peerings between twenty clusters, established concurrently from one process, over real
// sockets and in real time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { establish, generateToken } from "../../pkg/node.js";
import { startSimulator } from "../../pkg/simulator.js";
import { peeringToken } from "./secrets.js";

const CLUSTERS = 20;
const PEERINGS = 200;
const SPEED = 20;

const names = Array.from({ length: CLUSTERS }, (_, index) => `dc${index + 1}`);

/** Every pair once, in alternating directions; then pairs that are linked a second time. */
function peerings() {
  const pairs = names.flatMap((a, i) => names.slice(i + 1).map((b, j) => (j % 2 === 0 ? [a, b] : [b, a])));
  return Array.from({ length: PEERINGS }, (_, index) => {
    const [acceptor, dialer] = pairs[index % pairs.length];
    const suffix = index < pairs.length ? "" : "-second";
    return { acceptor, dialer, dialed: dialer + suffix, accepted: acceptor + suffix };
  });
}

test(`${PEERINGS} peerings between ${CLUSTERS} clusters at once`, async (t) => {
  const simulator = await startSimulator({ clusters: names, speed: SPEED });
  t.after(() => simulator.stop());
  const requests = [];
  const reported = [];
  const fetch = (url, init) => {
    // A slow read causes a probe: a token request for a name that Consul always refuses.
    const asks = init.body?.includes('"PeerName":"-"') ? " as a question" : "";
    requests.push(`${init.method} ${new URL(url).pathname}${asks}`);
    return globalThis.fetch(url, init);
  };
  const cluster = (name) => ({ address: simulator.clusters[name].address, fetch });
  const onProgress = ({ kind, text }) => void (["retry", "left_behind"].includes(kind) && reported.push(text));
  const count = (line) => requests.filter((request) => request === line).length;
  const wanted = peerings();

  const started = performance.now();
  const tokens = await Promise.all(
    wanted.map(({ acceptor, dialed }) =>
      generateToken(cluster(acceptor), { peer_name: dialed }, { onProgress }).then(peeringToken),
    ),
  );
  const generated = performance.now();
  const made = await Promise.all(
    wanted.map(({ acceptor, dialer, accepted }, index) =>
      establish(
        cluster(dialer),
        { peer_name: accepted, peering_token: tokens[index], meta: { from: acceptor } },
        { onProgress },
      ),
    ),
  );
  const established = performance.now();

  assert.deepEqual(reported, [], "no retries, no leftovers");
  assert.equal(new Set(tokens).size, PEERINGS);
  for (const peering of made) assert.deepEqual([peering.state, peering.role], ["ACTIVE", "dialer"]);

  // Consul's own list, read without the package: exactly each peering, on both sides.
  const lists = await Promise.all(names.map((name) => whenActive(simulator.clusters[name].address)));
  const listed = new Map(names.map((name, index) => [name, new Map(lists[index].map((each) => [each.Name, each]))]));
  assert.equal(lists.flat().length, 2 * PEERINGS);
  for (const [index, { acceptor, dialer, dialed, accepted }] of wanted.entries()) {
    const here = listed.get(dialer).get(accepted);
    const there = listed.get(acceptor).get(dialed);
    assert.deepEqual([here.State, there.State], ["ACTIVE", "ACTIVE"], `${dialer} dials ${acceptor}`);
    assert.deepEqual([here.ID, here.PeerID, here.Meta], [made[index].id, there.ID, { from: acceptor }]);
  }
  for (const path of ["token", "establish"])
    assert.equal(count(`POST /v1/peering/${path}`), PEERINGS, "sent once each");
  assert.equal(requests.filter((request) => request.startsWith("DELETE")).length, 0);

  const ms = (from, to) => `${Math.round(to - from)} ms`;
  t.diagnostic(`${PEERINGS} tokens in ${ms(started, generated)}, ACTIVE after ${ms(generated, established)} more`);
  t.diagnostic(`${requests.length} requests, ${(requests.length / PEERINGS).toFixed(1)} a peering`);
});

/** A cluster's peerings; the acceptor becomes ACTIVE a moment after the dialer. */
async function whenActive(address) {
  for (let tried = 0; ; tried++) {
    const list = await (await fetch(`${address}/v1/peerings`)).json();
    if (tried === 50 || list.every(({ State }) => State === "ACTIVE")) return list;
    await sleep(20);
  }
}
