// Nothing from a server reaches a terminal unescaped: every command, run on a terminal, against clusters whose texts
// contain control characters and characters that deceive a reader.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import * as peering from "../../pkg/node.js";
import { COMMANDS } from "../../pkg/cli/commands/index.js";
import { createStory } from "../../pkg/cli/demo-story.js";
import { createOutput } from "../../pkg/cli/output.js";
import { startSimulator } from "../../pkg/simulator.js";
import { atLength } from "../extent.js";
import { runOnTerminal, terminal, write } from "./command-line.js";
import { peeringToken } from "./secrets.js";

// A colour that the package uses, one that it does not, the C1 form of ESC [, a change of the text direction, invisible
// characters, a line break of Unicode, one beyond 16 bits, and a carriage return.
const POISON = "a\x1b[31mb\x1b[35m\x9b2J\u202e\u200b\u2028\u{e0041}\rz";
const HIDDEN = /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u;
const OWN = /\x1b\[(?:[0-2]|22|3[12369])m/g;
/** The progress of a terminal moves the cursor. */
const OWN_MOVES = /\r|\x1b\[(?:2K|1A|K|J)/g;

/** Every text of Consul's peering object: the path of its keys. */
const FIELDS = [
  ...["ID", "Name", "Partition", "DeletedAt", "State", "PeerID", "PeerServerName"].map((key) => [key]),
  ...["PeerCAPems", "PeerServerAddresses"].map((key) => [key, 0]),
  ...["Partition", "Datacenter"].map((key) => ["Remote", key]),
  ...["Region", "Zone"].map((key) => ["Remote", "Locality", key]),
  ...["LastHeartbeat", "LastReceive", "LastSend"].map((key) => ["StreamStatus", key]),
  ...["ImportedServices", "ExportedServices"].map((key) => ["StreamStatus", key, 0]),
  ["Meta", "team"],
  ["Meta", POISON],
];

function poison(object, [key, ...rest]) {
  if (rest.length === 0) object[key] = POISON;
  else poison((object[key] ??= typeof rest[0] === "number" ? [] : {}), rest);
}

/** Every text of any other response, except peering tokens. */
function poisonAll(value) {
  if (typeof value === "string") return value + POISON;
  if (Array.isArray(value)) return value.map(poisonAll);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, poisonAll(each)]));
}

