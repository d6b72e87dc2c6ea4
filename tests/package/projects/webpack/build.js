// A page, the page with the module inside, and a program for Node.
import { fileURLToPath } from "node:url";
import webpack from "webpack";

const config = (name, entry, target) => ({
  mode: "production",
  target,
  entry: fileURLToPath(new URL(`../app/${entry}.js`, import.meta.url)),
  output: { path: fileURLToPath(new URL(`dist/${name}`, import.meta.url)), filename: "main.js" },
  performance: { hints: false },
});
const builds = [
  config("page", "page", "web"),
  config("inline", "page-inline", "web"),
  config("node", "command", "node"),
];
const stats = await new Promise((resolve, reject) =>
  webpack(builds, (error, stats) => (error ? reject(error) : resolve(stats))),
);
if (stats.hasErrors() || stats.hasWarnings()) throw new Error(stats.toString());
