// Builds pkg/www from www/: the page with everything it loads, in one folder for any server, and for each file a copy
// compressed with gzip. Prints the sizes.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipAsync } from "@gfx/zopfli";
import binaryen from "binaryen";
import { build } from "esbuild";
import { weightLine } from "./weights.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const www = `${root}www/`;
const pkg = `${root}pkg/`;
const out = `${pkg}www/`;
const WASM = "consul_peering_bg.wasm";
/** Exports that the page does not call, nor the parts of the glue that it uses. */
const UNUSED = ["address", "checkTerraform", "countTerraform", "environment", "mesh", "read", "wait"];

const { outputFiles } = await build({
  entryPoints: [
    { in: `${www}app.js`, out: "app" },
    { in: `${www}index.css`, out: "style" },
  ],
  outdir: out,
  write: false,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  charset: "utf8",
  legalComments: "none",
  // wasm-bindgen imports a module once for each function in it.
  logOverride: { "duplicate-object-key": "silent" },
  alias: { "consul-peering": `${pkg}browser.js` },
});
rmSync(out, { recursive: true, force: true });
mkdirSync(out);
for (const { path, contents } of outputFiles) writeFileSync(path, contents);
for (const name of ["index.html", "icon.svg"]) copyFileSync(`${www}${name}`, `${out}${name}`);
writeFileSync(`${out}${WASM}`, withoutUnused(readFileSync(`${pkg}${WASM}`)));

let total = 0;
for (const name of readdirSync(out)) {
  const bytes = readFileSync(out + name);
  const zipped = await gzipAsync(bytes, {});
  writeFileSync(`${out}${name}.gz`, zipped);
  total += zipped.length;
  console.log(weightLine(`www/${name}`, zipped.length, bytes.length));
}
console.log(weightLine("the page in all", total));

/**
 * The module without functions that the page never calls.
 * @param {Buffer} wasm
 */
function withoutUnused(wasm) {
  const module = binaryen.readBinary(wasm);
  for (const name of UNUSED) module.removeExport(name);
  module.runPasses(["remove-unused-module-elements"]);
  return module.emitBinary();
}
