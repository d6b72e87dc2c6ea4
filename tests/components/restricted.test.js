// Hosts that restrict the component `consul-peering`: to addresses, by a timeout, and by cancelling a call.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { read } from "../../pkg/node.js";
import { makeCertificates } from "../node/certificates.js";
import { at, side, startServer, startSimulated, startWithoutEstablish } from "./clusters.js";
import { hosts } from "./hosts.js";
import { PEERING } from "./place.js";
import { checkTable } from "./table.js";

const OPTIONS = { timeout: 60_000 };
const refused = /^no response: the host of the component does not allow requests to this address/;
const restricts = new Set();

describe("addresses that the host does not allow", () => {
  let allowed, other;
  before(async () => {
    allowed = await startServer((_, response) => response.end("[]"));
    other = await startServer((_, response) => response.end("[]"));
  });
  after(() => Promise.all([allowed?.stop(), other?.stop()]));

  for (const host of hosts.filter((host) => host.restricts)) {
    test(`${host.name}: a coded error with the reason, and nothing is sent`, async () => {
      const calls = [allowed, other].flatMap((server) => [
        ["list-peerings", [at(server), OPTIONS]], // GET
        ["permissions", [at(server), OPTIONS]], // POST
      ]);
      const [list, , ...errors] = await host.call(PEERING, calls, { allowed: [allowed.address] });
      assert.equal(list, "[]");
      for (const { code, reason, hint, retryable, left_behind } of errors) {
        assert.equal(code, "network");
        assert.match(reason, refused);
        assert.match(hint, /^Add the address to those that the host allows/);
        assert.deepEqual([retryable, left_behind], [false, []]);
      }
      assert.deepEqual(other.observed, []);
      restricts.add(host.name);
    });

    test(`${host.name}: case, path and default port of an allowed address do not matter`, async () => {
      const written = allowed.address.replace("http://127.0.0.1", "HTTP://LocalHost");
      const local = { address: written.toLowerCase() };
      const [list] = await host.call(PEERING, [["list-peerings", [at(local), OPTIONS]]], {
        allowed: [`${written}/v1/`],
      });
      assert.equal(list, "[]");
      for (const [permitted, address] of [
        ["http://127.0.0.1", "http://127.0.0.1:80"],
        ["https://127.0.0.1:443", "https://127.0.0.1"],
      ]) {
        const calls = [["list-peerings", [at({ address }), { timeout: 1_000 }]]];
        const [error] = await host.call(PEERING, calls, { allowed: [permitted] });
        assert.doesNotMatch(error.reason, refused); // it may have any other error: what listens there is unknown
      }
    });
  }
});

describe("a response that ends too early", () => {
  let short;
  before(async () => {
    const headers = { "Content-Type": "application/json", "Content-Length": 500 };
    const cut = (response) => response.write("[]", () => response.destroy());
    short = await startServer((_, response) => cut(response.writeHead(200, headers)));
  });
  after(() => short?.stop());

  for (const host of hosts) {
    test(`${host.name}: it is not taken for the whole response`, async () => {
      const calls = [["list-peerings", [at(short), { timeout: 2_000 }]]];
      const [error] = await host.call(PEERING, calls, host.restricts && { allowed: [short.address] });
      assert.equal(error.code, "network", JSON.stringify(error));
      assert.equal(error.retryable, true);
      assert.doesNotMatch(error.reason, /ErrorCode/);
    });
  }
});

test("jco does not accept an IPv6 address: a coded error with the reason", async () => {
  const jco = hosts.find(({ name }) => name.includes("jco"));
  const [error] = await jco.call(PEERING, [["list-peerings", [at({ address: "http://[::1]:8500" }), OPTIONS]]]);
  assert.deepEqual([error.code, error.retryable], ["network", false]);
  assert.match(error.reason, /the host of the component does not accept the address or a header/);
});

