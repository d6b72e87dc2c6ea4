// esbuild does not follow URLs: pages and programs for Node, with the module inside and, for comparison, without it.
import { build } from "esbuild";

const page = { format: "esm" };
const node = { platform: "node", format: "esm" };
// The test is about esbuild's warning here: `import.meta` in CommonJS.
const cjs = { platform: "node", format: "cjs", logLevel: "error" };

for (const [name, entry, options, file = "main.js"] of [
  ["inline", "page-inline", page],
  ["plain", "page", page],
  ["node-inline", "command-inline", node, "main.mjs"],
  ["node-inline-cjs", "command-inline", { ...cjs, logLevel: "warning" }, "main.cjs"],
  ["node-plain", "command", node, "main.mjs"],
  ["node-plain-cjs", "command", cjs, "main.cjs"],
]) {
  const { warnings } = await build({
    entryPoints: [`../app/${entry}.js`],
    outfile: `dist/${name}/${file}`,
    bundle: true,
    minify: true,
    ...options,
  });
  if (options !== cjs && warnings.length > 0) throw new Error(warnings.map(({ text }) => text).join("\n"));
}
