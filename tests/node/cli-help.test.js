// The help: of everything, of a group, of a command; within the width of the terminal.
import assert from "node:assert/strict";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { COMMANDS } from "../../pkg/cli/commands/index.js";
import { optionsOf, parse } from "../../pkg/cli/arguments.js";
import { commandHelp, groupHelp, mainHelp } from "../../pkg/cli/help.js";
import { displayWidth } from "../../pkg/cli/layout.js";
import { colours } from "../../pkg/cli/terminal.js";
import { folder, run, runHere } from "./command-line.js";

const { version } = JSON.parse(readFileSync(new URL("../../pkg/package.json", import.meta.url)));

/** All help texts, for a terminal of this width. */
function everyHelp(columns) {
  const colour = colours({ isTTY: columns !== undefined, columns }, {});
  const texts = COMMANDS.map((command) => [command.name, commandHelp(command, colour)]);
  return [["the main help", mainHelp(COMMANDS, colour)], ["token", groupHelp("token", COMMANDS, colour)], ...texts];
}

const words = (text) => text.replaceAll(" \\\n", "\n").split(/\s+/).filter(Boolean);

describe("text", { concurrency: true }, () => {
  test("help, help COMMAND, COMMAND --help and -h print the same", async () => {
    const [main, ...same] = await Promise.all([["--help"], ["help"], ["-h"]].map((each) => runHere(each)));
    assert.match(main.out, /\nHelp\n {2}help \[COMMAND\] .*\n {2}version /);
    for (const each of same) assert.deepEqual(each, main);
    const [one, ...others] = await Promise.all(
      [
        ["list", "--help"],
        ["help", "list"],
        ["list", "-h"],
      ].map((w) => runHere(w)),
    );
    assert.match(one.out, /Usage\n {2}consul-peering list/);
    for (const each of others) assert.deepEqual(each, one);
    const { out } = await runHere(["help", "token", "generate"]);
    assert.match(out, /Usage\n {2}consul-peering token generate NAME/);
  });

  test("of a group of commands", async () => {
    const all = [
      ["token", "--help"],
      ["token", "help"],
      ["help", "token"],
      ["token", "-h"],
    ];
    for (const { code, out, err } of await Promise.all(all.map((each) => runHere(each)))) {
      assert.deepEqual([code, err], [0, ""]);
      assert.match(out, /Usage\n {2}consul-peering token COMMAND/);
      for (const name of ["generate NAME", "inspect"]) assert.match(out, new RegExp(`^ {2}token ${name}`, "m"));
      assert.doesNotMatch(out, /^ {2}list/m);
    }
    const unknown = await runHere(["help", "lits"]);
    assert.equal(unknown.code, 2);
    assert.match(unknown.err, /Did you mean `list`/);
  });

  test("version, --version and -v", async () => {
    for (const each of await Promise.all([["version"], ["--version"], ["-v"]].map((w) => runHere(w)))) {
      assert.deepEqual(each, { code: 0, out: `consul-peering ${version}\n`, err: "" });
    }
  });
});

test("help, version, completion and usage errors do not load the module", async () => {
  const copy = join(folder, "package-without-module");
  const original = fileURLToPath(new URL("../../pkg", import.meta.url));
  cpSync(original, copy, { recursive: true, filter: (path) => !path.endsWith(".wasm") && !path.endsWith("/www") });
  const cli = join(copy, "cli.js");
  const words = [["--help"], ["list", "--help"], ["help", "token"], ["version"], ["__complete", "li"]];
  const usage = [["lits"], ["list", "--cluster"]];
  for (const { code, err } of await Promise.all(words.map((each) => run(each, { cli })))) {
    assert.deepEqual([code, err], [0, ""]);
  }
  for (const { code } of await Promise.all(usage.map((each) => run(each, { cli })))) assert.equal(code, 2);
  const { code, err } = await run(["list"], { cli });
  assert.equal(code, 1);
  assert.match(err, /consul_peering_bg\.wasm/);
});