describe("TLS with certificates of Consul's own authority", () => {
  const folder = mkdtempSync(join(tmpdir(), "consul-peering-components-"));
  const python = hosts.find(({ name }) => name.startsWith("Python"));
  const calls = (address) => [["list-peerings", [at({ address }), OPTIONS]]];
  let server, client, address;
  before(async () => {
    const files = makeCertificates(folder, "dc1");
    const [ca, cert, key] = Object.values(files.server).map((file) => readFileSync(file));
    const options = { ca, cert, key, requestCert: true, rejectUnauthorized: true };
    server = createServer(options, (_, response) => response.end("[]")).listen(0, "127.0.0.1");
    await once(server, "listening");
    address = `https://localhost:${server.address().port}`;
    const [CA_FILE, CERT_FILE, KEY_FILE] = Object.values(files.client);
    client = { CA_FILE, CERT_FILE, KEY_FILE };
  });
  after(async () => {
    server?.close();
    rmSync(folder, { recursive: true });
  });

  test("RestrictedHttp in Python: with the authority and a client certificate", async () => {
    const options = { allowed: [address], tls: client };
    assert.deepEqual(await python.call(PEERING, calls(address), options), ["[]"]);
  });

  test("RestrictedHttp in Python: without the authority", async () => {
    const [error] = await python.call(PEERING, calls(address), { allowed: [address] });
    assert.equal(error.code, "network");
    assert.match(error.reason, /the server's certificate is not trusted, has expired, or is for another host name/);
    assert.doesNotMatch(error.hint, /CONSUL_|NODE_/);
  });

  test("wasmtime's own wasi:http: it does not trust the authority", async () => {
    const [error] = await python.call(PEERING, calls(address));
    assert.equal(error.code, "network");
    assert.match(error.reason, /^the TLS handshake failed/);
  });
});

describe("timeouts", () => {
  let simulated, silent, west;
  before(async () => {
    simulated = await startSimulated(false);
    silent = await startServer(() => {});
    west = await startWithoutEstablish(simulated.west);
  });
  after(() => Promise.all([simulated?.stop(), silent?.stop(), west?.stop()]));

  for (const host of hosts) {
    test(`${host.name}: a server that does not respond`, async () => {
      const [error] = await host.call(PEERING, [["read", [at(silent), "west", { timeout: 500 }]]]);
      assert.deepEqual([error.code, error.retryable], ["timeout", true]);
      assert.match(error.reason, /^timed out after 500 ms/);
    });

    test(`${host.name}: what the call left behind`, async () => {
      const { east } = simulated;
      const [there, here] = [`west-${hosts.indexOf(host)}`, `east-${hosts.indexOf(host)}`];
      const sides = [side(east, there), side(west, here)];
      let error;
      // As long as this machine needs to come to the request without a response.
      for (let timeout = 1_000; timeout < 100_000 && !error?.left_behind.length; timeout *= 4) {
        [error] = await host.call(PEERING, [["connect", [...sides, { timeout }]]]);
        assert.equal(error.code, "timeout");
      }
      assert.deepEqual(
        error.left_behind.map(({ cluster, peer_name, code }) => [cluster, peer_name, code]),
        [
          [west.address, here, "establish_unanswered"],
          [east.address, there, "token_unused"],
        ],
      );
    });
  }
});

describe("a call that the host cancels", () => {
  let simulated;
  before(async () => (simulated = await startSimulated(false)));
  after(() => simulated?.stop());

  for (const host of hosts.filter((host) => host.cancels)) {
    test(`${host.name}: it ends while its request waits for a response`, async () => {
      const silent = await startServer(() => {});
      const call = ["wait", [at(silent), "west", "gone", { timeout: null }]];
      const results = await host.call(PEERING, [call, call], { allowed: [silent.address], cancel: silent.requested });
      assert.deepEqual(results, ["cancelled"]);
      await silent.stop();
    });

    test(`${host.name}: connect leaves what it created, and another connect resumes`, async () => {
      const west = await startWithoutEstablish(simulated.west);
      const { east } = simulated;
      const [there, here] = [`west-${hosts.indexOf(host)}`, `east-${hosts.indexOf(host)}`];
      const connect = (west) => [["connect", [side(east, there), side(west, here), OPTIONS]]];
      const options = { allowed: [east.address, west.address], cancel: west.establishing };
      assert.deepEqual(await host.call(PEERING, connect(west), options), ["cancelled"]);
      const { role, state } = await read(east.address, there);
      assert.deepEqual([role, state, await read(simulated.west.address, here)], ["acceptor", "PENDING", null]);
      const [linked] = await host.call(PEERING, connect(simulated.west));
      assert.deepEqual([linked.changed, JSON.parse(linked.dialer).state], [true, "ACTIVE"]);
      await west.stop();
    });
  }
});

test("docs/components.md has these results", () => {
  const result = ({ name, restricts: can }) =>
    can ? (restricts.has(name) ? "passed" : "failed") : "not possible: `-S http` allows all addresses";
  const rows = hosts.map((host) => [host.name, "`peering`, addresses restricted", host.version, result(host)]);
  checkTable("restricted", rows);
});
