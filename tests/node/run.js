// Runs every test of a folder, by default of this one, against the built package, then searches all that was printed, and
// every file that a test said it wrote, for the secrets that the tests handled.
import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { staySecret } from "./secrets.js";

const folder = resolve(process.argv[2] ?? fileURLToPath(new URL(".", import.meta.url)));
const target = fileURLToPath(new URL("../../target/", import.meta.url));
const secretsFile = `${target}test-secrets.txt`;
const logFile = `${target}test-output.txt`;

mkdirSync(target, { recursive: true });
rmSync(secretsFile, { force: true });
const files = readdirSync(folder).filter((name) => name.endsWith(".test.js"));
const log = createWriteStream(logFile);
const run = spawn(
  process.execPath,
  // Three at a time: most of them wait for Consul.
  ["--test", "--test-concurrency=3", "--test-reporter=spec", ...files.map((name) => join(folder, name))],
  { env: { ...process.env, TEST_SECRETS_FILE: secretsFile, FORCE_COLOR: "0" }, stdio: ["ignore", "pipe", "pipe"] },
);
for (const stream of [run.stdout, run.stderr]) {
  stream.on("data", (chunk) => {
    process.stdout.write(chunk);
    log.write(chunk);
  });
}
const code = await new Promise((resolve) => run.on("close", resolve));
await new Promise((resolve) => log.end(resolve));

const secret = staySecret(readFileSync(logFile, "utf8"), secretsFile);
process.exitCode = code !== 0 || !secret ? 1 : 0;
