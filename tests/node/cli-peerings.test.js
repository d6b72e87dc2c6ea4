// The commands on one cluster as people run them: child processes against real clusters with ACLs.

import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startAgents } from "../consul/agent.js";
import { ended, folder, printed, run, runHere, start, write } from "./command-line.js";
import { listen } from "./listen.js";

const BUILT_CONSUL = fileURLToPath(new URL("../../target/consul", import.meta.url));
process.env.CONSUL ??= existsSync(BUILT_CONSUL) ? BUILT_CONSUL : "consul";

/** All secrets of this file, for which all output is searched at the end. */
const secrets = new Set();

describe("two clusters with ACLs", () => {
  let clusters;
  let file;
  let env;
  const command = (words, alias, options = {}) =>
    runHere([...words, "--cluster", alias, "--clusters", file], { ...options, env: { ...env, ...options.env } });
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

  test("generate, inspect, establish, read, list, delete", async () => {
    const made = await generate(["us", "--external-address", "127.0.0.1:9"], "eu");
    assert.equal(made.out, `${made.token}\n`, "only the token is on stdout");
    assert.equal(made.err, "");

    const inspected = await run(["token", "inspect"], { input: ` ${made.token}\n` });
    assert.equal(inspected.code, 0, inspected.err);
    assert.match(inspected.out, /^Datacenter +eu$/m);
    assert.match(inspected.out, /^External +127\.0\.0\.1:9$/m);
    assert.match(inspected.out, /^CA +.+, valid \d{4}-\d\d-\d\d to \d{4}-/m);

    const { token } = await generate(["us"], "eu");
    const saved = write("eu.token", token);
    const asJson = JSON.parse((await run(["token", "inspect", saved, "--json"])).out);
    assert.equal(asJson.datacenter, "eu");

    const established = await command(
      ["establish", "eu", "--peering-token-file", saved, "--meta", "team=pay=ments"],
      "us",
    );
    assert.equal(established.code, 0, established.err);
    assert.equal(established.err, "", "no progress without a terminal");
    assert.match(established.out, /^State +ACTIVE$/m);
    assert.match(established.out, /^Role +dialer/m);
    assert.match(established.out, /^Meta +team=pay=ments$/m);

    const read = await command(["read", "us", "--json"], "eu");
    assert.equal(read.code, 0, read.err);
    const peering = JSON.parse(read.out);
    assert.equal(peering.state, "ACTIVE");
    assert.equal(peering.role, "acceptor");
    assert.deepEqual(peering.meta, { from: "file" }, "the alias' meta is used without --meta");

    const list = await command(["list"], "us");
    assert.equal(list.code, 0);
    assert.match(list.out, /^PEER +STATE +ROLE .*\neu +ACTIVE +dialer +eu /);
    assert.equal(JSON.parse((await command(["list", "--json"], "us")).out).length, 1);

    const unasked = await command(["delete", "eu"], "us");
    assert.equal(unasked.code, 4);
    const deleted = await command(["delete", "eu", "--yes"], "us");
    assert.deepEqual([deleted.code, deleted.err], [0, ""]);
    assert.match(deleted.out, /^Deleted the peering "eu" on us \(http:\/\/127\.0\.0\.1:\d+\)\./);
    const again = await command(["delete", "eu", "--yes", "--json"], "us");
    assert.deepEqual([again.code, again.out], [0, "null\n"]);

    const gone = await command(["read", "eu"], "us");
    assert.equal(gone.code, 1);
    assert.match(gone.err, /There is no peering "eu" on us/);
    const absent = await command(["read", "eu", "--json"], "us");
    assert.deepEqual([absent.code, absent.out, JSON.parse(absent.err).code], [1, "null\n", "not_found"]);
    const empty = await command(["list"], "us");
    assert.match(empty.out, /No peerings on us .*token generate NAME/s);
    assert.equal((await command(["list", "--json"], "us")).out, "[]\n");
    assert.equal((await command(["delete", "us", "--yes"], "eu")).code, 0);
  });

  test("token generate --json prints a document; --no-wait returns before ACTIVE", async () => {
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

  test("refuses what the module refuses: other meta, another role, unless --replace", async () => {
    const { token } = await generate(["us"], "eu");
    const fixed = await command(["token", "generate", "us", "--meta", "a=1", "--json"], "eu");
    assert.deepEqual([fixed.code, JSON.parse(fixed.err).code], [1, "meta_fixed"]);
    // us has an acceptor under the name that it is to dial with.
    assert.equal((await generate(["eu"], "us")).code, 0);
    const role = await command(["establish", "eu", "--json"], "us", { input: token });
    assert.deepEqual([role.code, JSON.parse(role.err).code], [1, "role_conflict"]);
    const replaced = await command(["establish", "eu", "--replace", "--json"], "us", { input: token });
    assert.deepEqual([replaced.code, JSON.parse(replaced.out).role], [0, "dialer"], replaced.err);
    assert.equal((await command(["delete", "eu", "--yes"], "us")).code, 0);
    assert.equal((await command(["delete", "us", "--yes"], "eu")).code, 0);
  });

  test("a spent token: one error document with its code, its status and the existing peering", async () => {
    const { token } = await generate(["us"], "eu");
    assert.equal((await command(["establish", "first"], "us", { input: token })).code, 0);
    const { code, out, err } = await command(["establish", "second", "--json"], "us", { input: token });
    assert.deepEqual([code, out], [1, ""]);
    const error = JSON.parse(err);
    assert.equal(error.code, "token_spent");
    assert.equal(error.status, 403);
    assert.ok(error.hint);
    const text = await command(["establish", "second"], "us", { input: token });
    assert.match(text.err, /^Error: .+\n(.+\n)* {2}Next: .+\n$/);
    await command(["delete", "first", "--yes"], "us");
    await command(["delete", "us", "--yes"], "eu");
  });

  test("an invalid spec is reported finding by finding", async () => {
    const long = "x".repeat(513);
    const { code, err } = await command(["establish", "EU", "--meta", `consul-a=${long}`, "--json"], "us", {
      input: "?",
    });
    assert.equal(code, 2);
    const error = JSON.parse(err);
    assert.equal(error.code, "invalid");
    assert.ok(error.findings.length >= 3, JSON.stringify(error.findings));
    const text = await command(["establish", "EU"], "us", { input: "?" });
    assert.match(
      text.err,
      /^Error: .*invalid arguments:\n {2}error The peer name "EU".+\n {2}error The peering token.+\n {2}Next: .+\n$/,
    );
  });

  test("permissions, and errors without them", async () => {
    assert.deepEqual(JSON.parse((await command(["permissions", "--json"], "us")).out), { read: true, write: true });
    const none = await command(["permissions"], "bare");
    assert.match(none.out, /^Read +no\nWrite +no$/m);
    const denied = await command(["list", "--json"], "bare");
    assert.equal(denied.code, 1);
    assert.equal(JSON.parse(denied.err).code, "permission_denied");
    const list = (env) => command(["list"], "bare", { env });
    const unsent = /no ACL token was sent, and anonymous requests lack peering:read|anonymous token lacks/;
    const set = await list({ CONSUL_HTTP_TOKEN: "00000000-bbbb-4bbb-8ccc-000000000000" });
    assert.match(set.err, unsent);
    assert.match(
      set.err,
      /Next: Use an ACL token with peering = "read"\. No ACL token was sent, because CONSUL_HTTP_TOKEN applies only to the cluster at CONSUL_HTTP_ADDR: set CONSUL_HTTP_ADDR=http:\S+, or set token_env or token_file of the alias bare in clusters\.json\./,
    );
    const unset = await list({});
    assert.match(
      unset.err,
      /No ACL token was sent, because none is set for this cluster: .* and CONSUL_HTTP_TOKEN, or/,
    );
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

  test("refuses another datacenter than the agent's before a request", async () => {
    const { code, err } = await command(["token", "generate", "x", "--json", "--datacenter", "mars"], "eu");
    assert.equal(code, 1);
    assert.equal(JSON.parse(err).code, "wrong_datacenter");
    assert.equal((await command(["read", "x"], "eu")).code, 1);
  });

  test("the default clusters.json is in the working directory, and its paths are relative to it", async () => {
    const { code, err } = await run(["list", "--cluster", "us"], { cwd: folder });
    assert.equal(code, 0, err);
    const elsewhere = await run(["list", "--cluster", "us", "--clusters", file], { cwd: tmpdir() });
    assert.equal(elsewhere.code, 0, elsewhere.err);
  });

  test("stdout closed by its reader is no failure", async () => {
    const child = start(["list", "--cluster", "us", "--clusters", file]);
    child.stdout.destroy();
    const code = await ended(child);
    assert.deepEqual([code, child.err], [0, ""]);
  });

  test("--timeout ends a slow call", async (t) => {
    const silent = createHttpServer(() => {});
    const address = await listen(t, silent);
    const { code, err } = await run(["list", "--cluster", address, "--timeout", "300ms", "--json"]);
    assert.equal(code, 1);
    assert.equal(JSON.parse(err).code, "timeout");
  });

  test("Ctrl-C ends a call with exit code 130 and reports what is left behind", async (t) => {
    // The token leads to a port that accepts connections and never responds.
    const { token } = await generate(["us"], "eu");
    const silent = createHttpServer();
    const dialed = once(silent, "connection");
    await listen(t, silent);
    const parsed = JSON.parse(Buffer.from(token, "base64"));
    parsed.ServerAddresses = [`127.0.0.1:${silent.address().port}`];
    const child = start(["establish", "hung", "--cluster", "us", "--clusters", file, "--json"]);
    child.stdin.end(Buffer.from(JSON.stringify(parsed)).toString("base64"));
    await dialed; // by the cluster, which then has the peering
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
    // More than the pipe's buffer: it is accepted once the command reads.
    await new Promise((taken) => child.stdin.write(" ".repeat(512 * 1024), taken));
    child.kill("SIGINT");
    const code = await ended(child);
    assert.equal(code, 130);
    assert.match(child.err, /Interrupted by SIGINT/);
  });
});

test("no secret was ever printed", () => {
  assert.ok(secrets.size > 4);
  for (const { words, text } of printed) {
    for (const secret of secrets) assert.ok(!text.includes(secret), `\`${words.join(" ")}\` printed a secret`);
  }
});
