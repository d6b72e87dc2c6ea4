// Builds the generated half of pkg/ from the output of wasm-bindgen and wasm-opt.js: one .wasm, and one glue file, with the
// hand-written JavaScript of src/js in it. Prints the sizes.
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { withoutCustomSections } from "./custom-sections.js";
import { weightLine, zippedLength } from "./weights.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const made = `${root}target/bindgen/`;
const pkg = `${root}pkg/`;
const WASM = "consul_peering_bg.wasm";

writeFileSync(`${pkg}${WASM}`, withoutCustomSections(readFileSync(`${made}optimised.wasm`)));

// wasm-bindgen copies src/js next to its glue; the originals are used, so that each exists once.
/** @type {import("esbuild").Plugin} */
const originals = {
  name: "originals",
  setup({ onResolve }) {
    onResolve({ filter: /^#glue$/ }, () => ({ path: `${made}consul_peering.js` }));
    onResolve({ filter: /^\.\/snippets\// }, ({ path }) => ({ path: path.replace(/^\.\/snippets\/[^/]+\//, root) }));
  },
};
const { metafile } = await build({
  entryPoints: [`${root}src/js/api.js`],
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "none",
  // wasm-bindgen imports a file once for each function in it.
  logOverride: { "duplicate-object-key": "silent" },
  plugins: [originals],
  inject: [`${root}src/js/request.js`],
  metafile: true,
  outfile: `${pkg}consul_peering.js`,
});
writeFileSync(`${made}glue.json`, JSON.stringify(metafile)); // the size of each file, for benches

writeFileSync(`${pkg}${WASM}.js`, `export default "${readFileSync(`${pkg}${WASM}`, "base64")}";\n`);

for (const name of ["LICENSE-MIT", "LICENSE-APACHE"]) copyFileSync(`${root}${name}`, `${pkg}${name}`);

let total = 0;
for (const name of [WASM, "consul_peering.js", "node.js", "browser.js", "workerd.js", "inline.js", `${WASM}.js`]) {
  const bytes = readFileSync(`${pkg}${name}`);
  const zipped = zippedLength(bytes);
  // A host loads one of the loaders; the largest one next to the .wasm counts.
  if ([WASM, "consul_peering.js", "node.js"].includes(name)) total += zipped;
  console.log(weightLine(name, zipped, bytes.length));
}
console.log(weightLine("module, glue and loader", total));
