// `establish` on simulated clusters.
import assert from "node:assert/strict";
import { test } from "node:test";
import { generateToken } from "../../pkg/node.js";
import { startSimulator } from "../../pkg/simulator.js";
import { runHere } from "./command-line.js";
import { assertNoSecretPrinted, secrets } from "./pair-commands.js";
import { peeringToken } from "./secrets.js";

test("establish warns of another peering with the same cluster", async (t) => {
  const { clusters, stop } = await startSimulator({ clusters: ["eu", "us"], speed: 100 });
  t.after(stop);
  const { eu, us } = clusters;
  /** @param {string} name of the dialer @param {string} other of the acceptor */
  const establish = async (name, other) => {
    const input = await generateToken(eu, { peer_name: other });
    secrets.add(peeringToken(input));
    return runHere(["establish", name, "--cluster", us.address], { input });
  };
  const first = await establish("eu", "us");
  assert.deepEqual([first.code, first.err], [0, ""]);
  const second = await establish("eu2", "us2");
  assert.equal(second.code, 0);
  assert.match(
    second.err,
    /^Warning: The peering "eu" on \S+ is with the same cluster\. Keep only one of the two\.\n$/,
  );
});

test("no secret was ever printed", assertNoSecretPrinted);
