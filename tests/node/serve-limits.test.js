// The limits of the page's server, towards clusters and networks.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import net from "node:net";
import { once } from "node:events";
import { before, describe, test } from "node:test";
import tls from "node:tls";
import { response, responses } from "../hostile/responses.js";
import { startHostile } from "../hostile/server.js";
import { makeCertificates } from "./certificates.js";
import { aclToken } from "./secrets.js";
import { ask, folderWith, open, startServing, stubCluster } from "./serving.js";

const ACL = aclToken("11117777-0000-4c8e-9d3a-acacacacacac");

/** A page before a server that sends anything. */
async function behind(t, respond, options) {
  const hostile = await startHostile(respond);
  t.after(() => hostile.close());
  const server = await startServing({ eu: { address: hostile.address, token: ACL } }, options);
  t.after(() => server.close());
  return { page: await open(server), hostile };
}

const LIST = "clusters/eu/v1/peerings";
const ONE = "clusters/eu/v1/peering/us";

describe("headers from a cluster", () => {
  const returned = async (t, headers) => {
    const { page } = await behind(t, () => [response("200 OK", "[]", headers)]);
    const { headers: all, status } = await page.ask(LIST);
    assert.equal(status, 200);
    return [all["x-consul-index"], all["retry-after"]];
  };

  test("a numeric index, and a delay or a date, are forwarded", async (t) => {
    const date = "Tue, 24 Nov 2026 05:58:13 GMT";
    assert.deepEqual(await returned(t, ["X-Consul-Index: 17", "Retry-After: 3"]), ["17", "3"]);
    assert.deepEqual(await returned(t, [`Retry-After: ${date}`]), [undefined, date]);
  });

  test("others are not, least of all with the server's ACL token", async (t) => {
    for (const value of [ACL, `7, ${ACL}`, "-1", "1e3", "0x11", "7 8", "", "9".repeat(21), "soon", `Tue ${ACL} 2026`]) {
      const headers = [`X-Consul-Index: ${value}`, `Retry-After: ${value}`];
      assert.deepEqual(await returned(t, headers), [undefined, undefined], value);
    }
  });

  test("nor is a numeric ACL token", async (t) => {
    const server = await startHostile(() => [response("200 OK", "[]", ["X-Consul-Index: 1234567890"])]);
    t.after(() => server.close());
    const serving = await startServing({ eu: { address: server.address, token: "1234567890" } });
    t.after(() => serving.close());
    assert.equal((await (await open(serving)).ask(LIST)).headers["x-consul-index"], undefined);
  });
});

describe("any response", { concurrency: 8 }, () => {
  for (const [title, respond] of Object.entries(responses)) {
    test(`${title}: the browser gets a valid one, without the ACL token`, async (t) => {
      const { page } = await behind(t, respond, { limits: { timeout: 300, list: 1_000_000 } });
      for (const [path, options] of [[LIST], [`${LIST}?index=7&wait=1ms`], [ONE], [ONE, { method: "DELETE" }]]) {
        const { status, headers, text } = await page.ask(path, options);
        assert.ok(status >= 200 && status <= 599);
        assert.match(headers["content-type"], /^(application\/json|text\/plain; charset=utf-8)$/);
        assert.ok(!JSON.stringify(headers).includes(ACL) && !text.includes(ACL));
      }
      assert.equal((await page.ask("clusters.json")).status, 200, "the server continues");
    });
  }

  test("a cluster that echoes the request", async (t) => {
    const { page } = await behind(t, ({ headers }) => [
      response(
        "200 OK",
        headers["x-consul-token"],
        Object.entries(headers).map(([k, v]) => `${k}: ${v}`),
      ),
    ]);
    const { text, headers } = await page.ask(LIST);
    assert.ok(!text.includes(ACL) && !JSON.stringify(headers).includes(ACL));
  });
});

