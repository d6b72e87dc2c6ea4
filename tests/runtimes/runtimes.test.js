// One program, unchanged, in every available runtime; the package is the packed one.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ENGINES } from "../engines/engines.js";
import { binary, lay, PROJECT, run, tool, toolVersion } from "../package/place.js";
import { checkTable } from "../package/table.js";
import { setStage } from "./stage.js";
import { startWorkerd } from "./workerd.js";

const OBSERVED = {
  early: [],
  names: [[], ["lower_case"], ["required"]],
  linked: { states: ["ACTIVE", "ACTIVE"], meta: { from: "program" }, changed: true, hasSteps: true },
  health: { verdict: "healthy", reasons: [], checks: [] },
  token_leads_to_its_peering: true,
  codes: {
    invalid: "invalid",
    same_cluster: "same_cluster",
    acl_token_unknown: "acl_token_unknown",
    broken: "network",
    redirected: "network",
    silent: "timeout",
  },
  stopped: true,
  watched: ["ACTIVE", "GONE"],
  gone: [true, true, [], []],
};
const EARLY = "consul-peering was used before it was initialised: `await init()` first, once for each page or worker.";

const node = { program: process.execPath, version: process.versions.node };
const deno = { program: binary("@deno", "deno"), version: toolVersion("deno") };
const bun = { program: binary("@oven", "bin/bun"), version: toolVersion("bun") };
const STRICT = ["--disable-proto=throw", "--frozen-intrinsics"];
const ALLOWED = ["run", "--no-prompt", "--no-remote", "--allow-net=127.0.0.1"];

const BARE = { PATH: process.env.PATH, HOME: process.env.HOME, DENO_DIR: tool(".deno"), DENO_NO_UPDATE_CHECK: "1" };

/** In a separate process, whose environment has nothing that the package reads. */
const inProcess =
  ({ program }, ...args) =>
  async ({ addresses }) =>
    JSON.parse(await run(program, [...args, JSON.stringify(addresses)], { cwd: PROJECT, env: BARE }));

const twoCopies = async (stage) => {
  const second = await setStage();
  try {
    const addresses = [stage.addresses, second.addresses];
    const { observed, known } = await inProcess(node, "programs/copies.js")({ addresses });
    assert.deepEqual(known, [true, true]);
    assert.deepEqual(observed[1], OBSERVED);
    return observed[0];
  } finally {
    await second.stop();
  }
};

const engines = await Promise.all(Object.values(ENGINES).map((start) => start()));
let workerd;

const inPage =
  (engine, host) =>
  async ({ origin, addresses }) => {
    const tab = await engine.open();
    await tab.goto(`${origin}/programs/`);
    const { observed, messages } = await tab.evaluate(runHost, [host, addresses]);
    await tab.close();
    assert.deepEqual(messages, []);
    return observed;
  };

async function runHost([host, addresses]) {
  const { hosts, messages } = await import("/programs/page.js");
  return { observed: await hosts[host](addresses), messages };
}

const inWorkerd = async ({ addresses }) => {
  const answer = await fetch(workerd.address, { method: "POST", body: JSON.stringify(addresses) });
  return JSON.parse(await answer.text());
};

const HOSTS = [
  ["Node", "`import`", node.version, inProcess(node, "programs/main.js")],
  ["Node", "`require()`", node.version, inProcess(node, "programs/main.cjs")],
  ["Node", `\`import\` under \`${STRICT.join(" ")}\``, node.version, inProcess(node, ...STRICT, "programs/main.js")],
  ["Node", "`import` of `./inline`", node.version, inProcess(node, "programs/inline.js")],
  ["Node", "`import` of `./simulator`", node.version, inProcess(node, "programs/simulated.js")],
  ["Node", "two copies of the package", node.version, twoCopies],
  ["Deno", "`import`, with network permission only", deno.version, inProcess(deno, ...ALLOWED, "programs/main.js")],
  ["Deno", "`import` of `./inline`", deno.version, inProcess(deno, ...ALLOWED, "programs/inline.js")],
  ["Deno", "`import` of `./simulator`", deno.version, inProcess(deno, ...ALLOWED, "programs/simulated.js")],
  ["Bun", "`import`", bun.version, inProcess(bun, "programs/main.js")],
  ["Bun", "`require()`", bun.version, inProcess(bun, "programs/main.cjs")],
  ["Bun", "`import` of `./inline`", bun.version, inProcess(bun, "programs/inline.js")],
  ["Bun", "`import` of `./simulator`", bun.version, inProcess(bun, "programs/simulated.js")],
  ["workerd", "`import`, behind an HTTP handler", toolVersion("workerd"), inWorkerd],
  ...engines.flatMap((engine) => [
    [engine.name, "a page with a strict Content-Security-Policy", engine.version, inPage(engine, "page"), EARLY],
    [
      engine.name,
      "two copies of the package, one of them initialised",
      engine.version,
      inPage(engine, "secondCopy"),
      EARLY,
    ],
    [engine.name, "a web worker", engine.version, inPage(engine, "worker"), EARLY],
    [engine.name, "a service worker", engine.version, inPage(engine, "serviceWorker"), EARLY],
  ]),
];

before(async () => {
  workerd = await startWorkerd(lay("tests/runtimes/programs"));
});
after(async () => {
  await Promise.all(engines.map((engine) => engine.close()));
  await workerd?.stop();
});

// Two at a time: the program mostly waits.
const rows = HOSTS.map(() => undefined);
describe("the program", { concurrency: 2 }, () => {
  for (const [index, [host, what, version, execute, early = OBSERVED.early]] of HOSTS.entries()) {
    test(`${host}: ${what}`, async () => {
      const stage = await setStage();
      try {
        assert.deepEqual(await execute(stage), { ...OBSERVED, early });
      } finally {
        await stage.stop();
      }
      rows[index] = [host, what, version, "passed"];
    });
  }
});

for (const [host, what, { program, version }, ...args] of [
  ["Node", "`import` of `./policy` alone", node],
  ["Deno", "`import` of `./policy` alone, without permissions", deno, "run", "--no-prompt", "--no-remote"],
  ["Bun", "`import` of `./policy` alone", bun],
]) {
  test(`${host}: ${what}`, async () => {
    const output = await run(program, [...args, "programs/policy.js"], { cwd: PROJECT, env: BARE });
    assert.equal(output, "lower_case\n");
    rows.push([host, what, version, "passed"]);
  });
}

test("workerd: `import` of `./policy` alone, without network", async () => {
  const worker = await startWorkerd(lay("tests/runtimes/programs"), {
    entry: "policy-handler.js",
    config: "policy.capnp",
  });
  try {
    assert.equal(await (await fetch(worker.address)).text(), "lower_case\n");
  } finally {
    await worker.stop();
  }
  rows.push(["workerd", "`import` of `./policy` alone, without network", toolVersion("workerd"), "passed"]);
});

test("docs/runtimes.md has these results", () => checkTable("runtimes", rows.filter(Boolean)));
