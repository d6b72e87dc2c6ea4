// ESLint's recommended rules, over all JavaScript that is written here; and the globals of where each runs.

import js from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import globals from "globals";

const inNode = ["pkg/cli.js", "pkg/simulator*.js", "pkg/{cli,serve,simulator}/**", "tools/**", "examples/**"];

export default defineConfig([
  globalIgnores([
    "target/",
    // Made by the build.
    "pkg/consul_peering.js",
    "pkg/*_bg.wasm.js",
    "pkg/simulator/glue.js",
    "pkg/www/",
    "examples/worker/made/",
  ]),
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    languageOptions: { globals: globals["shared-node-browser"] },
    rules: {
      // What is left out of a copy is named as well, and `_` is a name for what is not used.
      "no-unused-vars": ["error", { ignoreRestSiblings: true, argsIgnorePattern: "^_$", varsIgnorePattern: "^_$" }],
      // The escapes of a terminal are looked for in many places.
      "no-control-regex": "off",
    },
  },
  { files: inNode, languageOptions: { globals: globals.node } },
  { files: ["examples/deno-health/**"], languageOptions: { globals: { Deno: "readonly" } } },
  { files: ["www/**"], languageOptions: { globals: globals.browser } },
  // Many functions of tests and benchmarks are run in a page.
  { files: ["tests/**", "benches/**"], languageOptions: { globals: { ...globals.node, ...globals.browser } } },
]);
