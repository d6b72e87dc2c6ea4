// Many calls of one kind over a fetch that responds from memory, in its own process: node --expose-gc load-process.js
// KIND COUNT. Prints the memory after a warm-up and after COUNT more calls, as JSON.
const { Instance } = WebAssembly;
let memory;
// The package does not expose its memory, so it is intercepted at its creation.
WebAssembly.Instance = new Proxy(Instance, {
  construct(target, given) {
    const instance = new target(...given);
    memory = instance.exports.memory;
    return instance;
  },
});
const { establish, generateToken, isPeeringError, list, read } = await import("../../pkg/node.js");

const TOKEN = "5e5cd2ba-11aa-4c8e-9d3a-10ad10ad10ad";
const content = {
  ServerAddresses: ["10.0.0.1:8503"],
  ServerName: "server.us.peering.us.consul",
  PeerID: "p1",
  EstablishmentSecret: "load-secret",
};
const peering_token = Buffer.from(JSON.stringify(content)).toString("base64");
const peering = JSON.stringify({ ID: "1", Name: "us", State: "ACTIVE", PeerID: "p1", CreateIndex: 7, ModifyIndex: 7 });
const headers = new Headers();
const answer = (status, text) => ({ status, type: "basic", redirected: false, headers, text: async () => text });
const FOUND = answer(200, peering);
const ABSENT = answer(404, 'Peering not found for "us"');
const cluster = (fetch) => ({ address: "http://eu.test", token: TOKEN, fetch });

/** One call each; throws if the call does not end as expected. */
const KINDS = {
  reads() {
    const at = cluster(async () => FOUND);
    return async () => {
      if ((await read(at, "us")).id !== "1") throw new Error("another peering");
    };
  },

  errors() {
    const refusals = [
      [cluster(async () => answer(403, `Permission denied: ${TOKEN}`)), "permission_denied"],
      [cluster(async () => answer(500, "boom")), "server_error"],
      [cluster(async () => answer(200, "<html>")), "unexpected_answer"],
      [cluster(async () => answer(307, "")), "network"],
      [cluster(async () => null), "unexpected_answer"],
      [{ address: "ftp://eu.test" }, "invalid"],
    ];
    return async (n) => {
      const [at, code] = refusals[n % refusals.length];
      const calls = [() => list(at), () => read(at, "us"), () => generateToken(at, { peer_name: "us" })];
      const error = await calls[n % calls.length]().catch((error) => error);
      if (!isPeeringError(error) || error.code !== code) throw new Error(`not ${code}`, { cause: error });
    };
  },

  // Half of them before the request was sent, half while it is pending.
  aborts() {
    const at = cluster(
      (url, { signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    );
    return async (n) => {
      const controller = new AbortController();
      const call = read(at, "us", { signal: controller.signal });
      if (n % 2) await new Promise(setImmediate);
      controller.abort(n);
      if ((await call.catch((reason) => reason)) !== n) throw new Error("another reason");
    };
  },

  establishes() {
    return async () => {
      let exists = false;
      const at = cluster(async (url, { method }) => {
        if (method === "POST") return ((exists = true), answer(200, "{}"));
        if (url.endsWith("/roots")) return answer(200, '{"TrustDomain":"eu.consul"}');
        if (url.endsWith("/datacenters")) return answer(200, '["eu"]');
        return exists ? FOUND : ABSENT;
      });
      const made = await establish(at, { peer_name: "us", peering_token, meta: { team: "a" } });
      if (made.state !== "ACTIVE") throw new Error("not ACTIVE");
    };
  },
};

const [kind, count] = [process.argv[2], Number(process.argv[3])];
const AT_ONCE = 100;
const call = KINDS[kind]();

async function make(calls) {
  for (let made = 0; made < calls; made += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => call(made + i)));
  }
}

async function held() {
  for (let i = 0; i < 5; i++) {
    await new Promise(setImmediate);
    globalThis.gc();
  }
  const { rss, heapUsed } = process.memoryUsage();
  const timers = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  return { wasm: memory.buffer.byteLength, rss, heap: heapUsed, timers };
}

await make(Math.max(5_000, count / 20));
const before = await held();
const started = performance.now();
await make(count);
const seconds = (performance.now() - started) / 1000;
console.log(JSON.stringify({ before, after: await held(), seconds }));
