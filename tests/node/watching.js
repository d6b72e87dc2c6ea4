// A cluster that is watched, and its values, for the tests of watch.
import assert from "node:assert/strict";
import { sleep } from "./virtual-time.js";
import { connect } from "../../pkg/node.js";
import { startSimulator } from "../../pkg/simulator.js";
import { record } from "./recorder.js";

/** eu and us; eu is watched through a recorder. */
export async function world(t, { speed = 50, before, ...eu } = {}) {
  const clusters = [{ name: "eu", ...eu }, "us"];
  const simulator = await startSimulator({ clusters, speed, listen: false });
  t.after(() => simulator.stop());
  const recorder = record(simulator.clusters.eu, before);
  const acceptor = { cluster: simulator.clusters.eu, peer_name: "us" };
  const dialer = { cluster: simulator.clusters.us, peer_name: "eu" };
  return { simulator, ...recorder, eu: simulator.clusters.eu, link: () => connect(acceptor, dialer) };
}

/** The next value, with a limit, since a watch without changes waits forever. */
export async function next(watching) {
  const step = await Promise.race([watching.next(), sleep(10_000).then(() => assert.fail("no value"))]);
  assert.equal(step.done, false);
  return step.value;
}

/** The values up to one that `wanted` accepts. */
export async function until(watching, wanted) {
  const values = [];
  for (const late = Date.now() + 10_000; Date.now() < late;) {
    values.push(await next(watching));
    if (wanted(values.at(-1))) return values;
  }
  assert.fail(`it did not come to that: ${JSON.stringify(values.at(-1))}`);
}

export const states = (peerings) => peerings.map(({ peer_name, state }) => `${peer_name} ${state}`).join();
export const differ = (values) =>
  values.every((value, i) => i === 0 || JSON.stringify(value) !== JSON.stringify(values[i - 1]));

/** No request is pending, and nothing is sent. */
export async function assertOver({ requests }) {
  assert.ok(
    requests.every(({ open }) => !open),
    "no request is left open",
  );
  const sent = requests.length;
  await sleep(100);
  assert.equal(requests.length, sent, "nothing is sent any more");
}

/** Until the watch waits for a response. */
export async function untilAsking({ requests }, count = 1) {
  while (requests.filter(({ open, path }) => open && path.includes("index=")).length < count) await sleep(1);
}
