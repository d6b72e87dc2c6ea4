// Every command against a server that sends arbitrary data: it ends with an exit code, prints no control sequence, and
// with --json prints JSON.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { after, before, describe, test } from "node:test";
import { COMMANDS } from "../../pkg/cli/commands/index.js";
import { main } from "../../pkg/cli/main.js";
import { consul } from "../hostile/consul.js";
import { filledWith, texts, values } from "../hostile/peerings.js";
import { response, responses } from "../hostile/responses.js";
import { startHostile } from "../hostile/server.js";
import { makeCertificates } from "./certificates.js";
import { terminal, write } from "./command-line.js";
import { aclToken, peeringToken } from "./secrets.js";

const ACL = aclToken("7c1d9a52-0000-4c8e-9d3a-bcbcbcbcbcbc");
const SECRET = aclToken("99999999-5ec2-e700-1111-abcdefabcdef");
const TOKEN = peeringToken(
  Buffer.from(
    JSON.stringify({
      CA: null,
      ServerAddresses: ["10.0.0.1:8503"],
      ServerName: "server.us.peering.22222222-3333-4444-5555-666666666666.consul",
      PeerID: "c3f1a2b4-0f6a-4b0c-9b1e-3f3b2f2a7d22",
      EstablishmentSecret: SECRET,
    }),
  ).toString("base64"),
);

/** Each command that sends requests, with its operands. */
const LINES = {
  connect: ["connect", "eu", "us", "--yes"],
  "connect --dry-run": ["connect", "eu", "us", "--dry-run"],
  plan: ["plan", "eu", "us"],
  rotate: ["rotate", "eu", "us", "--no-external-addresses"],
  disconnect: ["disconnect", "eu", "us", "--yes"],
  mesh: ["mesh"],
  establish: ["establish", "us"],
  read: ["read", "us"],
  list: ["list"],
  watch: ["watch"],
  delete: ["delete", "us", "--yes"],
  "token generate": ["token", "generate", "us"],
  health: ["health"],
  "health NAME": ["health", "us"],
  "health --other": ["health", "--other", "us"],
  troubleshoot: ["troubleshoot", "eu", "us"],
  permissions: ["permissions"],
  "list --all": ["list", "--all"],
  "health --all": ["health", "--all"],
  "permissions --all": ["permissions", "--all"],
};
const OFFLINE = ["token inspect", "check", "validate", "completion"];
/** Commands with their own tests: the page's server, and clusters without another server. */
const ELSEWHERE = ["serve", "demo"];
const TIMEOUT = "300ms";
const ALMOST_TIME = "2026-11-24T05:58:13.1\x1b[2JZ";

test("the table lists every command", () => {
  const known = [...new Set(Object.keys(LINES).map((line) => line.replace(/ (--[a-z-]+|NAME)$/, "")))];
  assert.deepEqual(
    COMMANDS.map(({ name }) => name)
      .filter((name) => !known.includes(name))
      .sort(),
    [...OFFLINE, ...ELSEWHERE].sort(),
  );
});

/**
 * A command in this process, on a terminal (`tty`) or with its output in pipes. `end` is called when the reader of its
 * output exits, as `head` does, which ends `watch`.
 */
function start(words, clusters, { tty, timeout: limit }) {
  const [stdout, stderr] = tty ? [terminal(), terminal()] : [new PassThrough(), new PassThrough()];
  const printed = { out: "", err: "" };
  stdout.on("data", (text) => (printed.out += text));
  stderr.on("data", (text) => (printed.err += text));
  const several =
    ["connect", "plan", "rotate", "disconnect", "mesh", "troubleshoot"].includes(words[0]) || words.includes("--all");
  const one = several ? [] : ["--cluster", "eu"];
  const timeout = words[0] === "watch" ? [] : ["--timeout", limit];
  const io = { stdin: PassThrough.from([TOKEN]), stdout, stderr, env: { TOKEN_OF_BOTH: ACL, TERM: "xterm" } };
  const code = main([...words, ...one, ...timeout, "--clusters", clusters], io);
  return {
    ended: code.then((code) => ({ words, tty, code, ...printed })),
    end: () => stdout.destroy(Object.assign(new Error("write EPIPE"), { code: "EPIPE" })),
  };
}

process.setMaxListeners(0); // each run listens for signals

/** Runs commands concurrently against one server, and checks their output. */
async function runAll(t, lines, respond, { tty = false, json = false, tls, timeout = TIMEOUT } = {}) {
  const server = await startHostile(respond, tls?.secure);
  t.after(() => server.close());
  const entry = { address: server.address, token_env: "TOKEN_OF_BOTH", ...(tls && { ca_file: tls.ca_file }) };
  const clusters = write(`hostile-${server.port}.json`, { eu: entry, us: entry });
  const running = lines.map((words) => start(json ? [...words, "--json"] : words, clusters, { tty, timeout }));
  const endless = running.filter((_, i) => lines[i][0] === "watch");
  await Promise.all(running.filter((each) => !endless.includes(each)).map(({ ended }) => ended));
  for (const { end } of endless) end();
  for (const { ended } of running) check(await ended, json);
  return Promise.all(running.map(({ ended }) => ended));
}