describe("bytes", () => {
  const LISTS = /peerings|service-resolver$/;
  const sized = (bytes) => [response("200 OK", "x".repeat(bytes), ["Content-Type: application/json"])];

  test("a list up to its limit, other responses up to 1 MB", async (t) => {
    const { page } = await behind(t, ({ target }) => sized(LISTS.test(target) ? 3_000_000 : 1_048_577), {
      limits: { list: 3_000_000 },
    });
    for (const path of [LIST, "clusters/eu/v1/config/service-resolver"])
      assert.equal((await page.ask(path)).text.length, 3_000_000, path);
    const single = ["connect/ca/roots", "catalog/datacenters", "config/mesh/mesh", "config/exported-services/default"];
    for (const path of [ONE, ...single.map((path) => `clusters/eu/v1/${path}`)]) {
      const { status, text } = await page.ask(path);
      assert.deepEqual([status, text], [502, "The response of the cluster eu is too large.\n"], path);
    }
  });

  test("all responses together: one beyond the limit is refused, until another was sent", async (t) => {
    let begun = false;
    let finish = false;
    function* slow() {
      begun = true;
      const whole = response("200 OK", "x".repeat(600));
      yield whole.slice(0, -1);
      while (!finish) yield 5;
      yield whole.slice(-1);
    }
    const respond = () => (begun ? sized(600) : slow());
    const { page } = await behind(t, respond, { limits: { held: 1_000, timeout: 60_000 } });
    const held = page.ask(LIST);
    while (!begun) await new Promise(setImmediate);
    let read;
    // The other's first bytes may not have come yet.
    while ((read = await page.ask(ONE)).status === 200) await new Promise(setImmediate);
    assert.deepEqual([read.status, read.headers["retry-after"]], [503, "1"]);
    assert.equal(read.headers["consul-peering-cause"], "busy");
    const write = await page.ask(ONE, { method: "DELETE" });
    assert.equal(write.status, 502, "which the page takes for a lost response, as it is");
    finish = true;
    assert.equal((await held).text.length, 600);
    // The memory is released when the connection has sent the response.
    while ((await page.ask(ONE)).status !== 200) await new Promise(setImmediate);
  });

  test("an endless list is cut off", async (t) => {
    const { page, hostile } = await behind(t, responses["a body without an end"], { limits: { list: 1_000_000 } });
    assert.equal((await page.ask(LIST)).status, 502);
    await hostile.drained();
  });
});

describe("with TLS", { skip: !process.env.CONSUL && "CONSUL is not set" }, () => {
  const folder = folderWith({});
  let pair;
  let ca;
  before(() => {
    const { server } = makeCertificates(folder, "dc1");
    pair = { cert: readFileSync(server.cert_file, "utf8"), key: readFileSync(server.key_file, "utf8") };
    ca = readFileSync(server.ca_file);
  });

  async function secure(t, { listen = "127.0.0.1:0", ...options } = {}) {
    const { cluster } = stubCluster();
    const server = await startServing({ eu: cluster }, { listen, tls: pair, password: "a long password", ...options });
    t.after(() => server.close());
    return server;
  }
  const connect = async (port, options) => {
    const socket = tls.connect({ port, host: "127.0.0.1", ca, servername: "localhost", ...options });
    await Promise.race([once(socket, "secureConnect"), once(socket, "error").then(([error]) => Promise.reject(error))]);
    const { name } = socket.getCipher();
    socket.destroy();
    return `${socket.getProtocol?.() ?? ""} ${name}`;
  };

  test("1.3, or 1.2 with forward secrecy and authenticated encryption", async (t) => {
    const { port } = await secure(t);
    const v12 = { minVersion: "TLSv1.2", maxVersion: "TLSv1.2" };
    assert.match(await connect(port), /TLS_AES_256_GCM_SHA384/);
    assert.match(await connect(port, v12), /ECDHE-ECDSA-AES256-GCM-SHA384/);
    const refused = [
      { ...v12, ciphers: "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA384" }, // CBC
      { ...v12, ciphers: "AES128-GCM-SHA256:AES256-SHA256:AES128-SHA" }, // no forward secrecy
      { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT:@SECLEVEL=0" },
    ];
    for (const options of refused) await assert.rejects(connect(port, options), /alert|protocol|ECONNRESET/i);
  });

  test("HSTS is sent, except on a loopback address", async (t) => {
    const header = async (listen) => {
      const { port } = await secure(t, { listen });
      const connectTo = { servername: "localhost" };
      const { headers } = await ask(`https://127.0.0.1:${port}/`, {
        ca,
        connectTo,
        headers: { Host: `localhost:${port}` },
      });
      return headers["strict-transport-security"];
    };
    assert.equal(await header("0.0.0.0:0"), "max-age=31536000");
    assert.equal(await header("127.0.0.1:0"), undefined);
  });

  test("a connection that does not shake hands is closed", async (t) => {
    const { port } = await secure(t, { connections: { handshakeTimeout: 50 } });
    const socket = net.connect(port, "127.0.0.1");
    await once(socket.resume(), "close");
  });

  test("an address has a limited number of connections, until one is closed", async (t) => {
    const { port } = await secure(t, { connections: { perAddress: 2 } });
    const idle = async (localAddress) => {
      const socket = net.connect({ port, host: "127.0.0.1", localAddress });
      t.after(() => socket.destroy());
      await once(socket.on("error", () => {}).resume(), "connect");
      return socket;
    };
    const [first] = [await idle(), await idle()];
    await once(await idle(), "close"); // the third
    assert.match(await connect(port, { localAddress: "127.0.0.2" }), /TLS/, "another address has its own");
    first.destroy();
    let served;
    while (!served) served = await connect(port).catch(() => {});
  });

  test("the default limits", async () => {
    const { TLS } = await import("../../pkg/serve/tls.js");
    assert.equal(TLS.handshakeTimeout, 10_000);
    assert.equal(TLS.minVersion, "TLSv1.2");
  });
});
