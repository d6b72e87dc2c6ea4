// The page's server for other machines: TLS, a password, and the limit of attempts.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { namesOf } from "../../pkg/serve/listen-address.js";
import { start, write } from "./command-line.js";
import { aclToken } from "./secrets.js";
import { ask, folderWith, packageWith, PAGE, raw, startServing, stubCluster } from "./serving.js";

const BUILT_CONSUL = fileURLToPath(new URL("../../target/consul", import.meta.url));
const CONSUL = process.env.CONSUL ?? (existsSync(BUILT_CONSUL) ? BUILT_CONSUL : "consul");
const NAME = "peering.example";
const PASSWORD = aclToken("correct horse battery staple");

const folder = folderWith({});
const at = (name) => join(folder, name);
let ca;
let tls;
before(() => {
  const consul = (...words) => execFileSync(CONSUL, ["tls", ...words], { cwd: folder, stdio: "ignore" });
  consul("ca", "create");
  consul("cert", "create", "-server", "-dc", "dc1", `-additional-dnsname=${NAME}`);
  ca = readFileSync(at("consul-agent-ca.pem"));
  tls = {
    cert: readFileSync(at("dc1-server-consul-0.pem"), "utf8"),
    key: readFileSync(at("dc1-server-consul-0-key.pem"), "utf8"),
  };
});

/** A server on any address of this machine, and requests to it by one of its names. */
async function remote(t, options) {
  const { cluster, asked } = stubCluster();
  const server = await startServing({ eu: cluster }, { listen: "0.0.0.0:0", tls, password: PASSWORD, ...options });
  t.after(() => server.close());
  const asking = (path, { name = NAME, from, headers, ...options } = {}) =>
    ask(`https://127.0.0.1:${server.port}${path}`, {
      ca,
      headers: { Host: `${name}:${server.port}`, ...headers },
      connectTo: { servername: name, localAddress: from },
      agent: false,
      ...options,
    });
  const origin = `https://${NAME}:${server.port}`;
  const signIn = (password, { headers, ...options } = {}) =>
    asking("/", {
      method: "POST",
      headers: { Origin: origin, "Content-Type": "application/x-www-form-urlencoded", ...headers },
      body: new URLSearchParams({ password }).toString(),
      ...options,
    });
  return { ...server, asked, asking, signIn, origin };
}

