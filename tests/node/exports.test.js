// The package as a module: what it exports, by import and by require.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import * as peering from "../../pkg/node.js";
import { PACKAGE, inProcess } from "./package-process.js";

const { PeeringError, validatePeerName } = peering;
const TYPES = readFileSync(new URL("../../pkg/index.d.ts", import.meta.url), "utf8");

describe("the package", () => {
  test("is ready on import, and init may be called all the same", async () => {
    assert.equal(await peering.init(), undefined);
    assert.equal(await peering.init(new Uint8Array()), undefined, "nothing is loaded twice");
    assert.deepEqual(validatePeerName("eu"), []);
  });

  test("exports what is documented, under both names of delete", () => {
    const declared = [...TYPES.matchAll(/^export (?:declare )?(?:function|class) (\w+)/gm)].map(([, name]) => name);
    const listed = [...TYPES.matchAll(/^export \{(.*)\};/gm)].flatMap(([, names]) =>
      names.split(",").map((name) => name.trim().split(" as ").at(-1)),
    );
    const documented = [...new Set([...declared, ...listed])].sort();
    assert.ok(documented.length >= 15, documented);
    for (const name of documented) assert.equal(typeof peering[name], "function", name);
    assert.equal(peering.delete, peering.remove);
  });

  test("exports nothing else", () => {
    const undocumented = Object.keys(peering).filter(
      (name) => !new RegExp(`^(export .*\\b${name}\\b)`, "m").test(TYPES),
    );
    assert.deepEqual(undocumented, []);
  });

  test("can be required", () => {
    const required = createRequire(import.meta.url)(fileURLToPath(PACKAGE));
    assert.equal(required.PeeringError, PeeringError, "the same instance as by import");
    const program = 'console.log(p.validatePeerName("EU")[0].rule, Object.keys(p).includes("delete"))';
    assert.equal(inProcess(program, { load: "require" }), "lower_case true");
    assert.equal(inProcess(program), "lower_case true");
  });
});
