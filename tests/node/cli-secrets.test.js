// A secret passed in place of a name, a path or an address is never repeated: every option and operand of every
// command, the environment, and clusters.json. And the files with secrets that are read and written.
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { optionsOf } from "../../pkg/cli/arguments.js";
import { COMMANDS } from "../../pkg/cli/commands/index.js";
import { isUuid } from "../../pkg/cli/secrets.js";
import * as peering from "../../pkg/node.js";
import { startSimulator } from "../../pkg/simulator.js";
import { folder, run, runOnTerminal, write } from "./command-line.js";
import { peeringToken } from "./secrets.js";

const UUID = "e2b1ed0d-7e4a-4a8b-bd37-8a4b1a3c5d6f";
const TOKEN = Buffer.from(JSON.stringify({ CA: null, ServerAddresses: ["127.0.0.1:1"], EstablishmentSecret: UUID }));
const KEY = "MHcCAQEEIDcnVd0E2rQ8hXTZ1aYQq2t7jz5m3p9s6w4b8n1k0v2coAoGCCqGSM49";
const SECRETS = {
  "an ACL token": UUID,
  "an ACL token in capitals": UUID.toUpperCase(),
  "an ACL token with quotes and white space": ` "${UUID}"\n`,
  "an ACL token with a hidden character": `${UUID.slice(0, 9)}\u200b${UUID.slice(9)}`,
  "a peering token": TOKEN.toString("base64"),
  "a peering token, URL-safe": TOKEN.toString("base64url"),
  "a peering token, encoded twice": Buffer.from(TOKEN.toString("base64")).toString("base64"),
  "a peering token in a path": `./${TOKEN.toString("base64")}`,
  "a JSON Web Token": `eyJhbGciOiJIUzI1NiJ9.${Buffer.from(`{"sub":"${UUID}"}`).toString("base64url")}.${KEY}`,
  "a private key": `-----BEGIN EC PRIVATE KEY-----\n${KEY}\n-----END EC PRIVATE KEY-----`,
};
/** Parts that occur in each form, so that no part is repeated either. */
const PIECES = [UUID.slice(9, 23), KEY.slice(0, 20), ...Object.values(SECRETS).map((text) => text.trim().slice(0, 30))];

async function neverRepeated(words, { code = 2, ...options } = {}) {
  for (const more of [[], ["--json"]]) {
    const said = await runOnTerminal([...words, ...more], { input: "", ...options });
    const text = (said.out + said.err).toLowerCase();
    for (const piece of PIECES) assert.ok(!text.includes(piece.toLowerCase()), `repeated: ${said.err}`);
    if (code !== undefined) assert.equal(said.code, code, said.err);
  }
}

const operandsOf = ({ least }) => Array(least).fill("eu");

describe("a secret on the command line is refused and not repeated", () => {
  for (const command of COMMANDS) {
    test(`${command.name}: every option, operand and name of an option`, async () => {
      const name = command.name.split(" ");
      for (const secret of Object.values(SECRETS)) {
        for (const [option, { type }] of Object.entries(optionsOf(command))) {
          if (type === "string") await neverRepeated([...name, ...operandsOf(command), `--${option}`, secret]);
          await neverRepeated([...name, ...operandsOf(command), `--${option}=${secret}`]);
        }
        await neverRepeated([...name, secret]);
        await neverRepeated([...name, ...operandsOf(command), secret]);
        for (const dashes of ["-", "--"]) {
          await neverRepeated([...name, ...operandsOf(command), dashes + secret.trim()]);
          await neverRepeated([...name, ...operandsOf(command), `${dashes}${secret.trim()}=x`]);
        }
        await neverRepeated([...name, ...operandsOf(command), "--", secret]);
      }
    });
  }

  test("in place of a command, or after half of one", async () => {
    for (const secret of Object.values(SECRETS)) {
      await neverRepeated([secret]);
      await neverRepeated(["token", secret]);
      await neverRepeated(["help", secret]);
      await neverRepeated(["list", "--token", secret]);
      await neverRepeated(["list", `--token=${secret}`]);
      await neverRepeated(["establish", "eu", "--peering-token", secret]);
    }
  });

  test("in an address: as its password, in its query", async () => {
    await neverRepeated(["list", "--cluster", `http://x:${UUID}@127.0.0.1:1`]);
    await neverRepeated(["list", "--cluster", `http://${UUID}@127.0.0.1:1`]);
    await neverRepeated(["list", "--cluster", `http://127.0.0.1:1/?token=${UUID}`]);
    await neverRepeated(["connect", `http://x:${UUID}@127.0.0.1:1`, "eu", "--a-name", "a", "--b-name", "b"]);
  });

  test("a password, which no rule recognises, is not repeated in place of a file of secrets", async () => {
    for (const words of [
      ["serve", "--password-file", "correct horse battery staple"],
      ["establish", "eu", "--peering-token-file", "correct horse battery staple"],
      ["token", "inspect", "correct horse battery staple"],
    ]) {
      const { code, err } = await runOnTerminal(words);
      assert.equal(code, 2, err);
      assert.match(err, /does not exist/);
      assert.doesNotMatch(err, /correct horse/);
    }
  });

  test("a UUID that is no secret is accepted: in a path, as a label", async () => {
    const path = `/var/lib/pods/${UUID}/token`;
    const { err } = await runOnTerminal(["establish", "eu", "--peering-token-file", path, "--meta", `id=${UUID}`]);
    assert.match(err, /does not exist/);
  });
});

