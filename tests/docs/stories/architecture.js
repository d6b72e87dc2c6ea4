// ARCHITECTURE.md: the diagram has the dependencies of the code, and the files that it names exist.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { read } from "../examples.js";
import { ROOT } from "../documents.js";
import { assertNamesFiles } from "../programs.js";

/** Folders of code, the deepest first: those below src and pkg, and one with a crate of its own around it. */
const FOLDERS = [
  ...new Set(
    execFileSync("git", ["ls-files", "--", "src/*/*", "pkg/*/*"], { cwd: ROOT, encoding: "utf8" })
      .split("\n")
      .flatMap((path) => /^(?:src\/simulator\/host|\w+\/\w+)(?=\/.*\.(?:rs|js)$)/.exec(path)?.[0] ?? []),
  ),
  ...["pkg", "www"],
].sort((a, b) => b.length - a.length);

export default async function story(t, take) {
  await t.test("the arrows are the dependencies in the code", () => {
    const drawing = take("Folders and dependencies", "mermaid");
    const folders = Object.fromEntries(
      [...drawing.matchAll(/(\w+)\["([^"]+)"\]/g)].map(([, id, folder]) => [id, folder]),
    );
    const arrows = [...drawing.matchAll(/(\w+)(?:\["[^"]+"\])? --> (\w+)/g)].map(([, from, to]) => [from, to]);
    const drawn = arrows.map(([from, to]) => `${folders[from]} --> ${folders[to]}`);
    assert.deepEqual(Object.values(folders).sort(), FOLDERS.toSorted());
    assert.deepEqual(drawn.sort(), [...codesArrows()].sort());
  });

  await t.test("the files that it names exist", () => assertNamesFiles("ARCHITECTURE.md"));
}

/** Dependencies: `use crate::…` in Rust, imports in JavaScript, without generated files. */
function codesArrows() {
  const arrows = new Set();
  const files = ["src", "pkg", "www"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true }).map((name) => `${folder}/${name}`),
  );
  for (const file of files.filter(
    // Unit tests run on simulated clusters.
    (file) =>
      /\.(rs|js)$/.test(file) &&
      !/\/(?:tests|fixtures)\.rs$/.test(file) &&
      !/^pkg\/(www\/|consul_peering|simulator\/glue|simulator_bg)/.test(file),
  )) {
    const from = folderOf(file);
    for (const to of namedIn(file).map(folderOf)) if (from && to && from !== to) arrows.add(`${from} --> ${to}`);
  }
  return arrows;
}

function namedIn(file) {
  // Types are named in comments, and load nothing.
  const text = read(file)
    .replace(/^\s*\/\/.*$|\/\*\*[^]*?\*\//gm, "")
    .replace(/^#\[cfg\(.*\btest\b.*\)\]\nmod \w+ \{[^]*/m, "");
  if (file.endsWith(".rs")) {
    // Two folders are crates of their own: one does not know the package, the other uses it by its name.
    const folder = folderOf(file);
    if (folder === "src/simulator") return [];
    const named = text.matchAll(folder === "src/wasi" ? /\bconsul_peering::(\w+)/g : /\bcrate::(\w+)/g);
    return [...named].map(([, name]) => `src/${name}/mod.rs`);
  }
  const imports = [...text.matchAll(/(?:from|import|import\() ?"([^"]+)"/g)].map(([, name]) => name);
  return imports.flatMap((name) => {
    if (name === "consul-peering") return ["pkg/node.js"];
    return name.startsWith(".") ? [normalize(join(dirname(file), name))] : [];
  });
}

/** An entry, such as pkg/cli.js, belongs to the folder of the same name. */
function folderOf(file) {
  const inside = file.replace(/^(pkg\/(?:cli|simulator))(?:-inline|_bg\.wasm)?\.js$/, "$1/entry.js");
  return FOLDERS.find((folder) => inside.startsWith(`${folder}/`));
}
