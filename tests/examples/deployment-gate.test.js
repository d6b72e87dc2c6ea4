// The gate on two real clusters with ACLs: it lets a deployment continue once every check passes, and stops it for a failed
// check and for one that the ACL token has no right for.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, test } from "node:test";
import { startAgents } from "../consul/agent.js";
import { aclToken } from "../node/secrets.js";
import { consul } from "./clusters.js";
import { checkOutput, transcript } from "./document.js";
import { stage } from "./shell.js";

const { agents, stop } = await startAgents(["east", "west"].map((name) => ({ name, acl: aclToken(randomUUID()) })));
after(stop);
const { east, west } = agents;
const secrets = [east.token, west.token];
const example = stage("deployment-gate", secrets);

const put = async ({ address, token }, path, body) => {
  const answer = await fetch(address + path, {
    method: "PUT",
    headers: { "X-Consul-Token": token },
    body: JSON.stringify(body),
  });
  assert.ok(answer.ok, `${path}: ${answer.status}`);
  return answer.json().catch(() => null);
};

test("what it says, as the document tells", async () => {
  const [a, b] = [east, west].map(({ address, token }) => ({ address, token }));
  await consul.connect(
    { cluster: a, peer_name: "west", server_external_addresses: [] },
    { cluster: b, peer_name: "east" },
  );
  await put(east, "/v1/agent/service/register", { Name: "web", Port: 8080, Connect: { SidecarService: {} } });
  await put(east, "/v1/agent/service/register", {
    Kind: "mesh-gateway",
    Name: "mesh-gateway",
    Port: 8443,
    TaggedAddresses: { wan: { Address: "gateway.east.example", Port: 443 } },
  });
  await put(east, "/v1/config", {
    Kind: "exported-services",
    Name: "default",
    Services: [{ Name: "web", Consumers: [{ Peer: "west" }] }],
  });
  await put(east, "/v1/acl/policy", { Name: "peering", Rules: 'peering = "read"' });
  const { SecretID } = await put(east, "/v1/acl/token", { Policies: [{ Name: "peering" }] });
  secrets.push(aclToken(SecretID));

  const env = {
    ...{ EAST_ADDR: east.address, EAST_TOKEN: east.token, WEST_ADDR: west.address, WEST_TOKEN: west.token },
    PEERING_TOKEN: SecretID,
  };
  const denied = await example.run("node gate.js web", env);
  await put(east, "/v1/config", {
    Kind: "service-intentions",
    Name: "web",
    Sources: [{ Name: "*", Peer: "west", Action: "allow" }],
  });
  const results = [denied, await example.run("node gate.js web", env)];
  results.push(await example.run("EAST_TOKEN=$PEERING_TOKEN node gate.js web", env));
  results.push(await example.run("EAST_TOKEN= node gate.js web", env));
  assert.deepEqual(
    results.map(({ code }) => code),
    [3, 0, 3, 2],
    transcript(results),
  );
  const words = {
    [east.address]: "https://consul.east.example:8501",
    [west.address]: "https://consul.west.example:8501",
  };
  checkOutput("deployment-gate", transcript(results), words);
  const away = await example.run("EAST_ADDR=http://127.0.0.1:9 node gate.js web", env);
  assert.equal(away.code, 1, away.text);
  assert.equal((await example.run("node gate.js", env)).code, 2);
});
