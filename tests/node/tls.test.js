// The errors of failing TLS connections: the reason and the hint, by real TLS servers and a real Consul.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { startAgents } from "../consul/agent.js";
import { tlsFetch } from "../../pkg/cli/transport.js";
import { isPeeringError, list, remove } from "../../pkg/node.js";
import { makeCertificates } from "./certificates.js";

const UNTRUSTED = [/not signed by a trusted certificate authority/, /ca_file or CONSUL_CACERT/];
const NAME = [/for another host name/, /tls_server_name or CONSUL_TLS_SERVER_NAME/];
const PLAIN = [/the port does not speak TLS/, /plain HTTP/];
const CLIENT = [/requires a client certificate/, /cert_file and key_file, or CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY/];

describe("TLS that fails", { timeout: 60_000 }, () => {
  const folders = [];
  const certificates = () => {
    folders.push(mkdtempSync(join(tmpdir(), "consul-peering-tls-")));
    return makeCertificates(folders.at(-1), "dc1");
  };
  const { server: own, client } = certificates();
  const other = certificates();
  const servers = [];
  const ports = {};
  let consul;

  before(async () => {
    const pem = { cert: readFileSync(own.cert_file), key: readFileSync(own.key_file), ca: readFileSync(own.ca_file) };
    const answer = (request, response) => response.end("[]");
    const mutual = { ...pem, requestCert: true, rejectUnauthorized: true };
    const wanted = {
      tls: createHttpsServer(pem, answer),
      mutual: createHttpsServer(mutual, answer),
      mutual12: createHttpsServer({ ...mutual, maxVersion: "TLSv1.2" }, answer),
      http: createHttpServer(answer),
      closing: createServer((socket) => socket.destroy()),
    };
    for (const [name, server] of Object.entries(wanted)) {
      servers.push(server.on("tlsClientError", () => {}).listen(0, "127.0.0.1"));
      await once(server, "listening");
      ports[name] = server.address().port;
    }
    const tls = {
      https: { ca_file: own.ca_file, cert_file: own.cert_file, key_file: own.key_file, verify_incoming: true },
    };
    consul = await startAgents([{ name: "dc1", https: true, config: { tls } }]);
    ports.consul = new URL(consul.agents.dc1.https_address).port;
    ports.consulHttp = new URL(consul.agents.dc1.address).port;
  });
  after(async () => {
    for (const server of servers) (server.closeAllConnections?.(), server.close());
    await consul?.stop();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  const trusting = { ca_file: own.ca_file };
  for (const [what, port, settings, [message, hint], isPermanent = true] of [
    ["an authority that the runtime does not know", "tls", undefined, UNTRUSTED],
    ["another authority than the one that is named", "tls", { ca_file: other.server.ca_file }, UNTRUSTED],
    ["another name than the certificate's", "tls", { ...trusting, tls_server_name: "server.dc2.consul" }, NAME],
    ["https to a port that speaks plain HTTP, by the runtime's fetch", "http", undefined, PLAIN],
    ["https to a port that speaks plain HTTP", "http", trusting, PLAIN],
    ["https to Consul's port for plain HTTP", "consulHttp", undefined, PLAIN],
    ["no client certificate, TLS 1.3", "mutual", trusting, CLIENT],
    ["no client certificate, TLS 1.2", "mutual12", trusting, CLIENT],
    ["no client certificate, to a real Consul", "consul", trusting, CLIENT],
    ["a port that closes the connection", "closing", trusting, [/closed the connection/, /speaks TLS/], false],
  ]) {
    test(what, async () => {
      const fetch = settings && tlsFetch(settings);
      const cluster = { address: `https://127.0.0.1:${ports[port]}`, ...(fetch && { fetch }) };
      let retries = 0;
      const onProgress = ({ kind }) => (retries += kind === "retry");
      for (const call of [() => list(cluster, { onProgress }), () => remove(cluster, "us", { onProgress })]) {
        const error = await call().catch((error) => error);
        assert.ok(isPeeringError(error), String(error));
        assert.deepEqual([error.code, error.retryable, error.left_behind], ["network", !isPermanent, []]);
        assert.match(error.message, message);
        assert.match(error.message, /\([A-Z0-9_]+\)$/, "with the runtime's code");
        assert.match(error.hint, hint);
      }
      assert.equal(retries > 0, !isPermanent);
    });
  }

  test("the call succeeds with the required certificate", async () => {
    const fetch = tlsFetch({ ...trusting, cert_file: client.cert_file, key_file: client.key_file });
    assert.deepEqual(await list({ address: `https://127.0.0.1:${ports.consul}`, fetch }), []);
  });

  test("NODE_EXTRA_CA_CERTS, which the hint names, fixes it", async () => {
    const program = `import { list } from ${JSON.stringify(new URL("../../pkg/node.js", import.meta.url).href)};
      console.log(JSON.stringify(await list("https://127.0.0.1:${ports.tls}")));`;
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: own.ca_file };
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], { env });
    assert.equal(stdout, "[]\n");
  });

  test("http to a port that speaks TLS, to a real Consul", async () => {
    const error = await list(`http://127.0.0.1:${ports.consul}`).catch((error) => error);
    assert.deepEqual([error.code, error.status, error.retryable], ["network", 400, false]);
    assert.match(error.message, /the port speaks TLS/);
    assert.match(error.hint, /https:\/\/.*CONSUL_HTTP_SSL=true/);
  });
});
