// Builds the generated half of pkg/simulator from the output of wasm-bindgen: the module without function names, its
// glue, and the module as text. Prints the sizes.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { withoutCustomSections } from "./custom-sections.js";
import { weightLine, zippedLength } from "./weights.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const made = `${root}target/bindgen/`;
const pkg = `${root}pkg/`;
const WASM = "simulator_bg.wasm";

// Tests load it from a disk: a twentieth less is not worth half a minute.
writeFileSync(`${pkg}${WASM}`, withoutCustomSections(readFileSync(`${made}${WASM}`)));
buildSync({
  entryPoints: [`${made}simulator.js`],
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "none",
  outfile: `${pkg}simulator/glue.js`,
});
const bytes = readFileSync(`${pkg}${WASM}`);
writeFileSync(`${pkg}${WASM}.js`, `export default "${bytes.toString("base64")}";\n`);

for (const name of [WASM, "simulator/glue.js", `${WASM}.js`]) {
  const file = readFileSync(`${pkg}${name}`);
  console.log(weightLine(name, zippedLength(file), file.length));
}
