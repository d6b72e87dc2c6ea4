// Makes the generated half of pkg/ from what wasm-bindgen made: one .wasm, optimised and stripped, and one glue, with
// the hand-written JavaScript of src/js in it. Prints what each weighs.
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { withShortNames } from "./short-names.js";
import { makeSmall } from "./wasm-opt.js";
import { weightLine, zippedLength } from "./weights.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const made = `${root}target/bindgen/`;
const pkg = `${root}pkg/`;
const WASM = "consul_peering_bg.wasm";

const { wasm, glue } = withShortNames(readFileSync(`${made}${WASM}`), readFileSync(`${made}consul_peering.js`, "utf8"));
writeFileSync(`${made}short.wasm`, wasm);

// After wasm-bindgen, not by cargo's `strip`: wasm-bindgen reads a section that stripping removes.
const bare = ["--strip-debug", "--strip-producers", "--strip-target-features"];
makeSmall(`${made}short.wasm`, `${pkg}${WASM}`, ...bare);

const ours = {
  name: "ours",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^#glue$/ }, () => ({ path: "glue", namespace: "ours" }));
    // wasm-bindgen copies src/js beside its glue; the originals are meant, so that each exists once.
    onLoad({ filter: /^glue$/, namespace: "ours" }, () => ({
      contents: glue,
      resolveDir: `${root}src/js`,
    }));
  },
};
const { metafile } = await build({
  entryPoints: [`${root}src/js/api.js`],
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "none",
  plugins: [ours],
  metafile: true,
  outfile: `${pkg}consul_peering.js`,
});
writeFileSync(`${made}glue.json`, JSON.stringify(metafile)); // what each file adds, for those who weigh it

writeFileSync(`${pkg}${WASM}.js`, `export default "${readFileSync(`${pkg}${WASM}`, "base64")}";\n`);

for (const name of ["LICENSE-MIT", "LICENSE-APACHE"]) copyFileSync(`${root}${name}`, `${pkg}${name}`);

let total = 0;
for (const name of [WASM, "consul_peering.js", "node.js", "browser.js", "workerd.js", "inline.js", `${WASM}.js`]) {
  const bytes = readFileSync(`${pkg}${name}`);
  const zipped = zippedLength(bytes);
  // A host loads one of the loaders; the largest of those beside the .wasm counts.
  if ([WASM, "consul_peering.js", "node.js"].includes(name)) total += zipped;
  console.log(weightLine(name, zipped, bytes.length));
}
console.log(weightLine("module, glue and loader", total));
