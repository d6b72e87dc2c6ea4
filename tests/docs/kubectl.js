#!/usr/bin/env node
// Replaces kubectl in the documents' commands: Secrets are files in $SECRETS, as kubectl prints them, in base64.
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    context: { type: "string" },
    namespace: { type: "string" },
    output: { type: "string" },
    "from-file": { type: "string" },
  },
});
const [verb, ...words] = positionals;
const file = (secret, key) => join(process.env.SECRETS, `${values.context}.${secret}.${key}`);

if (values.namespace !== "consul") throw new Error("the namespace is missing");
if (verb === "get" && words[0] === "secret") {
  const [, key] = /^jsonpath=\{\.data\.(.+)\}$/.exec(values.output);
  process.stdout.write(readFileSync(file(words[1], key.replaceAll("\\", ""))).toString("base64"));
} else if (verb === "create" && words[0] === "secret") {
  const [key, source] = values["from-file"].split("=");
  copyFileSync(source, file(words[2], key));
} else if (verb !== "port-forward" || words[0] !== "service/consul-server") {
  throw new Error(`unknown command: ${positionals.join(" ")}`);
}