describe("a secret in the environment or in clusters.json is not repeated", () => {
  test("in every variable", async () => {
    const names = ["ADDR", "TOKEN_FILE", "SSL", "SSL_VERIFY"].map((name) => `CONSUL_HTTP_${name}`);
    const others = [
      "CACERT",
      "CAPATH",
      "CLIENT_CERT",
      "CLIENT_KEY",
      "TLS_SERVER_NAME",
      "PARTITION",
      "PEERING_CLUSTERS",
    ];
    for (const name of [...names, ...others.map((name) => `CONSUL_${name}`)]) {
      for (const secret of Object.values(SECRETS)) await neverRepeated(["list"], { env: { [name]: secret } });
    }
  });

  test("as an alias, a key or a value", async () => {
    const address = "http://127.0.0.1:1";
    for (const secret of Object.values(SECRETS)) {
      const entries = [
        ...["address", "token_env", "token_file", "ca_file", "key_file", "datacenter"].map((key) => ({
          [key]: secret,
        })),
        ...[{ [secret]: "x" }, { token: secret }, { meta: secret }, { server_external_addresses: secret }],
        { server_external_addresses: ["lb.example:8503", secret] },
        ...(isUuid(secret) ? [] : [{ meta: { key: secret } }, { meta: { [secret]: "value" } }]),
      ];
      const files = [
        ...entries.map((entry) => ({ eu: { address, ...entry } })),
        { [secret]: { address } },
        { [secret]: 1 },
      ];
      for (const content of files) {
        await neverRepeated(["list", "--cluster", "eu", "--clusters", write("secret.json", content)]);
      }
      const broken = write("secret.json", `{ "eu": { "token": "${secret}" `);
      await neverRepeated(["list", "--cluster", "eu", "--clusters", broken]);
    }
  });
});

test("a UUID in meta of clusters.json is accepted: it is a label", async (t) => {
  const { clusters, stop } = await startSimulator({ clusters: ["eu"] });
  t.after(stop);
  const file = write("uuid.json", { eu: { address: clusters.eu.address, meta: { id: UUID } } });
  assert.equal((await run(["list", "--cluster", "eu", "--clusters", file])).code, 0);
});

