// The files that a command reads: special files, large ones, byte order marks, invalid JSON, and precedence.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { findMistake } from "../../pkg/cli/json-mistake.js";
import { folder, run, runOnTerminal, start, write } from "./command-line.js";

const NOWHERE = "http://127.0.0.1:1";
const ENTRY = { eu: { address: NOWHERE } };
/** The file was read: the command tries to reach the cluster, which does not exist. */
const ASKED = /^Error: .*127\.0\.0\.1:1\b/m;
const BOM = "\ufeff";
const MEGABYTE = 1024 * 1024;

/** Every way to name a file, with valid content. */
const NAMED = {
  "--clusters": { how: (file) => [["list", "--cluster", "eu", "--clusters", file]], content: JSON.stringify(ENTRY) },
  CONSUL_PEERING_CLUSTERS: {
    how: (file) => [["list", "--cluster", "eu"], { CONSUL_PEERING_CLUSTERS: file }],
    content: JSON.stringify(ENTRY),
  },
  token_file: {
    how: (file) => [
      ["list", "--cluster", "eu", "--clusters", write("named.json", { eu: { address: NOWHERE, token_file: file } })],
    ],
    content: "00000000-1111-4222-8333-444444444444\n",
  },
  CONSUL_HTTP_TOKEN_FILE: {
    how: (file) => [["list"], { CONSUL_HTTP_ADDR: NOWHERE, CONSUL_HTTP_TOKEN_FILE: file }],
    content: "00000000-1111-4222-8333-444444444444\n",
  },
  CONSUL_CACERT: {
    how: (file) => [["list"], { CONSUL_HTTP_ADDR: "https://127.0.0.1:1", CONSUL_CACERT: file }],
  },
  CONSUL_CLIENT_KEY: {
    how: (file) => [
      ["list"],
      { CONSUL_HTTP_ADDR: "https://127.0.0.1:1", CONSUL_CLIENT_CERT: file, CONSUL_CLIENT_KEY: file },
    ],
  },
  "--peering-token-file": { how: (file) => [["establish", "eu", "--peering-token-file", file]] },
  check: { how: (file) => [["check", file]], large: false },
  "token inspect": { how: (file) => [["token", "inspect", file]] },
  "--password-file": {
    how: (file) => [["serve", "--demo", "--listen", "192.0.2.1:1", "--password-file", file]],
  },
  "--tls-key": { how: (file) => [["serve", "--demo", "--tls-cert", file, "--tls-key", file]] },
};

describe("every file that a command reads", { skip: process.platform === "win32" }, () => {
  const place = mkdtempSync(join(folder, "files-"));
  const [pipe, directory] = [join(place, "pipe"), join(place, "directory")];
  let large;
  before(() => {
    execFileSync("mkfifo", [pipe]);
    mkdirSync(directory);
    large = write("large", "a".repeat(MEGABYTE + 1));
  });

  for (const [name, { how, content, large: limited = true }] of Object.entries(NAMED)) {
    test(`${name}: no special file${limited ? ", at most 1 MB" : ""}`, async () => {
      for (const [file, expected] of [
        [pipe, /is a named pipe/],
        [directory, /is a directory/],
        ["/dev/zero", /is not a regular file/],
        ...(limited ? [[large, /is larger than 1 MB/]] : []),
      ]) {
        const [words, env] = how(file);
        const { code, err } = await runOnTerminal(words, { env, input: "" });
        assert.equal(code, 2, err);
        assert.match(err, expected);
      }
    });

    if (content === undefined) continue;
    test(`${name}: a byte order mark and UTF-16 are read`, async () => {
      const utf16 = Buffer.from(BOM + content, "utf16le");
      for (const written of [BOM + content, utf16]) {
        const [words, env] = how(write("marked", written));
        const { code, err } = await run(words, { env });
        assert.deepEqual([code, ASKED.test(err)], [1, true], err);
      }
    });

    test(`${name}: a pipe of the shell and /dev/stdin are read`, async () => {
      const [piped, env] = how("/dev/fd/5");
      const shell = 'exec 5<"$SCRATCH"; cat <&5 | { exec 5<&0 </dev/null; exec "$@"; }';
      const five = await run(piped, { env: { ...env, SCRATCH: write("source", content) }, shell });
      assert.deepEqual([five.code, ASKED.test(five.err)], [1, true], five.err);
      const [words, more] = how("/dev/stdin");
      const stdin = await run(words, { env: more, input: content });
      assert.deepEqual([stdin.code, ASKED.test(stdin.err)], [1, true], stdin.err);
    });
  }

  test("an endless stdin is read up to the limit", async () => {
    for (const [words, limit] of [
      [["check"], /stdin is larger than 256 MB/],
      [["establish", "eu"], /stdin is longer than any peering token/],
    ]) {
      const { code, err } = await run(words, { shell: 'exec "$@" </dev/zero' });
      assert.equal(code, 2, err);
      assert.match(err, limit);
    }
  });

  test("an endless pipe is read up to the limit", async () => {
    const { code, err } = await run(["list", "--cluster", "eu", "--clusters", "/dev/fd/5"], {
      shell: 'exec "$@" 5</dev/zero',
    });
    assert.equal(code, 2);
    assert.match(err, /larger than 1 MB/);
  });

  test("a pipe is read once, however many aliases of it are used", async () => {
    const two = JSON.stringify({ ...ENTRY, us: ENTRY.eu });
    const { err } = await run(["plan", "eu", "us", "--clusters", "/dev/stdin"], { input: two });
    assert.match(err, ASKED);
  });

  test("Ctrl-C ends a command that reads a pipe", { timeout: 30_000 }, async () => {
    const child = start(["list", "--cluster", "eu", "--clusters", "/dev/stdin"]);
    // More than a pipe's buffer: once it is written, the command reads.
    await new Promise((done) => child.stdin.write(" ".repeat(MEGABYTE - 1), done));
    child.kill("SIGINT");
    const [code, signal] = await once(child, "close");
    assert.ok(signal === "SIGINT" || code === 130, `${code} ${signal}`);
  });
});