/** A proxy of a cluster: `change` is passed a request's path and the response; `change.refuse` refuses a method. */
async function front({ address, fetch }, change) {
  const server = createServer(async (incoming, outgoing) => {
    let body = "";
    for await (const chunk of incoming) body += chunk;
    const { method, url } = incoming;
    const refused = change.refuse?.(method);
    if (refused) return void outgoing.writeHead(500).end(refused);
    const answer = await fetch(address + url, body ? { method, body } : { method });
    const index = answer.headers.get("x-consul-index");
    const { status, text } = change(url.split("?")[0], { status: answer.status, text: await answer.text() });
    outgoing.writeHead(status, index ? { "X-Consul-Index": index } : {}).end(text);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `http://127.0.0.1:${server.address().port}`,
    close: () => server.close() && server.closeAllConnections(),
  };
}

/** Two linked clusters, each behind a proxy with `change`. */
async function world(change) {
  const simulator = await startSimulator({ clusters: ["eu", "us"], speed: 100, listen: false });
  const { eu, us } = simulator.clusters;
  await peering.connect(
    { cluster: eu, peer_name: "us", meta: { team: "payments" } },
    { cluster: us, peer_name: "eu", meta: { team: "payments" } },
  );
  const fronts = [await front(eu, change), await front(us, change)];
  const entry = ({ address }) => ({ address, server_external_addresses: [] });
  const file = write(`hostile-${fronts[0].address.split(":")[2]}.json`, { eu: entry(fronts[0]), us: entry(fronts[1]) });
  const token = peeringToken(await peering.generateToken(us, { peer_name: "third" }));
  return {
    token,
    file,
    stop: () => (fronts.forEach(({ close }) => close()), simulator.stop()),
  };
}

/** The commands that print what a server sends. */
const COMMAND_LINES = ({ file, token }) => {
  const on = (alias) => ["--cluster", alias, "--clusters", file];
  return [
    { words: ["read", "us", ...on("eu")] },
    { words: ["list", ...on("eu")] },
    { words: ["watch", ...on("eu")], endless: true },
    { words: ["watch", "us", ...on("eu")], endless: true },
    { words: ["health", ...on("eu")] },
    { words: ["health", "us", "--other", "us", ...on("eu")] },
    { words: ["troubleshoot", "eu", "us", "--clusters", file] },
    { words: ["permissions", ...on("eu")] },
    { words: ["plan", "eu", "us", "--clusters", file] },
    { words: ["connect", "eu", "us", "--yes", "--clusters", file] },
    { words: ["rotate", "eu", "us", "--dry-run", "--clusters", file] },
    { words: ["rotate", "eu", "us", "--clusters", file] },
    { words: ["mesh", "--dry-run", "--clusters", file] },
    { words: ["mesh", "--yes", "--clusters", file] },
    { words: ["disconnect", "eu", "us", "--dry-run", "--clusters", file] },
    { words: ["disconnect", "eu", "us", "--yes", "--clusters", file] },
    { words: ["establish", "third", "--no-wait", ...on("eu")], input: token },
    { words: ["token", "generate", "third", ...on("us")] },
    { words: ["delete", "us", "--yes", "--no-wait", ...on("eu")] },
  ];
};
const NO_SERVER = ["token inspect", "check", "validate", "serve", "demo", "completion"]; // tested below

function assertHarmless({ out, err }, what) {
  for (const [text, moves] of [
    [out, /(?!)/g],
    [err, OWN_MOVES],
  ]) {
    assert.ok(!text.includes("a\x1b[31mb"), `${what}: a server's colour`);
    const found = HIDDEN.exec(text.replaceAll(moves, "").replaceAll(OWN, ""));
    assert.equal(found, null, `${what}: U+${found?.[0].codePointAt(0).toString(16)} in ${JSON.stringify(text)}`);
  }
}

test("every command is covered", () => {
  const tried = COMMAND_LINES({ file: "", token: "" }).map(({ words }) => words.join(" "));
  for (const { name } of COMMANDS.filter(({ name }) => !NO_SERVER.includes(name))) {
    assert.ok(
      tried.some((line) => line.startsWith(name)),
      name,
    );
  }
});

describe("texts of a peering", { skip: process.platform === "win32" }, () => {
  let field;
  let here;
  before(async () => {
    const change = (path, { status, text }) => {
      if (!path.startsWith("/v1/peering") || status !== 200) return { status, text };
      const found = JSON.parse(text);
      for (const each of [found].flat()) poison(each, field);
      return { status, text: JSON.stringify(found) };
    };
    // Writes are refused, so that the state is the same for each command.
    change.refuse = (method) => method !== "GET" && `rpc error: ${POISON}`;
    here = await world(change);
  });
  after(() => here.stop());

  for (const each of FIELDS) {
    test(`${JSON.stringify(each)} in every command`, async () => {
      field = each;
      for (const { words, ...options } of COMMAND_LINES(here)) {
        const short = words[0] === "watch" ? words : [...words, "--timeout", "1s"];
        assertHarmless(await runOnTerminal(short, options), short.join(" "));
        if (!atLength) continue; // hostile-cli.test.js runs --json with all of them at once
        assertHarmless(await runOnTerminal([...short, "--json"], options), `${short.join(" ")} --json`);
      }
    });
  }

  test("--json contains the original text", async () => {
    field = ["StreamStatus", "ImportedServices", 0];
    const { out } = await runOnTerminal(["list", "--cluster", "eu", "--clusters", here.file, "--json"]);
    assert.match(out, /a\\u001b\[31mb\\u001b\[35m\\u009b2J\\u202e\\u200b\\u2028\\udb40\\udc41\\rz/);
    assert.equal(JSON.parse(out)[0].stream.imported_services[0], POISON);
    const shown = await runOnTerminal(["read", "us", "--cluster", "eu", "--clusters", here.file]);
    assert.match(shown.out, /a\\u001b\[31mb\\u001b\[35m\\u009b2J\\u202e\\u200b\\u2028\\udb40\\udc41\\rz/);
  });
});

describe("texts of other responses", { skip: process.platform === "win32" }, () => {
  const lines = COMMAND_LINES({ file: "", token: "" });
  const changes = {
    "identity: every text of /v1/agent, /v1/connect and /v1/catalog": (path, { status, text }) => ({
      status,
      text: path.startsWith("/v1/peering") || status !== 200 ? text : JSON.stringify(poisonAll(JSON.parse(text))),
    }),
    "what a command shows when it has succeeded": (path, { status, text }) => {
      if (!path.startsWith("/v1/peering") || status !== 200 || !text.includes('"State"')) return { status, text };
      const found = JSON.parse(text);
      const shown = FIELDS.filter(([key]) => ["Remote", "StreamStatus", "Meta"].includes(key));
      for (const each of [found].flat()) for (const field of shown) poison(each, field);
      return { status, text: JSON.stringify(found) };
    },
    "the text of a refusal": () => ({ status: 500, text: POISON.repeat(3) }),
    "the text of a 403": () => ({ status: 403, text: `Permission denied: ${POISON}` }),
    "what is no JSON": () => ({ status: 200, text: POISON }),
  };
  for (const [what, change] of Object.entries(changes)) {
    test(what, async (t) => {
      for (const i of lines.keys()) {
        const here = await world(change);
        t.after(here.stop);
        const { words, ...options } = COMMAND_LINES(here)[i];
        const short = words[0] === "watch" ? words : [...words, "--timeout", "1s"];
        assertHarmless(await runOnTerminal(short, options), short.join(" "));
      }
    });
  }
});

describe("texts of files and operands", () => {
  test("a peering token of another cluster", async () => {
    const simulator = await startSimulator({ clusters: ["eu"], listen: false });
    const token = JSON.parse(
      Buffer.from(await peering.generateToken(simulator.clusters.eu, { peer_name: "us" }), "base64"),
    );
    await simulator.stop();
    for (const key of Object.keys(token)) {
      const poisoned = { ...token, [key]: Array.isArray(token[key]) ? [POISON] : POISON };
      const input = peeringToken(
        Buffer.from(JSON.stringify({ EstablishmentSecret: "none at all", ...poisoned })).toString("base64"),
      );
      assertHarmless(await runOnTerminal(["token", "inspect"], { input }), key);
      assertHarmless(await runOnTerminal(["token", "inspect", "--json"], { input }), key);
    }
  });

  test("names, plans, aliases and clusters.json", async () => {
    assertHarmless(await runOnTerminal(["validate", POISON]), "validate");
    assertHarmless(await runOnTerminal(["validate", POISON, "--json"]), "validate --json");
    const resource = {
      address: POISON,
      mode: "managed",
      type: "consul_peering",
      name: POISON,
      change: { actions: ["create"], after: { peer_name: POISON, meta: { [POISON]: POISON } } },
    };
    const input = JSON.stringify({ format_version: "1.2", resource_changes: [resource] });
    for (const format of ["text", "json", "sarif"]) {
      assertHarmless(await runOnTerminal(["check", "--format", format], { input }), `check ${format}`);
    }
    const poisoned = write("poisoned.json", {
      [POISON]: { address: "http://127.0.0.1:1" },
      eu: { address: "http://127.0.0.1:1", [POISON]: "x" },
    });
    for (const words of [
      ["list", "--cluster", "eu"],
      ["list", "--cluster", "xx"],
      ["mesh"],
      ["list", "--cluster", POISON],
      ["list", "--clusters", POISON],
      [POISON],
      ["list", `--${POISON}`],
      ["list", "--timeout", POISON],
    ]) {
      const all = words.includes("--clusters") ? words : [...words, "--clusters", poisoned];
      assertHarmless(await runOnTerminal(all), words.join(" "));
      assertHarmless(await runOnTerminal([...all, "--json"]), words.join(" "));
    }
  });

  test("the demo's table", () => {
    const [stdout, stderr] = [terminal({ columns: 2000 }), terminal()];
    const story = createStory(createOutput({ stdout, stderr, env: {} }, {}));
    const poisoned = {
      peer_name: POISON,
      state: POISON,
      role: POISON,
      remote: { datacenter: POISON },
      meta: { [POISON]: POISON },
      id: POISON,
    };
    story.fact(POISON);
    story.peerings({ eu: poisoned });
    assertHarmless({ out: stdout.text(), err: "" }, "demo");
  });
});