describe("width", () => {
  for (const columns of [undefined, 80, 60, 40]) {
    test(`${columns ?? "a pipe"}: no line is wider, except for a single wide word`, () => {
      const width = columns ?? 80;
      for (const [name, text] of everyHelp(columns)) {
        const wide = text
          .split("\n")
          .filter((line) => displayWidth(line) > width)
          // A URL in the example of clusters.json, an option with its value, a quoted argument.
          .filter(
            (line) =>
              !/^ *("\w+": )?\S+( \\)?$|^ *(--?[\w-]+|[|>]) \S+( \\)?$|['"].* .*['"]|^ *consul-peering/.test(line),
          );
        assert.deepEqual(wide, [], `${name} at ${width}`);
      }
    });
  }

  test("80 columns are enough for every help text", () => {
    for (const [name, text] of everyHelp(80)) {
      assert.deepEqual(text.split("\n").filter((line) => displayWidth(line) > 80), [], name); // prettier-ignore
    }
  });

  test("words are never broken: a narrow help has the words of a wide one", () => {
    const wide = everyHelp(100);
    for (const columns of [80, 40, 20]) {
      everyHelp(columns).forEach(([name, text], i) => {
        const comments = (list) => list.filter((word) => word !== "#");
        assert.deepEqual(comments(words(text)), comments(words(wide[i][1])), `${name} at ${columns}`);
      });
    }
  });
});

describe("flags of Consul's command line", () => {
  const refusal = (list) => {
    try {
      parse(list, COMMANDS);
    } catch ({ code, message, hint }) {
      return { code, message, hint };
    }
    return assert.fail(`${list.join(" ")} is taken`);
  };

  test("each is recognised, with its equivalent", () => {
    const expected = [
      [
        ["list", "-http-addr=https://consul.example:8501"],
        /^-http-addr is a flag of the consul command/,
        /--cluster ALIAS\|URL/,
      ],
      [["list", "--http-addr", "https://consul.example:8501"], /^--http-addr is a flag/, /--cluster ALIAS\|URL/],
      [["list", "-token", "x"], /^-token /, /CONSUL_HTTP_TOKEN,/],
      [["list", "-token-file=x"], /^-token-file /, /CONSUL_HTTP_TOKEN_FILE/],
      [["list", "-format=json"], /^-format /, /^Use --json\.$/],
      [["list", "--format", "json"], /^`list` has no option --format\.$/, /^Use --json\.$/],
      [["read", "-name", "eu"], /^-name /, /the argument NAME/],
      [["read", "-datacenter=eu", "us"], /^-datacenter /, /--datacenter NAME/],
      [["-partition", "x", "list"], /^-partition /, /--partition NAME/],
      [["list", "-ca-file", "ca.pem"], /^-ca-file /, /CONSUL_CACERT/],
      [["list", "-client-cert", "c.pem"], /^-client-cert /, /CONSUL_CLIENT_CERT/],
      [["token", "generate", "-name", "eu"], /^-name /, /the argument NAME/],
      [["list", "--token-file", "x"], /^`list` has no option --token-file\.$/, /CONSUL_HTTP_TOKEN_FILE/],
      [["--datacenter", "eu"], /^Unknown option --datacenter before the command\.$/, /--help/],
    ];
    for (const [list, message, hint] of expected) {
      const refused = refusal(list);
      assert.equal(refused.code, "usage");
      assert.match(refused.message, message);
      assert.match(refused.hint, hint);
    }
  });

  test("what is advised is an option of the command, or a key of clusters.json", () => {
    for (const key of ["datacenter", "partition"]) {
      for (const name of ["connect", "plan", "rotate", "disconnect", "troubleshoot"]) {
        const two = refusal([name, "eu", "us", `--${key}`, "x"]);
        assert.equal(two.message, `\`${name}\` has no option --${key}.`);
        assert.equal(two.hint, `Set ${key} of the alias in clusters.json.`);
        assert.equal(refusal([name, "eu", "us", `-${key}=x`]).hint, two.hint);
      }
    }
    assert.match(refusal(["connect", "eu", "us", "--meta", "a=b"]).hint, /^Use --a-meta KEY=VALUE or --b-meta /);
    assert.match(refusal(["connect", "-http-addr", "x"]).hint, /^Set address of the alias in clusters\.json\.$/);
    for (const command of COMMANDS) {
      for (const flag of ["datacenter", "partition", "meta", "name", "http-addr", "server-external-addresses"]) {
        const { hint } = refusal([...command.name.split(" "), `-${flag}`, "x"]);
        const advised = hint.match(/(?<=^Use --|or --)[a-z-]+/g) ?? [];
        for (const option of advised) assert.ok(option in optionsOf(command), `${command.name}: ${hint}`);
      }
    }
  });

  test("every flag of the table in docs/from-the-consul-cli.md is one", () => {
    const page = readFileSync(new URL("../../docs/from-the-consul-cli.md", import.meta.url), "utf8");
    const flags = [...page.matchAll(/^\| `(-[a-z-]+)` /gm)].map(([, flag]) => flag);
    assert.ok(flags.length >= 14);
    for (const flag of flags) assert.match(refusal(["read", `${flag}=x`]).message, new RegExp(`^${flag} is a flag`));
  });

  test("the value is never repeated", () => {
    const secret = "11111111-2222-3333-4444-555555555555";
    for (const list of [[`-token=${secret}`], ["-token", secret], ["-peering-token", secret], ["-http-addr", secret]]) {
      assert.ok(!JSON.stringify(refusal(["read", "eu", ...list])).includes(secret), list[0]);
    }
  });

  test("own options with one dash, options of check, and arguments after -- are not taken for them", () => {
    assert.match(refusal(["list", "-json"]).hint, /--json/);
    assert.equal(parse(["check", "--format", "json"], COMMANDS).values.format, "json");
    assert.deepEqual(parse(["validate", "--", "-name"], COMMANDS).operands, ["-name"]);
  });
});
