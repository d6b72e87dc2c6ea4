// Runs test files side by side, each in a process of its own, those that took longest last time first:
//   node tests/run.js [--without-secrets] FOLDER|FILE|make:TARGET[,TARGET…] …
// Some begin with the targets of a `make:`, one after another. What passed is a line; of what failed, all output is
// printed. At the end everything that was printed is searched for the secrets that the tests handled.
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { staySecret } from "./node/secrets.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const TARGET = join(ROOT, "target");
const TIMES = join(TARGET, "test-times.json");
const OUTPUT = join(TARGET, "test-output.txt");
const SECRETS = join(TARGET, "test-secrets.txt");
/** Much of a test's time is a wait for a server or a page, so more of them run than there are cores. */
const AT_ONCE = Number(process.env.TEST_JOBS) || 3 + availableParallelism();
/** No file takes a tenth of it on an idle machine. */
const FILE_LIMIT_MS = 15 * 60_000;
/** A target compiles, and may wait for the lock of Cargo as long as other targets compile. */
const TARGET_LIMIT_MS = 60 * 60_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { "without-secrets": { type: "boolean", default: false } },
});
const [targets, paths] = [true, false].map((isTarget) => positionals.filter((p) => p.startsWith("make:") === isTarget));
const files = paths.flatMap((path) => (statSync(path).isDirectory() ? testsIn(path) : [path]));
const times = readTimes();
const running = new Set();
const failed = [];
let output = "";

mkdirSync(TARGET, { recursive: true });
writeFileSync(SECRETS, "", { mode: 0o600 });
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    for (const child of running) end(child);
    process.exit(1);
  });
}

const started = performance.now();
const queue = files
  .map((file) => ({ name: file, words: [process.execPath, "--test-reporter=spec", file], limit: FILE_LIMIT_MS }))
  .sort((a, b) => (times[b.name] ?? Infinity) - (times[a.name] ?? Infinity));
const made = targets.map((target) => target.slice("make:".length).split(","));
const first = made.map((chain) =>
  chain.map((target) => ({
    name: `make ${target}`,
    words: ["make", "--no-print-directory", target],
    limit: TARGET_LIMIT_MS,
  })),
);
await Promise.all(
  Array.from({ length: Math.max(AT_ONCE, first.length) }, async (_, i) => {
    await work(first[i] ?? []);
    await work(queue);
  }),
);

writeFileSync(OUTPUT, output);
writeFileSync(TIMES, JSON.stringify(times, null, 2));
const all = files.length + made.flat().length;
console.log(`${all - failed.length} of ${all} passed in ${seconds(performance.now() - started)}; output: ${OUTPUT}`);
for (const name of failed) console.log(`failed: ${name}`);
const secret = staySecret(output, SECRETS, { mustHave: !values["without-secrets"] });
process.exitCode = failed.length > 0 || !secret ? 1 : 0;

function testsIn(folder) {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".test.js"))
    .map((name) => relative(ROOT, join(folder, name)));
}

function readTimes() {
  try {
    return JSON.parse(readFileSync(TIMES, "utf8"));
  } catch {
    return {}; // the first run
  }
}

async function work(jobs) {
  for (let job; (job = jobs.shift());) {
    const began = performance.now();
    const { code, text, late } = await run(job);
    const ms = performance.now() - began;
    times[job.name] = Math.round(ms);
    output += `${job.name}\n${text}\n`;
    const passed = code === 0 && !late;
    if (!passed) {
      failed.push(job.name);
      console.log(text.trimEnd());
    }
    const why = late ? `, ended after ${seconds(job.limit)} without a result` : "";
    console.log(`${passed ? "✔" : "✖"} ${job.name} (${seconds(ms)})${why}`);
  }
}

/** In a process group of its own, so that nothing that it has started outlives its limit. */
function run({ words: [command, ...args], limit }) {
  const env = { ...process.env, TEST_SECRETS_FILE: SECRETS, FORCE_COLOR: "0" };
  const child = spawn(command, args, { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  running.add(child);
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (chunk) => (text += chunk));
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    end(child);
  }, limit);
  return new Promise((resolve) => {
    const settle = (code) => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ code, text, late });
    };
    child.on("error", (error) => (text += error.stack));
    child.on("exit", (code) => late && settle(code)); // what it started in other groups may hold its output open
    child.on("close", settle);
  });
}

function end({ pid }) {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // it has just ended
  }
}

function seconds(ms) {
  return `${(ms / 1_000).toFixed(1)} s`;
}