describe("the file of a peering token", { skip: process.platform === "win32" }, () => {
  const world = async (t) => {
    const { clusters, stop } = await startSimulator({ clusters: ["eu", "us"], speed: 100 });
    t.after(stop);
    return { ...clusters, file: join(mkdtempSync(join(folder, "token-")), "us.peering-token") };
  };

  test("--out: creates a file that only its owner can read; stdout has no token", async (t) => {
    const { eu, us, file } = await world(t);
    const { code, out, err } = await run(["token", "generate", "us", "--cluster", eu.address, "--out", file]);
    assert.equal(code, 0, err);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const token = peeringToken(readFileSync(file, "utf8").trim());
    assert.ok(!out.includes(token.slice(0, 30)));
    const used = ["establish", "eu", "--cluster", us.address, "--peering-token-file", file];
    assert.match((await run(used)).out, /^State +ACTIVE$/m);
    assert.equal((await peering.read(eu, "us")).state, "ACTIVE");
  });

  test("--out --json names the file", async (t) => {
    const { eu, file } = await world(t);
    const { out } = await run(["token", "generate", "us", "--cluster", eu.address, "--out", file, "--json"]);
    assert.deepEqual(JSON.parse(out), { file });
    peeringToken(readFileSync(file, "utf8").trim());
  });

  test("a warning if an older, unused token becomes invalid, not with --quiet or --json", async (t) => {
    const { eu, us, file } = await world(t);
    let files = 0;
    const generate = async (...more) => {
      const out = `${file}-${files++}`;
      const { code, err } = await run(["token", "generate", "us", "--cluster", eu.address, "--out", out, ...more]);
      assert.equal(code, 0, err);
      return err;
    };
    assert.equal(await generate(), "", "there is no older one");
    assert.match(await generate(), /^Warning: The older peering token of "us", .*not used yet, becomes invalid\.\n$/);
    assert.equal(await generate("--quiet"), "");
    assert.equal(await generate("--json"), "", "stderr has only one document");
    const used = ["establish", "eu", "--cluster", us.address, "--peering-token-file", `${file}-3`];
    assert.equal((await run(used)).code, 0);
    await peering.wait(eu, "us", "ACTIVE");
    assert.equal(await generate(), "", "the older one was used");
  });

  test("--out: an existing file is kept, and no token is generated", async (t) => {
    const { eu, file } = await world(t);
    for (const place of [write("kept.txt", "kept"), folder, join(folder, "nowhere", "file")]) {
      const { code, err } = await run(["token", "generate", "us", "--cluster", eu.address, "--out", place]);
      assert.equal(code, 2, err);
      assert.match(err, /--out: the file (already exists|cannot be created)/);
    }
    assert.equal(readFileSync(join(folder, "kept.txt"), "utf8"), "kept");
    assert.deepEqual(await peering.list(eu), []);
    assert.ok(!existsSync(file));
  });

  test("--out: no file if the token is not generated", async (t) => {
    const { us, file } = await world(t);
    const { code } = await run(["token", "generate", "US", "--cluster", us.address, "--out", file]);
    assert.equal(code, 2);
    assert.ok(!existsSync(file));
  });

  test("--out to a full disk: exit code 1, how to get another token, no partial file", async (t) => {
    const { eu, file } = await world(t);
    const words = ["token", "generate", "us", "--cluster", eu.address, "--out", file];
    const { code, err } = await run(words, { shell: 'ulimit -f 1; exec "$@"' });
    assert.equal(code, 1, err);
    assert.match(err, /could not be written to the file of --out \(EFBIG\)[^]*Run the command again for a new token/);
    assert.ok(!existsSync(file));
  });

  test("--token-file, its former name, still works; both at once are refused", async (t) => {
    const { eu, us } = await world(t);
    const token = write("former.peering-token", peeringToken(await peering.generateToken(eu, { peer_name: "us" })));
    const establish = ["establish", "eu", "--cluster", us.address, "--token-file", token];
    const both = await run([...establish, "--peering-token-file", token]);
    assert.equal(both.code, 2);
    assert.match(both.err, /former name of --peering-token-file/);
    assert.match((await run(establish)).out, /^State +ACTIVE$/m);
    assert.doesNotMatch((await run(["establish", "--help"])).out, /--token-file/);
  });

  test("a warning for a secret's file that all users can read, once, with the fix", async (t) => {
    const { eu } = await world(t);
    const open = write("open.token", "00000000-1111-4222-8333-444444444444");
    const file = write("open.json", { eu: { address: eu.address, token_file: "open.token" } });
    const words = ["list", "--cluster", "eu", "--clusters", file];
    const warnings = async (mode, more = []) => {
      chmodSync(open, mode);
      return (await run([...words, ...more])).err.match(/^Warning: .*$/gm) ?? [];
    };
    assert.deepEqual(await warnings(0o600), []);
    assert.deepEqual(await warnings(0o640), [], "a group may be intended");
    const [warning, ...others] = await warnings(0o644);
    assert.match(warning, /token_file of eu: the file .*open\.token is readable by every user.*chmod 600/);
    assert.deepEqual(others, []);
    assert.deepEqual(await warnings(0o644, ["--json"]), [], "stderr has only one document");
    assert.deepEqual(await warnings(0o644, ["--quiet"]), []);
  });
});
