// The command line without a cluster: its usage, its settings, its options, and its output on a terminal, in this
// process with streams that report to be one.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { deletePeering } from "../../pkg/cli/commands/delete.js";
import { establish } from "../../pkg/cli/commands/establish.js";
import { validate } from "../../pkg/cli/commands/validate.js";
import { createOutput } from "../../pkg/cli/output.js";
import { readPeeringToken } from "../../pkg/cli/secrets.js";
import { closedPort, run, runHere, terminal, write } from "./command-line.js";

describe("without a cluster", () => {
  const usage = async (words, expected, options) => {
    const { code, out, err } = await runHere(words, options);
    assert.equal(code, 2, `${words.join(" ")}: ${err}`);
    assert.equal(out, "");
    assert.match(err, expected);
    return err;
  };

  test("--help lists exactly the commands, with examples", async () => {
    const { code, out } = await runHere(["--help"]);
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
      const { code, out } = await runHere([...name.split(" "), "--help"]);
      assert.equal(code, 0, name);
      assert.match(out, new RegExp(`Usage\n  consul-peering ${name}`));
      assert.match(out, /\nExamples\n {2}# /);
    }
    const { out } = await runHere(["help", "permissions"]);
    assert.match(out, /Usage\n {2}consul-peering permissions/);
  });

  test("--version is the package's", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../../pkg/package.json", import.meta.url)));
    assert.deepEqual(await run(["--version"]), { code: 0, out: `consul-peering ${version}\n`, err: "" });
  });

  test("a usage error is exit code 2, with the next step", async () => {
    await usage([], /Missing command.*--help/s);
    await usage(["lits"], /Unknown command `lits`.*Did you mean `list`/s);
    const far = await usage(["frobnicate"], /Unknown command `frobnicate`/);
    assert.doesNotMatch(far, /Did you mean/);
    await usage(["generate-token", "us"], /Did you mean `token generate`/);
    await usage(["token"], /`token generate` or `token inspect`/);
    await usage(["token", "generat", "us"], /Did you mean `token generate`/);
    await usage(["read"], /`read` needs NAME/);
    await usage(["read", "a", "b"], /takes 1/);
    await usage(["demo", "x"], /takes none/);
    await usage(["list", "x"], /"x" is not a URL, and there is no clusters\.json/);
    await usage(["list", "--cluser", "eu"], /no option --cluser.*Did you mean --cluster/s);
    await usage(["list", "--json=yes"], /--json takes no value/);
    await usage(["list", "--cluster"], /--cluster needs a value/);
    await usage(["establish", "us", "--meta", "team"], /--meta "team" has no key.*key=value/s);
    await usage(["establish", "us", "--meta", "a=1", "--meta", "a=2"], /repeats the key "a"/);
    await usage(["establish", "us"], /No peering token on stdin/);
    await usage(["establish", "us", "--peering-token-file", "none"], /--peering-token-file: the file does not exist/);
  });

  test("--timeout requires a number with a unit", async () => {
    for (const time of ["60", "1d", "25h", "-1s", "0s", "s", "", "1e3s", "25000h"]) {
      await usage(["list", `--timeout=${time}`], /--timeout.*ms, s, m or h.*at most 24h/s);
    }
    await usage(["list", "--timeout", "-1s"], /^Error: Invalid duration for --timeout: "-1s"\./);
    await usage(["list", "--timeout", "1h", "--nothing"], /no option --nothing/);
    const { code, err } = await runHere(["list", "--timeout", "60"]);
    assert.equal(code, 2);
    assert.match(err, /60s or 60ms/);
  });

  test("with --json, an error is one document on stderr", async () => {
    const error = JSON.parse(await usage(["list", "--json", "--timeout", "x"], /"usage"/));
    assert.deepEqual(Object.keys(error), ["code", "message", "hint", "findings", "left_behind"]);
    JSON.parse(await usage(["lits", "--json"], /Did you mean/));
  });

  test("a secret as an argument is refused and not repeated", async () => {
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

  test("validate: exit code 0 when all names are valid, 3 when one is not", async () => {
    assert.equal((await runHere(["validate", "eu", "us-west-1"])).code, 0);
    const { code, out } = await runHere(["validate", "eu", "EU.west"]);
    assert.equal(code, 3);
    assert.match(out, /^eu +valid$/m);
    assert.match(out, /^EU\.west +invalid +\S/m);
    const json = await runHere(["validate", "eu", "EU", "token", "--json"]);
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

  test("validate: the example for a file of names exits with 3, in a shell too", async () => {
    const [, example] = validate.examples.find(([, line]) => line.includes("names.txt"));
    const shell = example.replace("consul-peering", '"$@"');
    write("names.txt", "eu\nus-west-1\n");
    assert.equal((await run([], { shell })).code, 0);
    write("names.txt", "eu\nEU.west\n");
    const { code, out } = await run([], { shell });
    assert.equal(code, 3);
    assert.match(out, /^EU\.west +invalid /m);
  });

  test("token inspect: an invalid token is an error with findings", async () => {
    const { code, err } = await runHere(["token", "inspect", "--json"], { input: "bm8gdG9rZW4=" });
    assert.equal(code, 2);
    const error = JSON.parse(err);
    assert.equal(error.code, "invalid");
    assert.ok(error.findings.length > 0);
  });

  test("an unreachable cluster: exit code 1, the reason and the next step", async () => {
    const { port } = await closedPort();
    const { code, out, err } = await runHere(["list", "--cluster", `127.0.0.1:${port}`]);
    assert.equal(code, 1);
    assert.equal(out, "");
    assert.match(err, /^Error: .+$/m);
    assert.match(err, /ECONNREFUSED/);
    assert.match(err, /^ {2}Next: .+$/m);
    assert.doesNotMatch(err, /default/);
    const json = await runHere(["list", "--json"], { env: { CONSUL_HTTP_ADDR: `127.0.0.1:${port}` } });
    assert.equal(JSON.parse(json.err).code, "network");
    assert.doesNotMatch(json.err, /default/);
  });

  test("unsupported settings are refused with a message", async () => {
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
      /CONSUL_HTTP_ADDR has a scheme other than http or https/,
      env({ CONSUL_HTTP_ADDR: "ftp://127.0.0.1" }),
    );
    await usage(["list"], /CONSUL_HTTP_TOKEN_FILE.*does not exist/s, env({ CONSUL_HTTP_TOKEN_FILE: "/nowhere" }));
  });
});

test("flags and options are passed to the call", async () => {
  let asked;
  const remember = async (cluster, what, options) => ((asked = { cluster, what, options }), null);
  const context = {
    ...{ operands: ["eu"], stdin: PassThrough.from([Buffer.from("token")]), signal: new AbortController().signal },
    output: { result: () => {}, note: () => {} },
    target: { cluster: { address: "http://a" }, meta: { from: "file" } },
    call: { timeout: 5 },
    peering: { establish: remember, remove: remember, read: async () => ({}) },
  };
  const values = { "no-wait": true, yes: true };
  await establish.run({ ...context, values });
  assert.deepEqual(asked.what, { peer_name: "eu", peering_token: "token", meta: { from: "file" } });
  assert.deepEqual(asked.options, { timeout: 5, wait: false, replace: false });
  const stdin = PassThrough.from([Buffer.from("token")]);
  await establish.run({ ...context, stdin, values: { replace: true, meta: ["a=b"] } });
  assert.deepEqual([asked.options.wait, asked.options.replace, asked.what.meta], [true, true, { a: "b" }]);
  await deletePeering.run({ ...context, values });
  assert.deepEqual([asked.what, asked.options], ["eu", { timeout: 5, wait: false }]);
});

describe("on a terminal", () => {
  const signal = new AbortController().signal;

  test("progress is one line, erased at the end; --quiet disables it", () => {
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

  test("prompts for a peering token without echo", async () => {
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