describe("signing in", () => {
  test("a page prompts for the password, and contains nothing else", async (t) => {
    const { asking, asked } = await remote(t);
    for (const path of ["/", "/app.js", "/clusters.json", "/clusters/eu/v1/peerings"]) {
      const { status, text, headers } = await asking(path, { headers: { Accept: "text/html" } });
      assert.equal(status, 401, path);
      assert.match(
        text,
        /<label for="password">Password<\/label>\s*<input id="password" name="password" type="password"/,
      );
      assert.equal(headers["set-cookie"], undefined);
      assert.match(headers["content-security-policy"], /form-action 'self'/);
    }
    assert.equal((await asking("/clusters.json")).text, "This browser is not signed in.\n");
    assert.equal(asked.length, 0);
  });

  test("the password sets a cookie for this host only, and opens the page", async (t) => {
    const { asking, signIn, port } = await remote(t);
    const { status, headers } = await signIn(PASSWORD);
    assert.deepEqual([status, headers.location], [303, "/"]);
    const expected = `^__Host-consul-peering-${port}=[\\w-]{32}; Path=/; HttpOnly; SameSite=Strict; Secure$`;
    assert.match(headers["set-cookie"][0], new RegExp(expected));
    const Cookie = headers["set-cookie"][0].split(";")[0];
    assert.equal((await asking("/", { headers: { Cookie } })).text, PAGE["index.html"]);
    assert.equal((await asking("/clusters/eu/v1/peerings", { headers: { Cookie } })).text, "[]");
    const { eu } = JSON.parse((await asking("/clusters.json", { headers: { Cookie } })).text);
    assert.deepEqual([eu.address, eu.token], ["clusters/eu", "typed"]);
  });

  test("again, in another tab with the prompt", async (t) => {
    const { signIn } = await remote(t);
    const { headers } = await signIn(PASSWORD);
    const Cookie = headers["set-cookie"][0].split(";")[0];
    assert.equal((await signIn(PASSWORD, { headers: { Cookie } })).status, 303);
    assert.equal((await signIn("wrong-password", { headers: { Cookie } })).status, 401);
  });

  test("each session has its own cookie", async (t) => {
    const { signIn } = await remote(t);
    const cookies = [await signIn(PASSWORD), await signIn(PASSWORD)].map(({ headers }) => headers["set-cookie"][0]);
    assert.notEqual(...cookies);
  });

  test("a wrong password, none, or the right one in another encoding is refused", async (t) => {
    const { asking, signIn, origin } = await remote(t);
    for (const password of ["", "wrong-password", PASSWORD.slice(0, -1), `${PASSWORD} `, PASSWORD.toUpperCase()]) {
      const { status, text, headers } = await signIn(password);
      assert.deepEqual([status, headers["set-cookie"]], [401, undefined], password);
      assert.match(text, /role="alert">Wrong password/);
      assert.ok(!password || !text.includes(password));
    }
    const { status } = await asking(`/?password=${PASSWORD.replaceAll(" ", "_")}`);
    assert.equal(status, 401);
    const basic = Buffer.from(`x:${PASSWORD}`).toString("base64");
    assert.equal((await asking("/", { headers: { Authorization: `Basic ${basic}` } })).status, 401);
    const headers = { Origin: origin, "Content-Type": "application/json" };
    const json = await asking("/", { method: "POST", headers, body: JSON.stringify({ password: PASSWORD }) });
    assert.equal(json.status, 415);
  });

  test("only by the server's own form: no other site's, and no oversized one", async (t) => {
    const { signIn, asking, port } = await remote(t);
    for (const origin of ["https://evil.example", "null", `http://${NAME}:${port}`, `https://${NAME}`]) {
      assert.equal((await signIn(PASSWORD, { headers: { Origin: origin } })).status, 403, origin);
    }
    assert.equal((await signIn(PASSWORD, { headers: { "Sec-Fetch-Site": "cross-site" } })).status, 403);
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };
    assert.equal((await asking("/", { method: "POST", headers, body: "password=x" })).status, 403, "without an Origin");
    assert.equal((await signIn("x".repeat(5_000))).status, 413);
    assert.equal((await signIn(PASSWORD)).status, 303);
  });

  test("after ten failures, an address is blocked for 15 minutes; others and existing sessions are not", async (t) => {
    let time = Date.now();
    const { asking, signIn } = await remote(t, { now: () => time });
    const { headers } = await signIn(PASSWORD);
    const Cookie = headers["set-cookie"][0].split(";")[0];
    const guesses = await Promise.all(Array.from({ length: 14 }, (_, i) => signIn(`guess ${i}`)));
    const statuses = guesses.map(({ status }) => status).sort();
    assert.deepEqual(statuses, [...Array(10).fill(401), ...Array(4).fill(429)], "concurrent attempts count");
    const late = await signIn(PASSWORD);
    assert.deepEqual([late.status, late.headers["retry-after"], late.headers["set-cookie"]], [429, "900", undefined]);
    assert.match(late.text, /Too many wrong passwords/);
    assert.equal((await signIn(PASSWORD, { from: "127.0.0.2" })).status, 303, "from elsewhere");
    assert.equal((await asking("/", { headers: { Cookie } })).status, 200);
    time += 15 * 60_000 - 1_000;
    assert.equal((await signIn(PASSWORD)).headers["retry-after"], "1");
    time += 1_000;
    assert.equal((await signIn(PASSWORD)).status, 303);
    const again = await Promise.all(Array.from({ length: 10 }, () => signIn("wrong")));
    assert.ok(
      again.every(({ status }) => status === 401),
      "the count was reset",
    );
  });

  test("a session lasts twelve hours", async (t) => {
    let time = Date.now();
    const { asking, signIn } = await remote(t, { now: () => time });
    const { headers } = await signIn(PASSWORD);
    const Cookie = headers["set-cookie"][0].split(";")[0];
    time += 12 * 3_600_000 - 1;
    assert.equal((await asking("/", { headers: { Cookie } })).status, 200);
    time += 1;
    assert.equal((await asking("/", { headers: { Cookie } })).status, 401);
  });
});

