// The simulator is loaded only by importing it: everything else works in a package without its files.
import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { folder, run } from "./command-line.js";

const original = fileURLToPath(new URL("../../pkg", import.meta.url));
const copy = join(folder, "package-without-simulator");
const cli = join(copy, "cli.js");

before(() => {
  const filter = (path) => !path.startsWith(join(original, "simulator")) && !path.endsWith("/www");
  cpSync(original, copy, { recursive: true, filter });
});

describe("a package without the simulator's files", () => {
  for (const loader of ["node.js", "inline.js", "policy-node.js"]) {
    test(`${loader} can be imported`, async () => {
      assert.ok(Object.keys(await import(pathToFileURL(join(copy, loader)))).length > 0);
    });
  }

  test("commands work, and the demo on simulated clusters does not", async () => {
    for (const words of [["--help"], ["version"], ["demo", "--help"], ["validate", "us"]]) {
      const { code, err } = await run(words, { cli });
      assert.deepEqual([words, code, err], [words, 0, ""]);
    }
    // fetch refuses this port.
    const unreachable = await run(["list", "--cluster", "http://127.0.0.1:1"], { cli });
    assert.match(unreachable.err, /bad port/);
    const { code, err } = await run(["demo", "--simulated"], { cli });
    assert.equal(code, 1);
    assert.match(err, /simulator\.js/);
  });
});
