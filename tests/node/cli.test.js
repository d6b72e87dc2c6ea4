// The command line as people run it: child processes against real clusters with ACLs and TLS. What needs a terminal is
// tested in this process, with streams that say they are one.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PassThrough } from "node:stream";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startAgents } from "../../pkg/cli/agent.js";
import { deletePeering } from "../../pkg/cli/commands/delete.js";
import { establish } from "../../pkg/cli/commands/establish.js";
import { createOutput } from "../../pkg/cli/output.js";
import { readPeeringToken } from "../../pkg/cli/secrets.js";
import { tlsFetch } from "../../pkg/cli/transport.js";
import { folder, printed, run, start, terminal, write } from "./command-line.js";

const BUILT_CONSUL = fileURLToPath(new URL("../../target/consul", import.meta.url));
process.env.CONSUL ??= existsSync(BUILT_CONSUL) ? BUILT_CONSUL : "consul";

/** Every secret there was; compared with all that any command printed, at the end. */
const secrets = new Set();

describe("without a cluster", () => {
  const usage = async (words, expected, options) => {
    const { code, out, err } = await run(words, options);
    assert.equal(code, 2, `${words.join(" ")}: ${err}`);
    assert.equal(out, "");
    assert.match(err, expected);
    return err;
  };

  test("--help teaches: every command, with examples, and none that is not there", async () => {
    const { code, out } = await run(["--help"]);
    assert.equal(code, 0);
    for (const name of ["establish NAME", "read NAME", "list", "delete NAME", "token generate NAME", "token inspect"]) {
      assert.match(out, new RegExp(`^  ${name}`, "m"));
    }
    for (const name of ["validate NAME…", "permissions", "demo"]) assert.match(out, new RegExp(`^  ${name}`, "m"));
    for (const heading of ["Usage", "Environment", "clusters.json", "Exit codes", "Examples"]) {
      assert.match(out, new RegExp(`^${heading}$`, "m"));
    }
    assert.doesNotMatch(out, /\x1b/);
    assert.deepEqual(
      out.split("\n").filter((line) => line.length > 120),
      [],
    );
  });

  test("each command has a --help of its own", async () => {
    for (const name of ["establish", "read", "list", "delete", "token generate", "token inspect", "validate"]) {
      const { code, out } = await run([...name.split(" "), "--help"]);
      assert.equal(code, 0, name);
      assert.match(out, new RegExp(`Usage\n  consul-peering ${name}`));
      assert.match(out, /\nExamples\n  # /);
    }
    const { out } = await run(["help", "permissions"]);
    assert.match(out, /Usage\n  consul-peering permissions/);
  });

  test("--version is the package's", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../../pkg/package.json", import.meta.url)));
    assert.deepEqual(await run(["--version"]), { code: 0, out: `consul-peering ${version}\n`, err: "" });
  });

  test("wrong usage is exit code 2, and says the next step", async () => {
    await usage([], /No command was given.*--help/s);
    await usage(["lits"], /no command `lits`.*Did you mean `list`/s);
    await usage(["generate-token", "us"], /Did you mean `token generate`/);
    await usage(["token"], /`token generate` or `token inspect`/);
    await usage(["token", "generat", "us"], /Did you mean `token generate`/);
    await usage(["read"], /`read` needs NAME/);
    await usage(["read", "a", "b"], /takes 1/);
    await usage(["demo", "x"], /takes none/);
    await usage(["list", "x"], /"x" is not a URL, and there is no clusters\.json/);
    await usage(["list", "--cluser", "eu"], /no option --cluser.*Did you mean --cluster/s);
    await usage(["list", "--json=yes"], /--json is a switch/);
    await usage(["list", "--cluster"], /--cluster needs a value/);
    await usage(["establish", "us", "--meta", "team"], /--meta "team" has no key.*key=value/s);
    await usage(["establish", "us", "--meta", "a=1", "--meta", "a=2"], /names the key "a" twice/);
    await usage(["establish", "us"], /No peering token came on stdin/);
    await usage(
      ["establish", "us", "--peering-token-file", "none"],
      /--peering-token-file: the file cannot be read \(ENOENT\)/,
    );
  });

  test("--timeout takes a number with a unit, and nothing else", async () => {
    for (const time of ["60", "1h", "-1s", "0s", "s", "", "1e3s", "25000h"]) {
      await usage(["list", `--timeout=${time}`], /--timeout.*500ms, 60s or 2m/s);
    }
    const { code, err } = await run(["list", "--timeout", "60"]);
    assert.equal(code, 2);
    assert.match(err, /60s or 60ms/);
  });

  test("with --json, an error is one document on stderr", async () => {
    const error = JSON.parse(await usage(["list", "--json", "--timeout", "x"], /"usage"/));
    assert.deepEqual(Object.keys(error), ["code", "message", "hint", "findings", "left_behind"]);
    JSON.parse(await usage(["lits", "--json"], /Did you mean/));
  });

  test("a secret is never an argument, and is not repeated when it is one", async () => {
    const secret = "e2b1ed0d-7e4a-4a8b-bd37-8a4b1a3c5d6f";
    const token = Buffer.from(`{"CA":null,"ServerAddresses":["127.0.0.1:1"],"secret":"${secret}"}`).toString("base64");
    const tries = [
      ["list", "--token", secret],
      ["list", `--token=${secret}`],
      ["establish", "us", "--peering-token", token],
      ["establish", "us", token],
      ["token", "inspect", token],
      ["token", token],
      ["read", secret],
      ["delete", "us", secret],
      [token],
    ];
    for (const words of tries) {
      const err = await usage(words, /Error: /);
      assert.ok(!err.includes(secret) && !err.includes(token), `${words[0]} repeats the secret`);
    }
  });

  test("validate: 0 when all names are good, 3 when one is not", async () => {
    assert.equal((await run(["validate", "eu", "us-west-1"])).code, 0);
    const { code, out } = await run(["validate", "eu", "EU.west"]);
    assert.equal(code, 3);
    assert.match(out, /^eu +good$/m);
    assert.match(out, /^EU\.west +error +\S/m);
    const json = await run(["validate", "eu", "EU", "token", "--json"]);
    assert.equal(json.code, 3);
    const { ok, names } = JSON.parse(json.out);
    assert.equal(ok, false);
    assert.deepEqual(
      names.map(({ name, findings }) => [name, findings.length > 0]),
      [
        ["eu", false],
        ["EU", true],
        ["token", true],
      ],
    );
  });

  test("token inspect: what is no token is an error with findings", async () => {
    const { code, err } = await run(["token", "inspect", "--json"], { input: "bm8gdG9rZW4=" });
    assert.equal(code, 2);
    const error = JSON.parse(err);
    assert.equal(error.code, "invalid");
    assert.ok(error.findings.length > 0);
  });

  test("nobody answers: exit code 1, the reason and the next step", async () => {
    const { port } = await closedPort();
    const { code, out, err } = await run(["list", "--cluster", `127.0.0.1:${port}`]);
    assert.equal(code, 1);
    assert.equal(out, "");
    assert.match(err, /^Error: .+$/m);
    assert.match(err, /ECONNREFUSED/);
    assert.match(err, /^  Next: .+$/m);
    const json = await run(["list", "--json"], { env: { CONSUL_HTTP_ADDR: `127.0.0.1:${port}` } });
    assert.equal(JSON.parse(json.err).code, "network");
  });

  test("settings that cannot be honoured are refused with a sentence", async () => {
    const env = (more) => ({ env: more });
    await usage(
      ["list"],
      /unix:\/\/ addresses are not supported/,
      env({ CONSUL_HTTP_ADDR: "unix:///run/consul.sock" }),
    );
    await usage(["list", "--cluster", "unix:///run/consul.sock"], /unix:\/\/ addresses are not supported/);
    await usage(["list"], /CONSUL_CAPATH.*CONSUL_CACERT/s, env({ CONSUL_CAPATH: "/etc/ssl" }));
    await usage(["list"], /CONSUL_HTTP_SSL_VERIFY=false is refused/, env({ CONSUL_HTTP_SSL_VERIFY: "false" }));
    await usage(["list"], /CONSUL_HTTP_SSL_VERIFY=false is refused/, env({ CONSUL_HTTP_SSL_VERIFY: "0" }));
    await usage(["list"], /CONSUL_HTTP_SSL must be true or false/, env({ CONSUL_HTTP_SSL: "maybe" }));
    await usage(["list"], /user name or a password/, env({ CONSUL_HTTP_ADDR: "http://me:hunter2@127.0.0.1:8500" }));
    await usage(
      ["list"],
      /CONSUL_HTTP_ADDR has another scheme than http or https/,
      env({ CONSUL_HTTP_ADDR: "ftp://127.0.0.1" }),
    );
    await usage(["list"], /CONSUL_HTTP_TOKEN_FILE.*ENOENT/s, env({ CONSUL_HTTP_TOKEN_FILE: "/nowhere" }));
  });
});

