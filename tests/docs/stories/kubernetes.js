// docs/kubernetes.md: its commands and resources on two simulated clusters, with a kubectl that keeps Secrets as files.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { readClusters } from "../../../pkg/cli/clusters-file.js";
import { generateToken, read, remove } from "../../../pkg/node.js";
import { peeringToken } from "../../node/secrets.js";
import { assertCommandsExist } from "../programs.js";
import { openStage } from "../stage.js";

const TOOLS = new URL("../../../tools/docs/package.json", import.meta.url);
const { parse, parseAllDocuments } = createRequire(TOOLS)("yaml");

const API = "Reach the HTTP API";
const SERVICES = "Export and call services";
const SECRET = "Pass a peering token in a Secret";

/** Custom resources as the chart's controller writes them to Consul. */
function entries(resources) {
  const upper = (key) => key.replace(/^[a-z]/, (letter) => letter.toUpperCase());
  const members = (value) => {
    if (Array.isArray(value)) return value.map(members);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [upper(key), members(member)]));
  };
  return parseAllDocuments(resources).map((document) => {
    const { kind, metadata, spec } = document.toJS();
    const { destination, ...rest } = spec;
    const Kind = kind.replaceAll(/(?<=[a-z])[A-Z]/g, "-$&").toLowerCase();
    return { Kind, Name: destination?.name ?? metadata.name, ...members(rest) };
  });
}

async function put({ address, token }, path, body) {
  const response = await fetch(address + path, {
    method: "PUT",
    headers: { "X-Consul-Token": token },
    body: JSON.stringify(body),
  });
  assert.ok(response.ok, `${path}: ${response.status} ${await response.text()}`);
}

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

  await t.test(SERVICES, async () => {
    assert.equal(parse(take(SERVICES, "yaml")).meshGateway.enabled, true);
    const [inEast, inWest] = [take(SERVICES, "yaml"), take(SERVICES, "yaml")];
    await put(east, "/v1/agent/service/register", { Name: "web", Port: 80, Connect: { SidecarService: {} } });
    for (const [name, cluster] of Object.entries(stage.clusters)) {
      const gateway = { Kind: "mesh-gateway", Name: "mesh-gateway", Address: `gateway.${name}.example`, Port: 443 };
      await put(cluster, "/v1/agent/service/register", gateway);
    }
    for (const entry of entries(inWest)) await put(west, "/v1/config", entry);
    const command = take(SERVICES, "sh");
    const before = await stage.sh(`${command.trim()} || [ $? = 3 ]`);
    assert.match(before, /^fail exports\.any on east$/m);
    for (const entry of entries(inEast)) await put(east, "/v1/config", entry);
    // It fails unless every check passes, so each entry is what it needs.
    assert.match(await stage.sh(`${command.trim()} --strict`), /^web +east +west +yes +yes +1\/1 +none$/m);
  });

  await t.test("every option that it names exists", () => assertCommandsExist("docs/kubernetes.md"));
}
