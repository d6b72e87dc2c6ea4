// Completion: the candidates, and the scripts in the shells that are installed.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { COMMANDS } from "../../pkg/cli/commands/index.js";
import { complete } from "../../pkg/cli/completion.js";
import { folder, run } from "./command-line.js";

const CLI = fileURLToPath(new URL("../../pkg/cli.js", import.meta.url));
const ALIASES = [
  ["eu", "http://eu"],
  ["eu-west", "http://w"],
  ["us", "http://us"],
];

/** The candidates for a line, whose last word is incomplete. */
const offered = (line, aliases = () => ALIASES) => complete(line.split(" "), aliases).map(([word]) => word);

describe("candidates", () => {
  test("commands, word by word", () => {
    assert.deepEqual(offered("con"), ["connect"]);
    assert.deepEqual(offered("token "), ["generate", "inspect"]);
    assert.deepEqual(offered("token g"), ["generate"]);
    assert.deepEqual(offered("help di"), ["disconnect"]);
    assert.deepEqual(offered("--json li"), ["list"]);
    assert.deepEqual(offered("nonsense "), []);
    const all = offered("");
    for (const { name } of COMMANDS) assert.ok(all.includes(name.split(" ")[0]), name);
    assert.ok(all.includes("help") && all.includes("version"));
    assert.equal(new Set(all).size, all.length);
  });

  test("the options of the command, without those that are set", () => {
    assert.deepEqual(offered("list --cl"), ["--cluster", "--clusters"]);
    assert.deepEqual(offered("list --cluster eu --cl"), ["--clusters"]);
    assert.deepEqual(offered("establish us --meta a=b --me"), ["--meta"]);
    assert.ok(!offered("connect eu us --").includes("--cluster"));
    assert.ok(!offered("establish us --").includes("--token-file"), "a former name");
    assert.deepEqual(offered("--v"), ["--version"]);
  });

  test("aliases for operands and values that are clusters, each once", () => {
    assert.deepEqual(offered("list --cluster e"), ["eu", "eu-west"]);
    assert.deepEqual(offered("list --cluster=e"), ["--cluster=eu", "--cluster=eu-west"]);
    assert.deepEqual(
      complete(["list", "--cluster", "=", "e"], () => ALIASES),
      [ALIASES[0], ALIASES[1]],
    );
    assert.equal(complete(["list", "--cluster", "="], () => ALIASES).length, 3);
    assert.deepEqual(offered("connect eu "), ["eu-west", "us"]);
    assert.deepEqual(offered("connect eu us "), []);
    assert.deepEqual(offered("mesh eu us "), ["eu-west"]);
    assert.deepEqual(offered("health u"), ["us"]);
    assert.deepEqual(offered("delete "), [], "the name of a peering");
    const asked = [];
    offered("list --clusters other.json --cluster ", (file) => (asked.push(file), []));
    assert.deepEqual(asked, ["other.json"]);
  });

  test("values of a fixed set, and files", () => {
    assert.deepEqual(offered("check --format "), ["text", "json", "sarif"]);
    assert.deepEqual(offered("permissions --require w"), ["write"]);
    assert.deepEqual(offered("completion "), ["bash", "zsh", "fish"]);
    for (const line of ["check ", "list --clusters ", "token inspect ", "serve --tls-key "]) {
      assert.deepEqual(offered(line), [":files"], line);
    }
    assert.deepEqual(offered("list --timeout "), []);
  });
});

describe("in a shell", { concurrency: true }, () => {
  const place = join(folder, "completion");
  const bin = join(place, "bin");
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, HOME: place };
  for (const name of ["CONSUL_PEERING_CLUSTERS", "FORCE_COLOR"]) delete env[name];

  before(() => {
    mkdirSync(bin, { recursive: true });
    const program = `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n`;
    writeFileSync(join(bin, "consul-peering"), program, { mode: 0o755 });
    const aliases = {
      eu: { address: "http://eu" },
      "eu-west": { address: "http://w:8500" },
      "$(x)": { address: "http://x" },
    };
    writeFileSync(join(place, "clusters.json"), JSON.stringify(aliases));
    writeFileSync(join(place, "plan.json"), "{}");
  });

  /** The output of a script in a shell; undefined if the shell is not installed. */
  async function shell(name, args, script) {
    const { out, err, code } = await run(["completion", name]);
    assert.deepEqual([code, err], [0, ""]);
    writeFileSync(join(place, `script.${name}`), out);
    const { stdout, stderr, error } = spawnSync(name, [...args, "-c", script], { cwd: place, env, encoding: "utf8" });
    if (error?.code === "ENOENT") return undefined;
    assert.equal(stderr, "");
    return stdout.trimEnd().split("\n");
  }

  test("bash", async () => {
    const script = `source script.bash
      offer() {
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _consul_peering; echo "\${COMPREPLY[*]}"
      }
      offer consul-peering con
      offer consul-peering connect eu ''
      offer consul-peering list --cluster = e
      offer consul-peering list --cluster ''
      offer consul-peering check p
      complete -p consul-peering`;
    assert.deepEqual(await shell("bash", ["--norc"], script), [
      "connect",
      "eu-west",
      "eu eu-west",
      "eu eu-west",
      "plan.json",
      "complete -F _consul_peering consul-peering",
    ]);
  });

  test("zsh", async (t) => {
    const script = `compdef() { echo "for $2" }
      _describe() { echo "\${(j: :)candidates}" }
      _files() { echo files }
      source script.zsh
      offer() { words=("$@"); CURRENT=$#; _consul_peering }
      offer consul-peering con
      offer consul-peering connect eu ''
      offer consul-peering list --cluster=eu-
      offer consul-peering check p`;
    const lines = await shell("zsh", ["-f"], script);
    if (!lines) return t.skip("zsh is not installed");
    const connect = COMMANDS.find(({ name }) => name === "connect");
    assert.deepEqual(lines, [
      "for consul-peering",
      `connect:${connect.summary}`,
      "eu-west:http://w:8500",
      "--cluster=eu-west:http://w:8500",
      "files",
    ]);
  });

  test("fish", async (t) => {
    const script = `source script.fish
      for line in 'con' 'connect eu ' 'list --cluster=eu-' 'check p'
        complete -C "consul-peering $line"
      end`;
    const lines = await shell("fish", ["--no-config"], script);
    if (!lines) return t.skip("fish is not installed");
    assert.deepEqual(
      lines.map((line) => line.split("\t")[0]),
      ["connect", "eu-west", "--cluster=eu-west", "plan.json"],
    );
  });

  test("an unknown shell is a usage error; an invalid clusters.json yields no candidates and no message", async () => {
    const { code, err } = await run(["completion", "tcsh"]);
    assert.equal(code, 2);
    assert.match(err, /bash, zsh, fish/);
    writeFileSync(join(folder, "broken.json"), "{");
    const nothing = await run(["__complete", "list", "--clusters", "broken.json", "--cluster", ""]);
    assert.deepEqual(nothing, { code: 0, out: "", err: "" });
  });
});
