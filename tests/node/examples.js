// The examples in the documentation, run as a reader would: a file that imports the package by its name, in a process of
// its own.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const folder = mkdtempSync(join(tmpdir(), "consul-peering-examples-"));
mkdirSync(join(folder, "node_modules"));
symlinkSync(fileURLToPath(new URL("../../pkg", import.meta.url)), join(folder, "node_modules/consul-peering"));
after(() => rmSync(folder, { recursive: true, force: true }));

export const read = (document) => readFileSync(new URL(`../../${document}`, import.meta.url), "utf8");

/** The first JavaScript under a heading of a document's text. */
export function example(text, heading) {
  const [, section] = text.split(`\n## ${heading}\n`);
  return /```js\n(.*?)```/s.exec(section.split("\n## ")[0])[1];
}

let serial = 0;

/** What the code prints. */
export async function execute(code, env = {}) {
  const file = join(folder, `example-${++serial}.mjs`);
  writeFileSync(file, code);
  const { stdout } = await promisify(execFile)(process.execPath, [file], { env: { ...process.env, ...env } });
  return stdout;
}