describe("its names", () => {
  test("are those of the certificate, each with its own origin, and the port", async (t) => {
    const { asking, signIn, port } = await remote(t);
    const { headers } = await signIn(PASSWORD);
    const Cookie = headers["set-cookie"][0].split(";")[0];
    const write = (name, origin) =>
      asking("/clusters/eu/v1/peering/us", {
        name,
        method: "DELETE",
        headers: { Cookie, "Content-Type": "application/json", Origin: origin },
      });
    for (const name of [NAME, "localhost", "server.dc1.consul"]) {
      assert.equal((await asking("/", { name, headers: { Cookie } })).status, 200, name);
      assert.equal((await write(name, `https://${name}:${port}`)).status, 200, name);
    }
    assert.equal(
      (await write("localhost", `https://${NAME}:${port}`)).status,
      403,
      "one name's page, another's server",
    );
    const hosts = [
      "evil.example",
      `evil.example:${port}`,
      NAME,
      `${NAME}:${port + 1}`,
      `${NAME}.:${port}`,
      `0.0.0.0:${port}`,
    ];
    for (const Host of [...hosts, `${NAME.toUpperCase()}:${port}`, `x.${NAME}:${port}`, `u@${NAME}:${port}`]) {
      assert.equal((await asking("/", { headers: { Host } })).status, 421, Host);
    }
  });

  test("the printed address has a name that browsers accept", () => {
    const printed = (name) => namesOf({ name }, tls.cert)(8700).origin;
    assert.equal(printed("0.0.0.0"), `https://${NAME}:8700`);
    assert.equal(printed("127.0.0.1"), "https://127.0.0.1:8700");
    assert.equal(printed(NAME), `https://${NAME}:8700`);
    assert.equal(namesOf({ name: NAME }, tls.cert)(443).origin, `https://${NAME}`);
    assert.ok(namesOf({ name: NAME }, tls.cert)(443).isOwn(NAME), "the usual port is not written");
    const nameless = readFileSync(new URL("../rules/version-1.pem", import.meta.url), "utf8");
    assert.throws(() => namesOf({ name: "0.0.0.0" }, nameless), /names no host/);
  });

  test("without TLS, signing in is impossible", async (t) => {
    const { port } = await remote(t);
    const { text } = await raw(port, ["GET / HTTP/1.1", `Host: ${NAME}:${port}`]);
    assert.doesNotMatch(text, /Password|200|401/);
  });
});

describe("the command", () => {
  const cli = packageWith(PAGE);
  const address = write("remote.json", { eu: { address: "http://127.0.0.1:1" } });
  const words = () => {
    const certificate = ["--tls-cert", at("dc1-server-consul-0.pem"), "--tls-key", at("dc1-server-consul-0-key.pem")];
    return ["serve", "--clusters", address, "--listen", "0.0.0.0:0", ...certificate];
  };
  const begun = async (more, env) => {
    const child = start([...words(), ...more], { cli, env });
    while (!child.out.includes("Ctrl-C")) {
      if (child.exitCode !== null) assert.fail(child.err);
      await Promise.race([once(child.stdout, "data"), once(child, "close")]);
    }
    const port = Number(/https:\/\/[^:]+:(\d+)\/\n/.exec(child.out)[1]);
    const headers = {
      ...{ Host: `${NAME}:${port}`, Origin: `https://${NAME}:${port}` },
      "Content-Type": "application/x-www-form-urlencoded",
    };
    const connectTo = { servername: NAME };
    const signIn = (password) =>
      ask(`https://127.0.0.1:${port}/`, {
        ...{ method: "POST", ca, headers, connectTo, agent: false },
        body: new URLSearchParams({ password }).toString(),
      });
    return { child, signIn };
  };

  test("with TLS and a password, from a file or the environment, it listens on other addresses, and prints no key", async () => {
    const inFile = ["--password-file", write("page.password", `${PASSWORD}\n`)];
    for (const [more, env] of [
      [inFile, {}],
      [[], { CONSUL_PEERING_PASSWORD: PASSWORD }],
      [inFile, { CONSUL_PEERING_PASSWORD: "another password" }],
    ]) {
      const { child, signIn } = await begun(more, env);
      assert.match(
        child.out,
        /^eu: open this page and sign in\n\n {2}https:\/\/peering\.example:\d+\/\n\nPress Ctrl-C to stop\.\n$/,
      );
      assert.equal((await signIn("another password than that")).status, 401);
      assert.equal((await signIn(PASSWORD)).status, 303);
      child.kill("SIGTERM");
      const [code] = await once(child, "close");
      assert.equal(code, 0);
      const line = (rest) => `time=[\\d:.TZ-]+ address=[\\d.:a-f]+ ${rest}\n`;
      assert.match(child.err, new RegExp(`^${line("action=wrong-password")}${line("session=1 action=sign-in")}$`));
    }
  });

  test("with only one of the two, it does not", async () => {
    const child = start(words(), { cli });
    const [code] = await once(child, "close");
    assert.equal(code, 2);
    assert.match(child.err, /requires TLS and a password/);
  });
});