/**
 * Control sequences, changes of the text direction and invisible characters, except the package's own colours and
 * cleared lines.
 */
const HIDDEN = /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]|\p{Cs}/u;
const OWN = /\x1b\[(?:(?:[0-2]|22|3[12369])m|2?K|J|\d+A)|\r/g;

/** Holds for all output of a command, whatever a server has sent. */
function check({ words, tty, code, out, err }, json) {
  const line = words.join(" ");
  assert.ok([0, 1, 2, 3].includes(code), `${line}: exit code ${code}`);
  for (const [stream, printed] of Object.entries({ out, err })) {
    const text = tty ? printed.replace(OWN, "") : printed;
    const { index = 0 } = HIDDEN.exec(text) ?? {};
    assert.doesNotMatch(
      text,
      HIDDEN,
      `${line}: std${stream}: ${JSON.stringify(text.slice(Math.max(0, index - 50), index + 50))}`,
    );
    assert.ok(!text.includes(ACL) && !text.includes(SECRET), `${line}: a secret on std${stream}`);
    assert.doesNotMatch(text, /^\s+at .*(file|node|wasm):/m, `${line}: a stack on std${stream}`);
  }
  if (!json) return;
  const [name] = words;
  // One document; of watch, one a line.
  for (const document of name === "watch"
    ? out.split("\n").filter(Boolean)
    : [out, err].filter((text) => text.trim())) {
    assert.doesNotThrow(() => JSON.parse(document), `${line}: ${document.slice(0, 300)}`);
  }
}

describe("every command, a peering with unusual values", { concurrency: 4 }, () => {
  const lines = Object.values(LINES);
  for (const [title, value] of Object.entries({ ...texts, "almost a time": ALMOST_TIME })) {
    for (const how of [{}, { tty: true }, { json: true }]) {
      test(`${title} in every field, ${how.json ? "as JSON" : how.tty ? "on a terminal" : "in a pipe"}`, async (t) => {
        const odd = filledWith(value, "us");
        await runAll(
          t,
          lines,
          consul({ peerings: [filledWith(value), odd], peering: odd, datacenter: value, token: value }),
          how,
        );
      });
    }
  }
  for (const [title, value] of Object.entries(values)) {
    test(`${title} in every field`, async (t) => {
      const odd = { ...filledWith(value), ID: "1", Name: "us", State: "ACTIVE" };
      for (const json of [false, true]) {
        await runAll(t, lines, consul({ peerings: [odd], peering: odd, datacenter: value, token: value }), { json });
      }
    });
  }
});

describe("every command, a response that Consul never sends", { concurrency: 8 }, () => {
  const lines = Object.values(LINES);
  for (const [title, respond] of Object.entries(responses)) {
    test(title, async (t) => {
      await runAll(
        t,
        lines.filter(([name]) => name !== "watch"),
        respond,
        { json: true },
      );
      await runAll(t, [LINES.list, LINES.connect, LINES.watch], respond, { tty: true });
    });
  }
});

test("escaped characters are shown", async (t) => {
  const odd = filledWith(texts["escape sequences"]);
  const [{ out, code }] = await runAll(t, [LINES.list], consul({ peerings: [odd] }), { tty: true, timeout: "60s" });
  assert.equal(code, 0);
  assert.match(out, /\\u001b\[2J\\u001b\[5m/);
});

test("a server that echoes the request in every part of a response", async (t) => {
  const echo = ({ headers, body }) => [
    response(`500 ${headers["x-consul-token"]}`, `${headers["x-consul-token"]} ${body}`, [
      `X-Consul-Token: ${headers["x-consul-token"]}`,
      `X-Consul-Index: ${headers["x-consul-token"]}`,
      `Retry-After: ${headers["x-consul-token"]}`,
    ]),
  ];
  for (const json of [false, true]) await runAll(t, Object.values(LINES), echo, { json });
});

describe("every command, with ca_file", { skip: !process.env.CONSUL && "CONSUL is not set" }, () => {
  const folder = mkdtempSync(join(tmpdir(), "consul-peering-hostile-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  let tls;
  before(() => {
    const { server, client } = makeCertificates(folder, "dc1");
    const secure = { cert: readFileSync(server.cert_file), key: readFileSync(server.key_file) };
    tls = { secure, ca_file: client.ca_file };
  });
  const odd = ["status 600", "status 999", "status 099", "control characters in the reason phrase"];
  for (const title of [...odd, "101 without an upgrade", "103 without an end", "half a head"]) {
    test(title, async (t) => {
      for (const { code } of await runAll(t, Object.values(LINES), responses[title], { json: true, tls })) {
        assert.notEqual(code, 2, "the settings are valid");
      }
    });
  }
});
