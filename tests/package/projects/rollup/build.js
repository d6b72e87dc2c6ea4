// A page, with the plugin that follows URLs and without it, and the page with the module inside.
import nodeResolve from "@rollup/plugin-node-resolve";
import { importMetaAssets } from "@web/rollup-plugin-import-meta-assets";
import { rollup } from "rollup";

async function build(name, entry, ...plugins) {
  const bundle = await rollup({
    input: `../app/${entry}.js`,
    plugins: [nodeResolve({ browser: true }), ...plugins],
    onwarn: ({ message }) => {
      throw new Error(message);
    },
  });
  await bundle.write({ dir: `dist/${name}`, entryFileNames: "main.js" });
}

await build("page", "page", importMetaAssets());
await build("plain", "page");
await build("inline", "page-inline");