describe("clusters.json that is not JSON", () => {
  const refused = async (text) => {
    const file = write("broken.json", text);
    const { code, err } = await runOnTerminal(["list", "--cluster", "eu", "--clusters", file]);
    assert.equal(code, 2);
    return /broken\.json is not valid JSON: (.+)\./.exec(err)?.[1];
  };

  test("reports the line and the column of the mistake", async () => {
    for (const [text, where] of Object.entries({
      "": "line 1, column 1",
      '{\n  "eu": { "address": "http://a" },\n}': "line 3, column 1",
      '{\n  "eu": { "address": "http://a" }\n  "us": {}\n}': "line 3, column 3",
      '{ "eu": { address: "http://a" } }': "line 1, column 11",
      "{ 'eu': {} }": "line 1, column 3",
      '{ "eu": {\n': "line 2, column 1",
      '{ "eu": "a\nb" }': "line 1, column 9",
      '{ "eu": {} } // comment': "line 1, column 14",
      '{ "eu": [1, 2,] }': "line 1, column 15",
      '{ "eu": tru }': "line 1, column 9",
      [`${BOM}{ "eu" }`]: "line 1, column 8",
    })) {
      assert.equal(await refused(text), `error at ${where}`, JSON.stringify(text));
    }
  });

  test("is invalid exactly when JSON.parse rejects it", () => {
    const seeds = ['{"a": [1, 2, {"b": null}], "c": "x\\n\\u00e9", "d": -1.5e+3}', "[]", '"a"', " [true , false]\n"];
    const signs = [...'{}[]:,"\\ \n\t012.eE+-truefalsn\u0001\u007f\u0085\u2028'];
    let state = 1;
    const random = (below) => (state = (state * 48_271) % 2_147_483_647) % below;
    const offset = (text, { line, column }) =>
      text
        .split("\n")
        .slice(0, line - 1)
        .reduce((sum, { length }) => sum + length + 1, 0) +
      column -
      1;
    for (let i = 0; i < 20_000; i++) {
      let text = seeds[random(seeds.length)];
      for (let changes = random(4); changes > 0; changes--) {
        const at = random(text.length + 1);
        text = text.slice(0, at) + (random(2) ? signs[random(signs.length)] : "") + text.slice(at + random(2));
      }
      let right = true;
      try {
        JSON.parse(text);
      } catch {
        right = false;
      }
      const at = offset(text, findMistake(text));
      // Truncated text has its mistake at the end.
      if (right) assert.equal(at, text.length, JSON.stringify(text));
      else if (at < text.length) assert.throws(() => JSON.parse(`${text.slice(0, at + 1)}`), JSON.stringify(text));
    }
  });
});

describe("which clusters.json", () => {
  const place = mkdtempSync(join(folder, "which-"));
  const file = (name) => join(place.slice(folder.length + 1), name);
  const known = async (words, env) =>
    /Aliases: (.+)\./.exec((await run(["list", "--cluster", "none", ...words], { env, cwd: place })).err)?.[1];

  test("--clusters, then CONSUL_PEERING_CLUSTERS, then the one in the working directory", async () => {
    const option = write(file("option.json"), { option: { address: NOWHERE } });
    const variable = write(file("variable.json"), { variable: { address: NOWHERE } });
    write(file("clusters.json"), { here: { address: NOWHERE } });
    const env = { CONSUL_PEERING_CLUSTERS: variable };
    assert.equal(await known(["--clusters", option], env), "option");
    assert.equal(await known([], env), "variable");
    assert.equal(await known([], {}), "here");
    assert.equal(await known([], { CONSUL_PEERING_CLUSTERS: "" }), "here");
    const { code, err } = await run(["mesh"], { env: { CONSUL_PEERING_CLUSTERS: "none.json" }, cwd: place });
    assert.equal(code, 2);
    assert.match(err, /none\.json does not exist[^]*Check --clusters and CONSUL_PEERING_CLUSTERS/);
  });
});
