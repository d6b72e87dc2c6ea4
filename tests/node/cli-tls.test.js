// The command line and its transport over TLS: by the environment, by clusters.json, against a real Consul that
// requires client certificates.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpsServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startAgents } from "../consul/agent.js";
import { tlsFetch } from "../../pkg/cli/transport.js";
import { closedPort, printed, run, write } from "./command-line.js";

const BUILT_CONSUL = fileURLToPath(new URL("../../target/consul", import.meta.url));
process.env.CONSUL ??= existsSync(BUILT_CONSUL) ? BUILT_CONSUL : "consul";

/** All secrets of this file, for which all output is searched at the end. */
const secrets = new Set();

describe("TLS", () => {
  let cluster;
  const tls = mkdtempSync(join(tmpdir(), "consul-peering-tls-"));
  const at = (name) => join(tls, name);
  const client = {
    CONSUL_CACERT: at("consul-agent-ca.pem"),
    CONSUL_CLIENT_CERT: at("tls-client-consul-0.pem"),
    CONSUL_CLIENT_KEY: at("tls-client-consul-0-key.pem"),
  };
  let address;

  before(async () => {
    const consul = (...words) => execFileSync(process.env.CONSUL, ["tls", ...words], { cwd: tls, stdio: "ignore" });
    consul("ca", "create");
    consul("cert", "create", "-server", "-dc", "tls");
    consul("cert", "create", "-client", "-dc", "tls");
    const certificates = {
      ca_file: client.CONSUL_CACERT,
      cert_file: at("tls-server-consul-0.pem"),
      key_file: at("tls-server-consul-0-key.pem"),
      verify_incoming: true,
    };
    cluster = await startAgents([{ name: "tls", https: true, config: { tls: { https: certificates } } }]);
    address = cluster.agents.tls.https_address;
  });
  after(async () => {
    await cluster?.stop();
    rmSync(tls, { recursive: true, force: true });
  });

  const list = (env, words = []) => run(["list", "--json", ...words], { env });

  test("mutual TLS by the environment", async () => {
    const CONSUL_HTTP_ADDR = address;
    assert.deepEqual(await list({ ...client, CONSUL_HTTP_ADDR }), { code: 0, out: "[]\n", err: "" });
    const bare = { ...client, CONSUL_HTTP_ADDR: address.slice("https://".length), CONSUL_HTTP_SSL: "true" };
    assert.equal((await list(bare)).code, 0, "CONSUL_HTTP_SSL means https");
    const http = { ...client, CONSUL_HTTP_ADDR: address.replace("https:", "http:"), CONSUL_HTTP_SSL: "true" };
    assert.equal((await list(http)).code, 0, "never http if TLS was requested");
  });

  test("a token generated over mutual TLS: a POST with a body", async () => {
    const made = await run(["token", "generate", "x", "--cluster", address], { env: client, secretOutput: true });
    assert.equal(made.code, 0, made.err);
    secrets.add(made.out.trim());
    assert.equal((await run(["delete", "x", "--yes", "--cluster", address], { env: client })).code, 0);
  });

  test("without the CA, the server is not trusted; without a certificate, the client is not", async () => {
    const CONSUL_HTTP_ADDR = address;
    const untrusted = await list({ CONSUL_HTTP_ADDR });
    assert.equal(untrusted.code, 1);
    assert.match(JSON.parse(untrusted.err).cause, /certificate/);
    const anonymous = await list({ CONSUL_HTTP_ADDR, CONSUL_CACERT: client.CONSUL_CACERT });
    assert.equal(anonymous.code, 1);
    assert.equal(JSON.parse(anonymous.err).code, "network");
  });

  test("CONSUL_TLS_SERVER_NAME must match the certificate", async () => {
    const named = (CONSUL_TLS_SERVER_NAME) => list({ ...client, CONSUL_HTTP_ADDR: address, CONSUL_TLS_SERVER_NAME });
    assert.equal((await named("server.tls.consul")).code, 0);
    const wrong = await named("server.other.consul");
    assert.equal(wrong.code, 1);
    assert.match(JSON.parse(wrong.err).cause, /server\.other\.consul/);
  });

  test("by clusters.json, whose settings replace the environment's", async () => {
    const entry = {
      address,
      ca_file: client.CONSUL_CACERT,
      cert_file: client.CONSUL_CLIENT_CERT,
      key_file: client.CONSUL_CLIENT_KEY,
    };
    const file = write("tls.json", { tls: entry, named: { ...entry, tls_server_name: "server.other.consul" } });
    const by = (alias, env) => list(env, ["--cluster", alias, "--clusters", file]);
    assert.equal((await by("tls", {})).code, 0);
    assert.equal((await by("tls", { CONSUL_TLS_SERVER_NAME: "server.other.consul" })).code, 0);
    assert.equal((await by("named", {})).code, 1);
  });

  test("a key that does not belong to the certificate is reported before a request", async () => {
    const CONSUL_CLIENT_KEY = at("tls-server-consul-0-key.pem");
    const { code, err } = await list({ ...client, CONSUL_CLIENT_KEY, CONSUL_HTTP_ADDR: address });
    assert.equal(code, 2);
    assert.equal(
      JSON.parse(err).message,
      `The key in ${CONSUL_CLIENT_KEY} does not belong to the certificate in ${client.CONSUL_CLIENT_CERT}.`,
    );
  });

  test("a damaged or encrypted file is reported, without OpenSSL's message", async () => {
    const [certificate, key] = [client.CONSUL_CLIENT_CERT, client.CONSUL_CLIENT_KEY].map((file) =>
      readFileSync(file, "utf8"),
    );
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const encrypted = privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" });
    const damaged = (pem) => pem.replace(/\n.{10}/, "\n");
    for (const [name, text, expected] of [
      [
        "CONSUL_CACERT",
        damaged(certificate),
        "The certificate authority file FILE is damaged: its CERTIFICATE cannot be read.",
      ],
      [
        "CONSUL_CLIENT_CERT",
        damaged(certificate),
        "The client certificate file FILE is damaged: its CERTIFICATE cannot be read.",
      ],
      ["CONSUL_CLIENT_KEY", damaged(key), "The client key file FILE is damaged: its PRIVATE KEY cannot be read."],
      ["CONSUL_CLIENT_KEY", encrypted, "The client key file FILE is encrypted with a passphrase."],
    ]) {
      const file = at("damaged.pem");
      writeFileSync(file, text, { mode: 0o600 });
      const { code, err } = await list({ ...client, [name]: file, CONSUL_HTTP_ADDR: address });
      assert.equal(code, 2);
      assert.equal(JSON.parse(err).message, expected.replace("FILE", file));
    }
  });

  describe("the transport is a fetch", { timeout: 30_000 }, () => {
    let server;
    let base;
    let fetch;
    before(async () => {
      const options = {
        cert: readFileSync(at("tls-server-consul-0.pem")),
        key: readFileSync(at("tls-server-consul-0-key.pem")),
      };
      server = createHttpsServer(options, async (request, response) => {
        if (request.url === "/moved") response.writeHead(307, { Location: "/" }).end();
        else if (request.url === "/moved-with-body") response.writeHead(307, { Location: "/" }).end("moved");
        else if (request.url === "/moved-slowly") response.writeHead(307, { Location: "/" }).write("begun");
        else if (request.url === "/empty") response.writeHead(204).end();
        else if (request.url === "/slow") response.writeHead(200).write("begun");
        else if (request.url === "/cut")
          response.writeHead(200, { "Content-Length": 100 }).write("begun", () => response.destroy());
        else if (request.url === "/large") response.end("x".repeat(5_000_000));
        else {
          let body = "";
          for await (const chunk of request) body += chunk;
          response
            .writeHead(201, { "X-Consul-Index": "7" })
            .end(JSON.stringify([request.method, request.headers["x-a"], body]));
        }
      }).listen(0, "127.0.0.1");
      await once(server, "listening");
      base = `https://127.0.0.1:${server.address().port}`;
      fetch = tlsFetch({ ca_file: client.CONSUL_CACERT });
    });
    after(() => {
      server.closeAllConnections();
      server.close();
    });

    test("method, headers, body, status", async () => {
      const response = await fetch(`${base}/`, { method: "POST", headers: { "X-A": "1" }, body: "ä" });
      assert.ok(response instanceof Response);
      assert.equal(response.status, 201);
      assert.equal(response.headers.get("x-consul-index"), "7");
      assert.deepEqual(await response.json(), ["POST", "1", "ä"]);
    });

    test("responses without a body, with a large one, and a redirect that is not followed", async () => {
      assert.equal((await fetch(`${base}/empty`)).status, 204);
      assert.equal((await (await fetch(`${base}/large`)).text()).length, 5_000_000);
      const moved = await fetch(`${base}/moved`, { redirect: "manual" });
      assert.equal(moved.status, 307);
    });

    test("cancelling an unread body closes its connection", async () => {
      server.keepAliveTimeout = 0; // as Consul, which closes no idle connection
      const closed = [];
      const signal = AbortSignal.timeout(10_000);
      const track = (socket) => closed.push(once(socket, "close", { signal }));
      server.on("secureConnection", track);
      const own = tlsFetch({ ca_file: client.CONSUL_CACERT });
      for (const path of ["/moved-with-body", "/moved-slowly"]) {
        for (let i = 0; i < 3; i++) await (await own(base + path)).body.cancel();
      }
      server.off("secureConnection", track);
      assert.equal(closed.length, 6);
      await Promise.all(closed);
    });

    test("an abort rejects with the signal's own reason, before, during and after the headers", async () => {
      const reason = { any: "thing" };
      await assert.rejects(fetch(`${base}/`, { signal: AbortSignal.abort(reason) }), (e) => e === reason);
      const early = new AbortController();
      const pending = fetch(`${base}/`, { signal: early.signal });
      early.abort("why");
      await assert.rejects(pending, (e) => e === "why");
      const late = new AbortController();
      const response = await fetch(`${base}/slow`, { signal: late.signal });
      const body = response.text();
      setTimeout(() => late.abort(reason), 50);
      await assert.rejects(body, (e) => e === reason);
    });

    test("failures are a TypeError whose cause is Node's error", async () => {
      const { port } = await closedPort();
      const cause = (code) => (e) => e instanceof TypeError && e.cause.code === code;
      await assert.rejects(fetch(`https://127.0.0.1:${port}/`), cause("ECONNREFUSED"));
      await assert.rejects(tlsFetch({ tls_server_name: "x" })(`${base}/`), (e) =>
        /CERT|VERIFY|SELF/.test(e.cause.code),
      );
      await assert.rejects((await fetch(`${base}/cut`)).text(), cause("ECONNRESET"));
    });
  });
});

test("no secret was ever printed", () => {
  assert.ok(secrets.size > 0);
  for (const { words, text } of printed) {
    for (const secret of secrets) assert.ok(!text.includes(secret), `\`${words.join(" ")}\` printed a secret`);
  }
});
