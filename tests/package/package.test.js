// The packed tarball: its content, its installation, its reproducibility, and checks of the package and its types.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { posix } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { links } from "../docs/documents.js";
import { INSTALLED, lay, PROJECT, ROOT, run, TARBALL, TOOLS, tool, toolVersion, VERSION } from "./place.js";
import { checkTable } from "./table.js";

const json = (path) => JSON.parse(readFileSync(path, "utf8"));
const listedFiles = () =>
  readFileSync(new URL("files.txt", import.meta.url), "utf8")
    .trim()
    .split("\n");
const rows = [];

test("contains exactly the files of files.txt", async () => {
  const packed = (await run("tar", ["-tzf", TARBALL])).trim().split("\n");
  assert.deepEqual(packed.map((path) => path.replace(/^package\//, "")).sort(), listedFiles().sort());
});

test("every link of its documents works in the installed package", () => {
  const documents = listedFiles().filter((path) => path.endsWith(".md"));
  assert.ok(documents.includes("README.md") && documents.includes("docs/guide.md"));
  const broken = documents.flatMap((path) =>
    links(`pkg/${path}`)
      .filter(({ target }) => !/^([a-z]+:|#)/.test(target))
      .filter(({ target }) => !existsSync(INSTALLED + posix.join(posix.dirname(path), target.split("#")[0])))
      .map(({ target, line }) => `${path}:${line} ${target}`),
  );
  assert.deepEqual(broken, []);
});

test("has no dependencies and no install scripts", () => {
  const described = Object.keys(json(`${INSTALLED}package.json`));
  assert.deepEqual(
    described.filter((key) => key === "scripts" || /dependencies$/i.test(key)),
    [],
  );
  const { packages } = json(`${PROJECT}node_modules/.package-lock.json`);
  assert.deepEqual(Object.keys(packages), ["node_modules/consul-peering", "node_modules/consul-peering-again"]);
  // npm records install scripts here, for instance of a binding.gyp.
  for (const noted of Object.values(packages)) assert.equal(noted.hasInstallScript, undefined);
});

test("a second build in another folder is identical", async () => {
  const again = (await run(`${ROOT}tools/rebuild-package`, [`${TOOLS}made/in/another/place`])).trim();
  assert.ok(readFileSync(again).equals(readFileSync(TARBALL)));
});

test("the installed command runs, by its path and by npx", async () => {
  const byPath = [`${PROJECT}node_modules/.bin/consul-peering`];
  for (const [command, ...words] of [byPath, ["npx", "--prefix", PROJECT, "consul-peering"]]) {
    assert.equal(await run(command, [...words, "--version"]), `consul-peering ${VERSION}\n`);
  }
  rows.push(["Node", "the command `consul-peering`", process.versions.node, "runs"]);
});

test("its subpaths lead to their files", async () => {
  const { resolve } = createRequire(PROJECT);
  const module = await WebAssembly.compile(readFileSync(resolve("consul-peering/consul_peering_bg.wasm")));
  assert.ok(WebAssembly.Module.exports(module).length > 0);
  assert.equal(json(resolve("consul-peering/package.json")).version, VERSION);
  const { startSimulator } = await import(resolve("consul-peering/simulator"));
  await (await startSimulator({ listen: false })).stop();
  assert.throws(() => resolve("consul-peering/node.js"), { code: "ERR_PACKAGE_PATH_NOT_EXPORTED" });
});

// The newest TypeScript and the last of the previous line, whose compiler is slower.
const OWN = `${ROOT}node_modules/typescript/`;
for (const [folder, configs] of [
  [OWN, ["node16", "nodenext", "nodenext-dom", "bundler", "dom"]],
  [tool("typescript/"), ["nodenext", "dom"]],
]) {
  const { version } = json(`${folder}package.json`);
  test(`its types, by its own exports, for TypeScript ${version}`, async () => {
    const types = lay("tests/types");
    for (const config of configs) {
      // In the repository, the types are found by a path; here, by the installed package. What has not changed since the
      // last run is not checked again.
      const project = ["-p", `${types}${config}.json`, "--paths", "null"];
      const known = ["--incremental", "--tsBuildInfoFile", `${TOOLS}types/${version}-${config}.tsbuildinfo`];
      await run(process.execPath, [`${folder}bin/tsc`, ...project, ...known]);
    }
    rows.push([
      "TypeScript",
      configs.map((config) => `\`${config}.json\``).join(", "),
      version,
      "compiles in strict mode",
    ]);
  });
}

test("publint reports nothing", async () => {
  const output = await run(tool(".bin/publint"), ["run", "--strict", TARBALL]);
  assert.match(output, /All good!\n$/);
  rows.push(["publint", "the tarball", toolVersion("publint"), "no findings"]);
});

test("arethetypeswrong reports nothing", async () => {
  // It does not support `require()` of ES modules, as the supported Nodes do; and a .wasm has no types.
  await run(tool(".bin/attw"), [TARBALL, "--profile", "esm-only", "--exclude-entrypoints", "consul_peering_bg.wasm"]);
  rows.push(["are-the-types-wrong", "the tarball", toolVersion("@arethetypeswrong/cli"), "no findings"]);
});

test("docs/runtimes.md has these results", () => checkTable("checks", rows));
