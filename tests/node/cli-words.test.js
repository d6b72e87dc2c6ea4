// Errors name commands and flags, not the library's functions and options.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { connect, generateToken, remove, wait } from "../../pkg/node.js";
import { COMMANDS } from "../../pkg/cli/commands/index.js";
import { describe as described } from "../../pkg/cli/failure.js";
import { startSimulator } from "../../pkg/simulator.js";
import { portOf, runHere as run, write } from "./command-line.js";
import { unreliablePort } from "./unreliable-port.js";

/** Names of the library's functions and options that the command line does not have. */
const API =
  /\b(inspectToken|generateToken|checkTerraform|validatePeerName|onProgress|left_behind|peer_name|replace: true|timeout \(ms\)|signal|Call connect)\b|\(ms\)/;

let simulator, ports, file;

before(async () => {
  simulator = await startSimulator({ clusters: ["eu", "us"], speed: 50, listen: false });
  ports = { eu: await portOf(simulator.clusters.eu), us: await portOf(simulator.clusters.us) };
  file = write("words.json", { eu: { address: ports.eu.address }, us: { address: ports.us.address } });
});
after(() => {
  for (const { close } of Object.values(ports)) close();
  return simulator.stop();
});

/** The error document of a command that fails. */
async function errorOf(words, options) {
  const [text, json] = [await run(words, options), await run([...words, "--json"], options)];
  assert.notEqual(json.code, 0, json.err);
  const document = JSON.parse(json.err);
  assert.ok(text.err.replaceAll(/\s+/g, " ").includes(document.hint.replaceAll(/\s+/g, " ")), text.err);
  const { message, hint, findings } = document;
  for (const each of [text.err, message, hint, ...findings.map(({ message }) => message)]) {
    assert.doesNotMatch(each, API);
  }
  return document;
}

describe("an error names the command", () => {
  test("if the function has another name, or another function failed", async () => {
    const token = await errorOf(["token", "inspect"], { input: "nonsense!" });
    assert.match(token.message, /^token inspect: /);
    assert.match(token.findings[0].message, /^The peering token /);

    const two = write("refused.json", { a: { address: "http://127.0.0.1:2" }, b: { address: ports.us.address } });
    const linked = await errorOf(["connect", "a", "b", "--clusters", two]);
    assert.doesNotMatch(linked.message, /^plan /);
  });

  test("and the side or the address of a finding", async () => {
    const words = ["connect", "eu", "us", "--external-address", "lb:8503", "--external-address", "nowhere"];
    const { findings } = await errorOf([...words, "--b-name", "EU", "--clusters", file]);
    const messages = findings.filter(({ severity }) => severity === "error").map(({ message }) => message);
    assert.match(messages[0], /^A: External address 2 "nowhere" /);
    assert.match(messages[1], /^B: The (peer )?name "EU" /);
  });
});

describe("a hint names flags and commands", () => {
  test("timeout", async (t) => {
    const eu = await unreliablePort(t, simulator.clusters.eu);
    eu.setMode("mute");
    const { code, hint } = await errorOf(["list", "--cluster", eu.address, "--timeout", "300ms"]);
    assert.equal(code, "timeout");
    assert.match(hint, /--timeout 2m/);
  });

  test("only options that the command has", () => {
    const hintOf = (name, code) => {
      const command = COMMANDS.find((each) => each.name === name);
      return described({ code, operation: "x", message: "x: y", reason: "y" }, [], { command }).hint;
    };
    for (const name of ["connect", "plan", "rotate", "disconnect", "mesh", "troubleshoot"]) {
      assert.match(hintOf(name, "wrong_datacenter"), /correct datacenter of the alias in clusters\.json\.$/);
      assert.doesNotMatch(hintOf(name, "partition_unsupported"), /--partition/);
    }
    assert.match(hintOf("connect", "meta_fixed"), /--a-meta or --b-meta/);
    for (const name of ["list", "read", "establish", "token generate"]) {
      assert.match(hintOf(name, "wrong_datacenter"), /correct --datacenter, or datacenter of the alias/);
      assert.match(hintOf(name, "partition_unsupported"), /--partition/);
    }
  });

  test("a peering of another role, and a TERMINATED one", async () => {
    const { eu, us } = simulator.clusters;
    await connect({ cluster: eu, peer_name: "us" }, { cluster: us, peer_name: "eu" });
    const role = await errorOf(["token", "generate", "eu", "--cluster", "us", "--clusters", file]);
    assert.equal(role.code, "role_conflict");
    assert.ok(role.hint.includes(`\`consul-peering delete NAME --cluster us --clusters ${file}\``), role.hint);
    const input = await generateToken(eu, { peer_name: "other" });
    const establish = await errorOf(["establish", "us", "--cluster", "eu", "--clusters", file], { input });
    assert.equal(establish.code, "same_cluster");
    await remove(us, "eu");
    await wait(eu, "us", "TERMINATED");
    const dead = await errorOf(["token", "generate", "us", "--cluster", "eu", "--clusters", file]);
    assert.equal(dead.code, "terminated");
    assert.match(dead.hint, /`consul-peering delete NAME --cluster eu --clusters .+`.*`consul-peering connect`/);
    const rotate = await errorOf(["rotate", "eu", "us", "--no-external-addresses", "--clusters", file]);
    assert.match(rotate.hint, /^`consul-peering connect A B` links the clusters/);
  });

  test("a peering that does not exist, and how to list the others", async () => {
    const { err } = await run(["read", "none", "--cluster", "eu", "--clusters", file]);
    assert.ok(err.includes(`\`consul-peering list --cluster eu --clusters ${file}\``), err);
  });

  test("for every code of the library, with its general hint", () => {
    const source = readFileSync(new URL("../../src/consul/code.rs", import.meta.url), "utf8");
    const names = new Map([...source.matchAll(/^ +(\w+) = "([a-z_]+)",$/gm)].map(([, code, name]) => [code, name]));
    const hints = [...source.matchAll(/Code::(\w+) => (?:\{\s*)?"((?:[^"\\]|\\.)*)"/g)];
    assert.deepEqual([hints.length, new Set(hints.map(([, code]) => names.get(code))).size], [names.size, names.size]);
    assert.ok(names.size >= 28, `${names.size} codes`);
    for (const [code, text] of hints.map(([, code, text]) => [names.get(code), text])) {
      for (const command of COMMANDS.filter(({ offline }) => !offline)) {
        const hinted = { code, reason: "x", hint: JSON.parse(`"${text}"`) };
        const error = { ...hinted, operation: "list", message: "list at http://a: x" };
        const { hint, message } = described(error, [], { command });
        assert.doesNotMatch(hint, API, `${code} of ${command.name}`);
        assert.match(message, new RegExp(`^${command.name} at`));
      }
    }
  });

  test("an error of the command line itself is unchanged", () => {
    const error = { code: "timeout", message: "list is short", hint: "As written." };
    const { message, hint } = described(error, [], { command: { name: "token inspect" } });
    assert.deepEqual([message, hint], ["list is short", "As written."]);
  });
});