describe("clusters.json", () => {
  const refuse = async (entry, expected) => {
    const clusters = write("refused.json", typeof entry === "string" ? entry : { eu: entry });
    const { code, err } = await run(["list", "--cluster", "eu", "--clusters", clusters]);
    assert.equal(code, 2, err);
    assert.match(err, expected);
    return err;
  };
  const address = "http://127.0.0.1:8500";

  test("a secret in it is refused and not repeated", async () => {
    const secret = "5b7c9a0e-1111-4222-8333-944455556666";
    for (const key of ["token", "Token", "acl_token", "secret_id", "password", "key", "CONSUL_HTTP_TOKEN"]) {
      assert.ok(!(await refuse({ address, [key]: secret }, /a secret does not belong in this file/)).includes(secret));
    }
    for (const key of ["token_env", "token_file", "datacenter"]) {
      assert.ok(!(await refuse({ address, [key]: secret }, /holds a secret itself/)).includes(secret));
    }
    assert.ok(!(await refuse(`{ "eu": { "token": "${secret}" `, /is not JSON/)).includes(secret));
  });

  test("every other mistake in it is named", async () => {
    await refuse("[]", /not an object of aliases/);
    await refuse({ address, adress: "x" }, /unknown key "adress"/);
    await refuse({}, /no address/);
    await refuse({ address: 8500 }, /address is not a text/);
    await refuse({ address, token_env: "A", token_file: "b" }, /both token_env and token_file/);
    await refuse({ address, token_env: "not a name" }, /not the name of a variable/);
    await refuse({ address, token_env: "EU_TOKEN_UNSET" }, /EU_TOKEN_UNSET, which is not set/);
    await refuse({ address, token_file: "nowhere.token" }, /nowhere\.token cannot be read/);
    await refuse({ address, meta: { a: 1 } }, /meta is not an object of texts/);
    await refuse({ address, server_external_addresses: "x" }, /not a list of texts/);
    await refuse({ address, ca_file: "ca.pem" }, /TLS settings, but its address begins with http:/);
    await refuse({ address: "https://127.0.0.1:1", cert_file: "c.pem" }, /certificate is set without its key/);
    await refuse({ address: "https://127.0.0.1:1", ca_file: "nowhere.pem" }, /nowhere\.pem cannot be read/);
    await refuse({ address: "https://127.0.0.1:1", ca_file: "refused.json" }, /holds no CERTIFICATE/);
  });

  test("an unknown alias is named, with the nearest", async () => {
    const clusters = write("aliases.json", { "eu-west": { address }, us: { address } });
    const { code, err } = await run(["list", "--cluster", "eu-wst", "--clusters", clusters]);
    assert.equal(code, 2);
    assert.match(err, /"eu-wst" is neither.*Did you mean eu-west\? The aliases there: eu-west, us/s);
    const none = await run(["list", "--cluster", "eu"]);
    assert.match(none.err, /there is no clusters\.json/);
    const missing = await run(["list", "--clusters", "nowhere.json"]);
    assert.equal(missing.code, 2);
  });
});

