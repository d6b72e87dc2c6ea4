// The list over mutual TLS, against a real Consul that requires a certificate (verify_incoming).
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { after, test } from "node:test";
import { startAgents } from "../consul/agent.js";
import { makeCertificates } from "../node/certificates.js";
import { aclToken } from "../node/secrets.js";
import { consul } from "./clusters.js";
import { checkOutput, transcript } from "./document.js";
import { stage } from "./shell.js";

const token = aclToken(randomUUID());
const secrets = [token];
const example = stage("mutual-tls", secrets);
const { server, client } = makeCertificates(example.folder, "east");
// A line identifies the key.
secrets.push(aclToken(readFileSync(client.key_file, "utf8").split("\n")[1]));
writeFileSync(`${example.folder}consul.token`, token);

const tls = { https: { ...server, verify_incoming: true } };
const { agents, stop } = await startAgents([
  { name: "east", acl: token, https: true, config: { tls } },
  { name: "west" },
]);
after(stop);
const { address, https_address } = agents.east;
await consul.connect(
  { cluster: { address, token }, peer_name: "west" },
  { cluster: agents.west.address, peer_name: "east" },
);

const variables = {
  CONSUL_HTTP_ADDR: https_address,
  CONSUL_HTTP_TOKEN_FILE: "consul.token",
  CONSUL_CACERT: basename(client.ca_file),
  CONSUL_CLIENT_CERT: basename(client.cert_file),
  CONSUL_CLIENT_KEY: basename(client.key_file),
};
const list = (before = "") => example.run(`${before}node list.js`, variables);

test("output as documented", async () => {
  const results = [
    await list(),
    await list("CONSUL_CLIENT_CERT= CONSUL_CLIENT_KEY= "),
    await list("CONSUL_CACERT= "),
    await list("CONSUL_CLIENT_KEY=absent.pem "),
  ];
  assert.deepEqual(
    results.map(({ code }) => code),
    [0, 1, 1, 1],
  );
  checkOutput("mutual-tls", transcript(results), { [https_address]: "https://consul.east.example:8501" });
});

test("the certificate allows the connection, and the token the request", async () => {
  const { code, text } = await list("CONSUL_HTTP_TOKEN_FILE= ");
  assert.equal(code, 1);
  assert.match(text, /requests lack peering:read\n {2}Use an ACL token/);
});

test("the server name must match the certificate", async () => {
  assert.equal((await list("CONSUL_TLS_SERVER_NAME=server.east.consul ")).code, 0);
  const { code, text } = await list("CONSUL_TLS_SERVER_NAME=server.west.consul ");
  assert.equal(code, 1);
  assert.match(text, /ERR_TLS_CERT_ALTNAME_INVALID/);
});
