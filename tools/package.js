// Makes the generated half of pkg/ from what wasm-bindgen made: one .wasm, optimised and stripped, and one glue, with
// the hand-written JavaScript of src/js in it. Prints what each weighs.
import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const made = `${root}target/bindgen/`;
const pkg = `${root}pkg/`;
const WASM = "consul_peering_bg.wasm";

// After wasm-bindgen, not by cargo's `strip`: wasm-bindgen reads a section that stripping removes.
execFileSync(
  process.execPath,
  [
    `${root}node_modules/binaryen/bin/wasm-opt`,
    "-Oz",
    "--converge",
    // A large function put into its only caller saves bytes, and costs more of them once compressed.
    "--one-caller-inline-max-function-size=30",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
    `${made}${WASM}`,
    "-o",
    `${pkg}${WASM}`,
  ],
  { stdio: "inherit" },
);

const ours = {
  name: "ours",
  setup({ onResolve }) {
    onResolve({ filter: /^#glue$/ }, () => ({ path: `${made}consul_peering.js` }));
    // wasm-bindgen copies src/js beside its glue; the originals are meant, so that each exists once.
    onResolve({ filter: /\/snippets\/.*\/src\/js\// }, ({ path }) => ({
      path: `${root}src/js/${path.split("/").pop()}`,
    }));
  },
};
await build({
  entryPoints: [`${root}src/js/api.js`],
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  // wasm-bindgen names a module once for each function that it takes from it.
  logOverride: { "duplicate-object-key": "silent" },
  legalComments: "none",
  plugins: [ours],
  outfile: `${pkg}consul_peering.js`,
});

for (const name of ["README.md", "LICENSE-MIT", "LICENSE-APACHE"]) copyFileSync(`${root}${name}`, `${pkg}${name}`);

const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(9);
let total = 0;
for (const name of [WASM, "consul_peering.js", "node.js", "browser.js"]) {
  const bytes = readFileSync(`${pkg}${name}`);
  const zipped = gzipSync(bytes, { level: 9 }).length;
  // A host loads one of the two loaders; the larger counts.
  if (name !== "browser.js") total += zipped;
  console.log(`${name.padEnd(24)} ${kB(bytes.length)}  gzip ${kB(zipped)}`);
}
console.log(`${"module, glue and loader".padEnd(24)} ${"".padStart(9)}  gzip ${kB(total)}`);
