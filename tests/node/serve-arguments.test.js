// `consul-peering serve` with arguments, files and settings that it refuses: it names them, and does not start.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { describe, test } from "node:test";
import { runHere, write } from "./command-line.js";
import { aclToken } from "./secrets.js";
import { NO_CONSUL, run } from "./serve-process.js";
import { packageWith } from "./serving.js";

// A server that starts all the same would run in this process until the limit.
describe("not started", { timeout: 300_000 }, () => {
  const assertRefused = ({ code, out, err }, expected, expectedCode = 2) => {
    assert.match(err, expected);
    assert.deepEqual([code, out], [expectedCode, ""], err);
    return err;
  };
  const refused = async (words, expected, { env } = {}) =>
    assertRefused(await runHere(["serve", ...words], { env }), expected);

  test("the port is taken", async (t) => {
    const other = createServer().listen(0, "127.0.0.1");
    t.after(() => other.close());
    await once(other, "listening");
    const listen = `127.0.0.1:${other.address().port}`;
    const expected = /cannot listen on 127\.0\.0\.1:\d+ \(EADDRINUSE\).*Next: .*another port with --listen/s;
    assertRefused(await run(["--listen", listen]), expected, 1);
    assertRefused(await run(["--listen", listen, "--demo"], { env: NO_CONSUL }), expected, 1);
  });

  test("--listen is invalid, or not an address of this machine", async () => {
    const places = ["8700", ":8700", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "[::1]", "::1:8700", "a b:1"];
    for (const place of [...places, "http://127.0.0.1:1", "127.0.0.1:80/x", "x@127.0.0.1:80", "127.0.0.1:80?x", ""]) {
      await refused([`--listen=${place}`], /is not a host and a port.*127\.0\.0\.1:8700 or \[::1\]:8700/s);
    }
    for (const host of ["*", "no.such.host.invalid"]) {
      await refused(["--listen", `${host}:8700`], /the host .* is not known here.*an address of this host/s);
    }
  });

  test("reachable by others: not without TLS and a password", async () => {
    const sentence = /requires TLS and a password, because other machines can reach it.*--tls-cert.*--password-file/s;
    for (const place of ["0.0.0.0:0", "[::]:0", "192.0.2.1:8700"]) await refused(["--listen", place], sentence);
    const password = { CONSUL_PEERING_PASSWORD: "correct horse battery" };
    await refused(["--listen", "0.0.0.0:0"], sentence, { env: password });
  });

  test("a password as an argument, in an empty file, or a short one", async () => {
    const secret = "correct-horse-battery";
    const err = await refused(["--password", secret], /no option --password/);
    assert.ok(!err.includes(secret));
    await refused(["--password-file", "nowhere"], /--password-file: the file does not exist/);
    const short = await refused(["--password-file", write("short", "short-one\n")], /shorter than 12 characters/);
    assert.ok(!short.includes("short-one"));
    await refused([], /shorter than 12 characters/, { env: { CONSUL_PEERING_PASSWORD: "x" } });
  });

  test("a certificate without its key, no certificate, another's key", async () => {
    await refused(["--tls-cert", "a.pem"], /--tls-cert requires --tls-key/);
    await refused(["--tls-key", "a.pem"], /--tls-key requires --tls-cert/);
    await refused(["--tls-cert", "a.pem", "--tls-key", "a.pem"], /server's certificate file a\.pem does not exist/);
    const empty = write("empty.pem", "x");
    await refused(["--tls-cert", empty, "--tls-key", empty], /contains no CERTIFICATE/);
  });

  test("the clusters file: as everywhere else, and its aliases must be valid in an address", async () => {
    await refused(["--clusters", "nowhere.json"], /nowhere\.json does not exist/);
    await refused(["--clusters", write("none.json", {})], /has no clusters/);
    await refused(["--clusters", write("text.json", "{")], /is not valid JSON/);
    const address = "http://127.0.0.1:1";
    const file = (entry) => write("wrong.json", entry);
    await refused(["--clusters", file({ eu: { address, token: "x" } })], /secrets do not belong in this file/);
    await refused(["--clusters", file({ eu: { address, token_env: "UNSET" } })], /The variable UNSET.*is not set/);
    await refused(["--clusters", file({ eu: { address: `${address}/?dc=us` } })], /query or a fragment/);
    const withPassword = address.replace("//", `//operator:${aclToken("password-in-an-address")}@`);
    const err = await refused(["--clusters", file({ eu: { address: withPassword } })], /user name or a password/);
    assert.doesNotMatch(err, /password-in-an-address/);
    for (const alias of ["", "a/b", "..", ".eu", "e u", "eü", "a%2fb", "__proto__"]) {
      const entry = `{ ${JSON.stringify(alias)}: { "address": "${address}" } }`;
      await refused(["--clusters", file(entry)], /alias .* is not valid in an address/);
    }
    await refused(["--simulated"], /--simulated needs --demo/);
    await refused(["--demo", "--clusters", file({ eu: { address } })], /--demo and --clusters cannot be combined/);
    await refused([], /CONSUL_HTTP_SSL_VERIFY=false is refused/, { env: { CONSUL_HTTP_SSL_VERIFY: "false" } });
  });

  test("a package without its page reports how to build it, before a start", async () => {
    const started = await run(["--demo"], { cli: packageWith() });
    assertRefused(started, /The page is missing: .*www has no index\.html.*make build/s);
  });

  test("operands, and options of other commands", async () => {
    await refused(["eu"], /takes none/);
    await refused(["--cluster", "eu"], /no option --cluster/);
    await refused(["--timeout", "1s"], /no option --timeout/);
  });
});

test("--help names every option, and how to sign in", async () => {
  const { code, out } = await runHere(["serve", "--help"]);
  assert.equal(code, 0);
  for (const option of [
    "--listen",
    "--demo",
    "--simulated",
    "--clusters",
    "--tls-cert",
    "--tls-key",
    "--password-file",
    "--json",
  ]) {
    assert.match(out, new RegExp(`^ +${option}`, "m"));
  }
  assert.match(out, /CONSUL_PEERING_PASSWORD/);
  assert.match((await runHere(["--help"])).out, /^Admin page\n {2}serve /m);
});
