// Runs tests/module in each browser engine: wasm-bindgen's test runner serves its page, which the browsers of the
// other tests open. The runner's server can leave a connection unanswered while a browser keeps others open, so that
// the page never loads. A proxy in between sends one request at a time, each on its own connection.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, request } from "node:http";
import process from "node:process";
import { buffer } from "node:stream/consumers";
import { ENGINES } from "./engines/engines.js";

const LIMIT_MS = 120_000;
const WORDS = ["test", "--locked", "--target", "wasm32-unknown-unknown", "--test", "module"];

const runner = spawn("cargo", WORDS, {
  env: { ...process.env, WASM_BINDGEN_USE_BROWSER: "1", NO_HEADLESS: "1", WASM_BINDGEN_TEST_ADDRESS: "127.0.0.1:0" },
  stdio: ["ignore", "pipe", "inherit"],
  detached: true, // so that cargo and the runner below it end together
});
let proxy;
try {
  proxy = await startProxy(await servedAddress());
  for (const start of Object.values(ENGINES)) {
    const engine = await start();
    try {
      const tab = await engine.open();
      await tab.goto(`http://127.0.0.1:${proxy.address().port}/`);
      const output = await tab.evaluate(results, LIMIT_MS);
      console.log(`${engine.name} ${engine.version}\n${output}`);
      if (!output.includes("test result: ")) console.log(`${engine.name}: no result within ${LIMIT_MS / 1_000} s`);
      if (!/test result: ok\. [1-9]/.test(output)) process.exitCode = 1;
    } finally {
      await engine.close();
    }
  }
} finally {
  proxy?.close();
  proxy?.closeAllConnections();
  if (runner.exitCode === null) process.kill(-runner.pid);
}

/** The runner's address, once it has printed it. */
function servedAddress() {
  return new Promise((resolve, reject) => {
    let printed = "";
    runner.stdout.on("data", (chunk) => {
      printed += chunk;
      const [address] = /http:\/\/[\d.]+:\d+/.exec(printed) ?? [];
      if (address) resolve(address);
    });
    runner.on("exit", (code) => reject(new Error(`The test runner exited with code ${code}:\n${printed}`)));
  });
}

async function startProxy(address) {
  let last = Promise.resolve();
  const server = createServer(({ url }, response) => {
    last = last.then(() => pass(`${address}${url}`, response)).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

async function pass(url, response) {
  const [incoming] = await once(request(url, { agent: false, headers: { Connection: "close" } }).end(), "response");
  response.writeHead(incoming.statusCode, { "Content-Type": incoming.headers["content-type"] ?? "text/plain" });
  response.end(await buffer(incoming));
}

/** In the page: its output, once the tests have ended or timed out. */
function results(limit) {
  const end = performance.now() + limit;
  return new Promise((resolve) => {
    const poll = () => {
      const { textContent } = document.querySelector("#output");
      if (textContent.includes("test result: ") || performance.now() > end) resolve(textContent);
      else setTimeout(poll, 100);
    };
    poll();
  });
}
