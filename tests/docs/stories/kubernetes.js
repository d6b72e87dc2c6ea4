// docs/kubernetes.md: its commands on two simulated clusters, with a kubectl that keeps Secrets as files.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readClusters } from "../../../pkg/cli/clusters-file.js";
import { generateToken, read, remove } from "../../../pkg/node.js";
import { peeringToken } from "../../node/secrets.js";
import { assertNamesOurs } from "../programs.js";
import { openStage } from "../stage.js";

const API = "Reach the HTTP API";
const SECRET = "Pass a peering token in a Secret";

export default async function story(t, take) {
  const stage = await openStage(["east", "west"]);
  t.after(() => stage.stop());
  stage.program("kubectl", fileURLToPath(new URL("../kubectl.js", import.meta.url)));
  const env = { SECRETS: stage.path("") };
  const { east, west } = stage.clusters;

  await t.test(API, async () => {
    for (const [name, { token }] of Object.entries(stage.clusters)) {
      stage.write(`${name}.consul-ca-cert.tls.crt`, "a certificate authority");
      stage.write(`${name}.consul-bootstrap-acl-token.token`, token);
    }
    await stage.lines(take(API, "sh"), Array(4).fill({ env }));
    assert.equal(readFileSync(stage.path("west.token"), "utf8"), west.token);
    assert.equal(readFileSync(stage.path("east-ca.pem"), "utf8"), "a certificate authority");
    await stage.lines(take(API, "sh"), Array(2).fill({ env }));
    const { aliases } = readClusters(stage.write("written.json", take(API, "json")));
    assert.equal(aliases.west.tls_server_name, "server.west.consul");
  });

  await t.test("Connect", async () => {
    // The simulated cluster has no load balancer: its own address is used.
    const command = take("Connect", "sh");
    const simulated = command.replace("--external-address peering.east.example:8503", "--no-external-addresses");
    assert.notEqual(simulated, command);
    await stage.sh(simulated);
    assert.equal((await read(west, "east")).state, "ACTIVE");
    await Promise.all([remove(east, "west"), remove(west, "east")]);
  });

  await t.test(SECRET, async () => {
    await stage.sh(take(SECRET, "sh"), { env });
    const handedOver = readFileSync(stage.path("west.east-peering-token.data"), "utf8").trim();
    peeringToken(handedOver);
    stage.write("east.west-peering-token.data", peeringToken(await generateToken(east, { peer_name: "west" })));
    await stage.sh(take(SECRET, "sh"), { env });
    assert.equal((await read(west, "east")).state, "ACTIVE");
  });

  await t.test("every option that it names exists", () => assertNamesOurs("docs/kubernetes.md"));
}