describe("two clusters with ACLs", () => {
  let clusters;
  let file;
  let env;
  const command = (words, alias, options = {}) =>
    run([...words, "--cluster", alias, "--clusters", file], { ...options, env: { ...env, ...options.env } });
  const generate = async (words, alias, options) => {
    const made = await command(["token", "generate", ...words], alias, { ...options, secretOutput: true });
    assert.equal(made.code, 0, made.err);
    const token = made.out.trim();
    secrets.add(token);
    secrets.add(JSON.parse(Buffer.from(token, "base64")).EstablishmentSecret);
    return { ...made, token };
  };

  before(async () => {
    clusters = await startAgents([
      { name: "eu", acl: true },
      { name: "us", acl: true },
    ]);
    const { eu, us } = clusters.agents;
    secrets.add(eu.token).add(us.token);
    write("us.token", `${us.token}\n`);
    env = { EU_TOKEN: eu.token };
    file = write("clusters.json", {
      eu: { address: eu.address, token_env: "EU_TOKEN", meta: { from: "file" } },
      us: { address: us.address, token_file: "us.token", datacenter: "us" },
      bare: { address: us.address },
    });
  });
  after(() => clusters?.stop());

  test("a peering's whole life: generate, inspect, establish, read, list, delete", async () => {
    const made = await generate(["us", "--external-address", "127.0.0.1:9"], "eu");
    assert.equal(made.out, `${made.token}\n`, "the token alone is on stdout");
    assert.equal(made.err, "");

    const inspected = await run(["token", "inspect"], { input: ` ${made.token}\n` });
    assert.equal(inspected.code, 0, inspected.err);
    assert.match(inspected.out, /^Leads to +eu$/m);
    assert.match(inspected.out, /^External +127\.0\.0\.1:9$/m);
    assert.match(inspected.out, /^Authority +.+, valid \d{4}-\d\d-\d\d to \d{4}-/m);

    const { token } = await generate(["us"], "eu");
    const saved = write("eu.token", token);
    const asJson = JSON.parse((await run(["token", "inspect", saved, "--json"])).out);
    assert.equal(asJson.datacenter, "eu");

    const established = await command(
      ["establish", "eu", "--peering-token-file", saved, "--meta", "team=pay=ments"],
      "us",
    );
    assert.equal(established.code, 0, established.err);
    assert.equal(established.err, "", "no progress where nobody watches");
    assert.match(established.out, /^State +ACTIVE$/m);
    assert.match(established.out, /^Role +dialer/m);
    assert.match(established.out, /^Meta +team=pay=ments$/m);

    const read = await command(["read", "us", "--json"], "eu");
    assert.equal(read.code, 0, read.err);
    const peering = JSON.parse(read.out);
    assert.equal(peering.state, "ACTIVE");
    assert.equal(peering.role, "acceptor");
    assert.deepEqual(peering.meta, { from: "file" }, "the alias' meta counts where no --meta is given");

    const list = await command(["list"], "us");
    assert.equal(list.code, 0);
    assert.match(list.out, /^PEER +STATE +ROLE .*\neu +ACTIVE +dialer +eu /);
    assert.equal(JSON.parse((await command(["list", "--json"], "us")).out).length, 1);

    const unasked = await command(["delete", "eu"], "us");
    assert.equal(unasked.code, 4);
    const deleted = await command(["delete", "eu", "--yes"], "us");
    assert.deepEqual([deleted.code, deleted.err], [0, ""]);
    assert.match(deleted.out, /"eu" on us \(http:\/\/127\.0\.0\.1:\d+\) is gone \(it was ACTIVE\)/);
    const again = await command(["delete", "eu", "--yes", "--json"], "us");
    assert.deepEqual([again.code, again.out], [0, "null\n"]);

    const gone = await command(["read", "eu"], "us");
    assert.equal(gone.code, 1);
    assert.match(gone.err, /There is no peering "eu" on us/);
    assert.deepEqual(await command(["read", "eu", "--json"], "us"), { code: 1, out: "null\n", err: "" });
    const empty = await command(["list"], "us");
    assert.match(empty.out, /No peerings on us .*token generate NAME/s);
    assert.equal((await command(["list", "--json"], "us")).out, "[]\n");
    assert.equal((await command(["delete", "us", "--yes"], "eu")).code, 0);
  });

  test("token generate --json is a document; --no-wait returns before ACTIVE is reached", async () => {
    const { code, out } = await command(["token", "generate", "us", "--json"], "eu", { secretOutput: true });
    assert.equal(code, 0);
    const { peering_token } = JSON.parse(out);
    secrets.add(peering_token);
    const established = await command(["establish", "eu", "--no-wait", "--json"], "us", { input: peering_token });
    assert.equal(established.code, 0, established.err);
    assert.equal(JSON.parse(established.out).peer_name, "eu");
    assert.equal((await command(["delete", "eu", "--yes", "--no-wait"], "us")).code, 0);
    assert.equal((await command(["delete", "us", "--yes"], "eu")).code, 0);
  });

  test("what the module refuses, it refuses here: other meta, another role, --replace for those who mean it", async () => {
    const { token } = await generate(["us"], "eu");
    const fixed = await command(["token", "generate", "us", "--meta", "a=1", "--json"], "eu");
    assert.deepEqual([fixed.code, JSON.parse(fixed.err).code], [1, "meta_fixed"]);
    // us has an acceptor under the name that it should dial with.
    assert.equal((await generate(["eu"], "us")).code, 0);
    const role = await command(["establish", "eu", "--json"], "us", { input: token });
    assert.deepEqual([role.code, JSON.parse(role.err).code], [1, "role_conflict"]);
    const replaced = await command(["establish", "eu", "--replace", "--json"], "us", { input: token });
    assert.deepEqual([replaced.code, JSON.parse(replaced.out).role], [0, "dialer"], replaced.err);
    assert.equal((await command(["delete", "eu", "--yes"], "us")).code, 0);
    assert.equal((await command(["delete", "us", "--yes"], "eu")).code, 0);
  });

  test("a spent token: one error document with its code, its status and what stands", async () => {
    const { token } = await generate(["us"], "eu");
    assert.equal((await command(["establish", "first"], "us", { input: token })).code, 0);
    const { code, out, err } = await command(["establish", "second", "--json"], "us", { input: token });
    assert.deepEqual([code, out], [1, ""]);
    const error = JSON.parse(err);
    assert.equal(error.code, "token_spent");
    assert.equal(error.status, 403);
    assert.ok(error.hint);
    const text = await command(["establish", "second"], "us", { input: token });
    assert.match(text.err, /^Error: .+\n(.+\n)*  Next: .+\n$/);
    await command(["delete", "first", "--yes"], "us");
    await command(["delete", "us", "--yes"], "eu");
  });

  test("what is wrong with a spec is told finding by finding", async () => {
    const long = "x".repeat(513);
    const { code, err } = await command(["establish", "EU", "--meta", `consul-a=${long}`, "--json"], "us", {
      input: "?",
    });
    assert.equal(code, 2);
    const error = JSON.parse(err);
    assert.equal(error.code, "invalid");
    assert.ok(error.findings.length >= 3, JSON.stringify(error.findings));
    const text = await command(["establish", "EU"], "us", { input: "?" });
    assert.match(text.err, /^Error: .*cannot work:\n  error peer_name "EU".+\n  error peering_token.+\n  Next: .+\n$/);
  });

  test("permissions, and what happens without them", async () => {
    assert.deepEqual(JSON.parse((await command(["permissions", "--json"], "us")).out), { read: true, write: true });
    const none = await command(["permissions"], "bare");
    assert.match(none.out, /^Read +no\nWrite +no$/m);
    const denied = await command(["list", "--json"], "bare");
    assert.equal(denied.code, 1);
    assert.equal(JSON.parse(denied.err).code, "permission_denied");
    const unknown = await command(["list", "--json"], "eu", {
      env: { EU_TOKEN: "00000000-aaaa-4bbb-8ccc-000000000000" },
    });
    assert.equal(JSON.parse(unknown.err).code, "acl_token_unknown");
  });

  test("the environment's token: from variable or file, for its own cluster only", async () => {
    const { eu, us } = clusters.agents;
    const may = async (env, words = []) =>
      JSON.parse((await run(["permissions", "--json", ...words], { env })).out).write;
    const CONSUL_HTTP_ADDR = us.address;
    const CONSUL_HTTP_TOKEN = us.token;
    assert.equal(await may({ CONSUL_HTTP_ADDR, CONSUL_HTTP_TOKEN }), true);
    assert.equal(await may({ CONSUL_HTTP_ADDR: us.address.slice(7), CONSUL_HTTP_TOKEN }), true, "without a scheme");
    assert.equal(await may({ CONSUL_HTTP_ADDR, CONSUL_HTTP_TOKEN_FILE: join(folder, "us.token") }), true);
    const file = join(folder, "us.token");
    assert.equal(await may({ CONSUL_HTTP_ADDR, CONSUL_HTTP_TOKEN: eu.token, CONSUL_HTTP_TOKEN_FILE: file }), true);
    assert.equal(await may({ CONSUL_HTTP_ADDR, CONSUL_HTTP_TOKEN }, ["--cluster", us.address]), true, "same origin");
    // A token sent to the other cluster would be unknown there; without one, it is merely not allowed.
    assert.equal(await may({ CONSUL_HTTP_ADDR, CONSUL_HTTP_TOKEN }, ["--cluster", eu.address]), false);
  });

  test("another datacenter than the agent's is refused before anything is sent", async () => {
    const { code, err } = await command(["token", "generate", "x", "--json", "--datacenter", "mars"], "eu");
    assert.equal(code, 1);
    assert.equal(JSON.parse(err).code, "wrong_datacenter");
    assert.equal((await command(["read", "x"], "eu")).code, 1);
  });

  test("the default clusters.json is the one beside us, and paths in it are relative to it", async () => {
    const { code, err } = await run(["list", "--cluster", "us"], { cwd: folder });
    assert.equal(code, 0, err);
    const elsewhere = await run(["list", "--cluster", "us", "--clusters", file], { cwd: tmpdir() });
    assert.equal(elsewhere.code, 0, elsewhere.err);
  });

  test("a reader that goes away is no failure", async () => {
    const child = start(["list", "--cluster", "us", "--clusters", file]);
    child.stdout.destroy();
    const code = await ended(child);
    assert.deepEqual([code, child.err], [0, ""]);
  });

  test("--timeout ends a call that takes too long", async (t) => {
    const address = `http://127.0.0.1:${await listening(
      t,
      createHttpServer(() => {}),
    )}`;
    const began = Date.now();
    const { code, err } = await run(["list", "--cluster", address, "--timeout", "300ms", "--json"]);
    assert.equal(code, 1);
    assert.equal(JSON.parse(err).code, "timeout");
    assert.ok(Date.now() - began < 5_000);
  });

  test("Ctrl-C ends a call with exit code 130 and says what is left behind", async (t) => {
    // The token leads to a port where connections are taken and never answered.
    const { token } = await generate(["us"], "eu");
    const port = await listening(t, createHttpServer());
    const told = JSON.parse(Buffer.from(token, "base64"));
    told.ServerAddresses = [`127.0.0.1:${port}`];
    const child = start(["establish", "hung", "--cluster", "us", "--clusters", file, "--json"]);
    child.stdin.end(Buffer.from(JSON.stringify(told)).toString("base64"));
    await sleep(1_500);
    child.kill("SIGINT");
    const code = await ended(child);
    assert.deepEqual([code, child.out], [130, ""]);
    const error = JSON.parse(child.err);
    assert.equal(error.code, "interrupted");
    assert.equal(error.left_behind[0]?.peer_name, "hung");
    await command(["delete", "hung", "--yes"], "us");
    await command(["delete", "us", "--yes"], "eu");
  });

  test("Ctrl-C ends a wait for stdin", async () => {
    const child = start(["establish", "x", "--cluster", "us", "--clusters", file]);
    await sleep(700);
    child.kill("SIGINT");
    const code = await ended(child);
    assert.equal(code, 130);
    assert.match(child.err, /Interrupted by SIGINT/);
  });
});

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
    assert.equal((await list(bare)).code, 0, "CONSUL_HTTP_SSL says https");
    const http = { ...client, CONSUL_HTTP_ADDR: address.replace("https:", "http:"), CONSUL_HTTP_SSL: "true" };
    assert.equal((await list(http)).code, 0, "never back to http where TLS was asked for");
  });

  test("a token, made through mutual TLS: a POST with a body", async () => {
    const made = await run(["token", "generate", "x", "--cluster", address], { env: client, secretOutput: true });
    assert.equal(made.code, 0, made.err);
    secrets.add(made.out.trim());
    assert.equal((await run(["delete", "x", "--yes", "--cluster", address], { env: client })).code, 0);
  });

  test("without the certificate authority, the server is not trusted; without a certificate, we are not", async () => {
    const CONSUL_HTTP_ADDR = address;
    const untrusted = await list({ CONSUL_HTTP_ADDR });
    assert.equal(untrusted.code, 1);
    assert.match(JSON.parse(untrusted.err).cause, /certificate/);
    const anonymous = await list({ CONSUL_HTTP_ADDR, CONSUL_CACERT: client.CONSUL_CACERT });
    assert.equal(anonymous.code, 1);
    assert.equal(JSON.parse(anonymous.err).code, "network");
  });

  test("the server's name: the one asked for, and no other", async () => {
    const named = (CONSUL_TLS_SERVER_NAME) => list({ ...client, CONSUL_HTTP_ADDR: address, CONSUL_TLS_SERVER_NAME });
    assert.equal((await named("server.tls.consul")).code, 0);
    const wrong = await named("server.other.consul");
    assert.equal(wrong.code, 1);
    assert.match(JSON.parse(wrong.err).cause, /server\.other\.consul/);
  });

  test("by clusters.json, whose settings stand in for the environment's", async () => {
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

  test("a key that does not belong to the certificate is named before anything is sent", async () => {
    const CONSUL_CLIENT_KEY = at("tls-server-consul-0-key.pem");
    const { code, err } = await list({ ...client, CONSUL_CLIENT_KEY, CONSUL_HTTP_ADDR: address });
    assert.equal(code, 2);
    assert.match(JSON.parse(err).message, /TLS files cannot be used/);
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

    test("answers without a body, with a large one, and a redirect that is not followed", async () => {
      assert.equal((await fetch(`${base}/empty`)).status, 204);
      assert.equal((await (await fetch(`${base}/large`)).text()).length, 5_000_000);
      const moved = await fetch(`${base}/moved`, { redirect: "manual" });
      assert.equal(moved.status, 307);
    });

    test("an abort rejects with the signal's own reason, before, during and after the head of the answer", async () => {
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

    test("failures are a TypeError whose cause is Node's", async () => {
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

test("switches and options reach the call as they are meant", async () => {
  let asked;
  const remember = async (cluster, what, options) => ((asked = { cluster, what, options }), null);
  const context = {
    ...{ operands: ["eu"], stdin: PassThrough.from(["token"]), signal: new AbortController().signal },
    output: { result: () => {}, note: () => {} },
    target: { cluster: { address: "http://a" }, meta: { from: "file" } },
    call: { timeout: 5 },
    peering: { establish: remember, remove: remember },
  };
  const values = { "no-wait": true, yes: true };
  await establish.run({ ...context, values });
  assert.deepEqual(asked.what, { peer_name: "eu", peering_token: "token", meta: { from: "file" } });
  assert.deepEqual(asked.options, { timeout: 5, wait: false, replace: false });
  const stdin = PassThrough.from(["token"]);
  await establish.run({ ...context, stdin, values: { replace: true, meta: ["a=b"] } });
  assert.deepEqual([asked.options.wait, asked.options.replace, asked.what.meta], [true, true, { a: "b" }]);
  await deletePeering.run({ ...context, values });
  assert.deepEqual([asked.what, asked.options], ["eu", { timeout: 5, wait: false }]);
});

describe("on a terminal", () => {
  const signal = new AbortController().signal;

  test("progress is one line that goes away; --quiet silences it", () => {
    const show = (stderr, options) => {
      const { progress } = createOutput({ stdout: terminal(), stderr, env: {} }, options);
      progress.show("working");
      progress.clear();
      return stderr.text();
    };
    const text = show(terminal(), {});
    assert.match(text, /working/);
    assert.ok(text.endsWith("\r\x1b[2K"));
    assert.doesNotMatch(text, /\n/);
    assert.equal(show(terminal(), { quiet: true }), "");
    assert.equal(show(Object.assign(terminal(), { isTTY: false }), {}), "");
  });

  test("a peering token is asked for, and not shown", async () => {
    const [stdin, stderr] = [terminal(), terminal()];
    const token = readPeeringToken(undefined, { stdin, stderr, signal });
    stdin.write("abc\ndef");
    await sleep(20);
    stdin.write("ghi\r");
    assert.equal(await token, "abc\ndefghi");
    const prompt = stderr.text();
    assert.match(prompt, /Paste the peering token/);
    assert.doesNotMatch(prompt, /abc|ghi/);
  });
});

describe("demo", () => {
  // The agents' directories are in a place of their own, by which they can be told from others'.
  const place = mkdtempSync(join(tmpdir(), "consul-peering-demo-"));
  after(() => rmSync(place, { recursive: true, force: true }));
  const env = { TMPDIR: place };
  const running = () =>
    execFileSync("ps", ["-eo", "pid=,stat=,args="], { encoding: "utf8" })
      .split("\n")
      .filter((line) => line.includes(place) && !/^\s*\d+ Z/.test(line));
  const untilNothingRuns = async () => {
    for (let waited = 0; (running().length || readdirSync(place).length) && waited < 3_000; waited += 50)
      await sleep(50);
    assert.deepEqual([running(), readdirSync(place)], [[], []]);
  };

  test("from nothing to ACTIVE and back, and nothing stays", async () => {
    const { code, out, err } = await run(["demo"], { env });
    assert.deepEqual([code, err], [0, ""]);
    assert.match(out, /us → eu +ACTIVE/);
    assert.match(out, /eu → us +ACTIVE/);
    assert.match(out, /^ +eu +us +ACTIVE +acceptor +us /m);
    assert.match(out, /^ +us +eu +ACTIVE +dialer +eu /m);
    assert.match(out, /eu → us +TERMINATED/);
    assert.match(out, /eu: no peerings, us: no peerings/);
    assert.doesNotMatch(out, /\x1b/);
    assert.deepEqual([running(), readdirSync(place)], [[], []]);
  });

  test("--json: one document with every state seen", async () => {
    const { code, out } = await run(["demo", "--json"], { env });
    assert.equal(code, 0);
    const { states, peerings, left } = JSON.parse(out);
    assert.ok(states.some(({ cluster, state }) => cluster === "eu" && state === "TERMINATED"));
    assert.deepEqual([peerings.eu.state, peerings.us.state], ["ACTIVE", "ACTIVE"]);
    assert.deepEqual(left, { eu: [], us: [] });
  });

  for (const [signal, expected] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGKILL", null],
  ]) {
    test(`${signal} leaves nothing running`, async () => {
      const child = start(["demo"], { env });
      while (!child.out.includes("PENDING")) await Promise.race([once(child.stdout, "data"), failWhenClosed(child)]);
      assert.equal(running().length, 2, "both agents run");
      child.kill(signal);
      assert.equal(await ended(child), expected);
      if (signal !== "SIGKILL") assert.deepEqual([running(), readdirSync(place)], [[], []]);
      await untilNothingRuns();
    });
  }

  test("a reader that goes away ends it, and leaves nothing running", async () => {
    const child = start(["demo"], { env });
    await once(child.stdout, "data");
    child.stdout.destroy();
    const code = await ended(child);
    assert.deepEqual([code, child.err], [0, ""]);
    await untilNothingRuns();
  });

  test("without a Consul it runs on simulated clusters, and says so", async () => {
    const old = write("consul", "#!/bin/sh\necho Consul v1.13.9\n");
    chmodSync(old, 0o700);
    for (const [words, PATH, why] of [
      [["demo"], "/nowhere", /simulated in memory, because `consul` on PATH was not found\./],
      [["demo"], dirname(old), /simulated in memory, because `consul` on PATH is 1\.13\.9\./],
      [["demo", "--simulated"], process.env.PATH, /simulated in memory, as --simulated asks\./],
    ]) {
      const { code, out, err } = await run(words, { env: { PATH, CONSUL: "" } });
      assert.deepEqual([code, err], [0, ""]);
      assert.match(out, why);
      assert.match(out, /two simulated Consul clusters/);
      assert.match(out, /us → eu +ACTIVE/);
      assert.match(out, /eu → us +TERMINATED/);
      assert.match(out, /eu: no peerings, us: no peerings/);
    }
  });

  test("where $CONSUL is none, one line says what to install", async () => {
    const old = write("old-consul", "#!/bin/sh\necho Consul v1.13.9\n");
    chmodSync(old, 0o700);
    for (const [CONSUL, reason] of [
      ["/nowhere/consul", /was not found; install Consul 1\.14 or newer/],
      [old, /is 1\.13\.9; install Consul 1\.14 or newer/],
    ]) {
      const { code, err } = await run(["demo"], { env: { CONSUL } });
      assert.equal(code, 1);
      assert.match(err, reason);
      assert.equal(err.trim().split("\n").length, 1);
    }
  });

  test("an agent that does not start shows the end of its log", async () => {
    await assert.rejects(
      startAgents([{ name: "bad", config: "nonsense = {" }]),
      /Consul agent "bad" did not start: it ended with exit code 1.*\n.*failed to parse/s,
    );
  });
});

test("no secret was ever printed", () => {
  assert.ok(secrets.size > 4);
  for (const { words, text } of printed) {
    for (const secret of secrets) assert.ok(!text.includes(secret), `\`${words.join(" ")}\` printed a secret`);
  }
});

async function failWhenClosed(child) {
  await once(child, "close");
  throw new Error(`it ended too early: ${child.out}${child.err}`);
}

/** A server that is closed with the test, come what may. */
async function listening(t, server) {
  server.listen(0, "127.0.0.1");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, "listening");
  return server.address().port;
}

/** Waits for the end of a child that was told to end. */
async function ended(child) {
  const [code] = await once(child, "close", { signal: AbortSignal.timeout(20_000) });
  return code;
}

/** A port where nobody listens. */
async function closedPort() {
  const server = createHttpServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return { port };
}
