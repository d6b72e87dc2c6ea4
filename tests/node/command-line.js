// The command line as people run it: child processes in their own directory, in an environment without clusters except
// those of a test. All output is kept and searched for secrets.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { main } from "../../pkg/cli/main.js";

const CLI = fileURLToPath(new URL("../../pkg/cli.js", import.meta.url));

export const folder = mkdtempSync(join(tmpdir(), "consul-peering-cli-"));
export const printed = [];
const children = new Set(); // those that are running

after(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/**
 * With `secretOutput`, its stdout is a secret, and not searched for any. `cli`: another copy of it. `shell`: a script
 * for `sh` that runs the command, which is `"$@"` there.
 */
export function start(words, { env, cwd = folder, secretOutput = false, cli = CLI, shell } = {}) {
  const clean = Object.entries(process.env).filter(([name]) => !/^(CONSUL_|(NO|FORCE)_COLOR$)/.test(name));
  const command = [process.execPath, cli, ...words];
  const [file, ...args] = shell === undefined ? command : ["/bin/sh", "-c", shell, "sh", ...command];
  const child = spawn(file, args, { cwd, env: { ...Object.fromEntries(clean), ...env } });
  children.add(child);
  child.once("exit", () => children.delete(child));
  child.out = child.err = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (child.out += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (child.err += text));
  child.stdin.on("error", () => {}); // it may exit before it has read all
  child.once("close", () => printed.push({ words, text: secretOutput ? child.err : child.out + child.err }));
  return child;
}

/** Runs a command to its end, within two minutes on a busy machine. */
export async function run(words, { input = "", ...options } = {}) {
  const child = start(words, options);
  child.stdin.end(input);
  const late = setTimeout(() => child.kill("SIGKILL"), 120_000);
  const [code] = await once(child, "close");
  clearTimeout(late);
  const { out, err } = child;
  return { code, out, err };
}

/** The lines about a cluster that a busy machine keeps from responding; contact.test.js covers them. */
const SLOW = /^.+ (no response after [\d.]+ s; still waiting|responds again\.)\n/gm;

/**
 * The same in this process, in a tenth of the time: for what a command does and prints, if the test is not about its
 * process.
 */
export async function runHere(words, { input = "", env = {}, secretOutput = false } = {}) {
  const said = { out: "", err: "" };
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdout.setEncoding("utf8").on("data", (text) => (said.out += text));
  stderr.setEncoding("utf8").on("data", (text) => (said.err += text));
  stdin.end(input);
  const code = await main(words, { stdin, stdout, stderr, env });
  for (const stream of [stdout, stderr]) {
    stream.end();
    if (!stream.readableEnded) await once(stream, "end");
  }
  printed.push({ words, text: secretOutput ? said.err : said.out + said.err });
  return { code, out: said.out, err: said.err.replaceAll(SLOW, "") };
}

/**
 * Runs a command in this process, on a terminal that is wide enough for its output. `input`: stdin is a pipe. One that
 * does not end by itself (`endless`) ends after its first output.
 */
export async function runOnTerminal(words, { input, env = {}, endless = false } = {}) {
  const [stdout, stderr] = [terminal({ columns: 2000 }), terminal({ columns: 2000 })];
  const stdin = input === undefined ? terminal() : PassThrough.from([Buffer.from(input)]);
  const said = { out: "", err: "" };
  stderr.on("data", (text) => (said.err += text));
  stdout.on("data", (text) => {
    said.out += text;
    if (endless) stdout.emit("error", Object.assign(new Error("the reader has exited"), { code: "EPIPE" }));
  });
  said.code = await main(words, { stdin, stdout, stderr, env: { FORCE_COLOR: "1", ...env } });
  for (const stream of [stdout, stderr]) {
    stream.end();
    if (!stream.readableEnded) await once(stream, "end");
  }
  printed.push({ words, text: said.out + said.err });
  return said;
}

export function write(name, content) {
  const file = join(folder, name);
  const raw = typeof content === "string" || Buffer.isBuffer(content);
  writeFileSync(file, raw ? content : JSON.stringify(content), { mode: 0o600 });
  return file;
}

/** A stream that reports to be a terminal. */
export function terminal({ rows = 24, columns = 80 } = {}) {
  const stream = new PassThrough({ encoding: "utf8" });
  return Object.assign(stream, {
    isTTY: true,
    rows,
    columns,
    setRawMode: () => stream,
    text: () => stream.read() ?? "",
  });
}

/** A port that leads to a cluster by its `fetch`; the requests are kept. */
export async function portOf({ address, fetch }) {
  const requests = [];
  const server = createServer(async (incoming, outgoing) => {
    const left = new AbortController();
    outgoing.on("close", () => left.abort());
    try {
      let body = "";
      for await (const chunk of incoming) body += chunk;
      const { method, url, headers } = incoming;
      requests.push({ method, url, body });
      const sent = { method, headers: { "X-Consul-Token": headers["x-consul-token"] ?? "" }, signal: left.signal };
      const answer = await fetch(address + url, body ? { ...sent, body } : sent);
      const index = answer.headers.get("x-consul-index");
      outgoing.writeHead(answer.status, index ? { "X-Consul-Index": index } : {});
      outgoing.end(await answer.text());
    } catch {
      outgoing.destroy();
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { address: `http://127.0.0.1:${server.address().port}`, sent: requests, close };
}

/** Waits for the end of a child that is exiting. */
export async function ended(child) {
  const [code] = await once(child, "close", { signal: AbortSignal.timeout(120_000) });
  return code;
}

/** A port on which no program listens. */
export async function closedPort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return { port };
}
