// Runs the examples in the documentation as a reader would: in a folder with the package installed, and in a separate
// process.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const read = (document) => readFileSync(new URL(`../../${document}`, import.meta.url), "utf8");

/** A folder with the package and its command line installed; removed after the test. */
export function makeFolder() {
  const folder = mkdtempSync(join(tmpdir(), "consul-peering-examples-"));
  mkdirSync(join(folder, "node_modules/.bin"), { recursive: true });
  symlinkSync(fileURLToPath(new URL("../../pkg", import.meta.url)), join(folder, "node_modules/consul-peering"));
  symlinkSync("../consul-peering/cli.js", join(folder, "node_modules/.bin/consul-peering"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const shared = makeFolder();
let serial = 0;

/** The output of the code, within three minutes. */
export async function execute(code, env = {}, folder = shared) {
  const file = join(folder, `example-${++serial}.mjs`);
  writeFileSync(file, code);
  const options = { cwd: folder, env: { ...process.env, ...env }, timeout: 180_000 };
  const { stdout } = await promisify(execFile)(process.execPath, [file], options);
  return stdout;
}
