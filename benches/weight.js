// The size of each loaded part in bytes, uncompressed and as compressed by a web server.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { zippedLength as zipped } from "../tools/weights.js";

const pkg = new URL("../pkg/", import.meta.url);
const sources = fileURLToPath(new URL("../src/js/", import.meta.url));
const LOADERS = { node: "Node and Bun", browser: "a page", workerd: "workerd", inline: "Deno and one-file bundles" };

export default async function () {
  const parts = {
    loader: readFileSync(new URL("node.js", pkg)),
    glue: readFileSync(new URL("consul_peering.js", pkg)),
    wasm: readFileSync(new URL("consul_peering_bg.wasm", pkg)),
  };
  const all = Object.values(parts).reduce((sum, bytes) => sum + zipped(bytes), 0);
  return [
    { ...row("module, glue and loader, gzip", all), bar: { of: "ours", most: 120_000 } },
    row("the module, gzip", zipped(parts.wasm)),
    row("the module", parts.wasm.length),
    row("the glue, gzip", zipped(parts.glue)),
    row("the hand-written part of the glue, gzip", zipped(await handWrittenGlue())),
    ...Object.entries(LOADERS).map(([name, host]) =>
      row(`the loader of ${host}, gzip`, zipped(readFileSync(new URL(`${name}.js`, pkg)))),
    ),
  ];
}

const row = (name, bytes) => ({ name, unit: "bytes", ours: { median: bytes, low: bytes, high: bytes } });

/** The JavaScript of src/js, without what wasm-bindgen made. */
async function handWrittenGlue() {
  const files = readdirSync(sources).filter((name) => name.endsWith(".js"));
  const { outputFiles } = await build({
    stdin: { contents: files.map((name) => `export * from "./${name}";`).join("\n"), resolveDir: sources },
    bundle: true,
    format: "esm",
    target: "es2022",
    minify: true,
    external: ["#glue"],
    write: false,
  });
  return outputFiles[0].contents;
}
