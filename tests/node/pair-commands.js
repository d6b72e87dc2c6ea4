// Simulated clusters for the commands on two or more: their aliases, and the commands on them.
import assert from "node:assert/strict";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import * as peering from "../../pkg/node.js";
import { createOutput } from "../../pkg/cli/output.js";
import { startSimulator } from "../../pkg/simulator.js";
import { portOf, printed, runHere, start, terminal, write } from "./command-line.js";
import { record } from "./recorder.js";
import { aclToken } from "./secrets.js";

export const EXTERNAL = "127.0.0.1:9443";
export const secrets = new Set();

/** Clusters for one test, their ports, and clusters.json; their requests are recorded. */
export async function world(t, { clusters = ["eu", "us"], speed = 20, aliases = {} } = {}) {
  const simulator = await startSimulator({ clusters, speed, listen: false });
  const raw = simulator.clusters;
  const recorded = Object.fromEntries(Object.entries(raw).map(([name, cluster]) => [name, record(cluster)]));
  const ports = {};
  for (const name in raw) ports[name] = await portOf(recorded[name].cluster);
  t.after(() => {
    for (const { secrets: each } of Object.values(recorded)) each.forEach((secret) => secrets.add(secret));
    for (const { close } of Object.values(ports)) close();
    return simulator.stop();
  });
  const env = {};
  const entries = Object.keys(raw).map((name) => {
    const entry = { address: ports[name].address, ...aliases[name] };
    if (raw[name].token) {
      entry.token_env = `${name.toUpperCase()}_TOKEN`;
      env[entry.token_env] = aclToken(raw[name].token);
      secrets.add(raw[name].token);
    }
    return [name, entry];
  });
  const file = write(`clusters-${ports[entries[0][0]].address.split(":")[2]}.json`, Object.fromEntries(entries));
  return {
    ...{ simulator, raw, ports, file, env },
    writes: () =>
      Object.values(recorded)
        .flatMap((each) => each.writes())
        .sort((a, b) => a.at - b.at)
        .map(({ method, path }) => `${method} ${path}`),
    command: (words, options) => runHere([...words, "--clusters", file], { env, ...options }),
    start: (words) => start([...words, "--clusters", file], { env }),
    /** The context of a command on a terminal, whose question is answered with `answer`. */
    async onTerminal(command, operands, values, answer) {
      const [stdin, stdout, stderr] = [terminal(), terminal(), terminal()];
      const output = createOutput({ stdout, stderr, env: {} }, {});
      const call = { signal: new AbortController().signal, onProgress: ({ text }) => output.progress.show(text) };
      const context = { operands, values: { clusters: file, ...values }, env, peering, output, stdin, stderr, call };
      let said = "";
      const asked = (async () => {
        for (let waited = 0; !/\[y\/N\]/.test((said += stderr.text())); waited += 20) {
          if (waited > 10_000) return;
          await sleep(20);
        }
        stdin.write(`${answer}\n`);
      })();
      const running = command.run({ ...context, signal: call.signal });
      const code = await running;
      if (answer !== undefined) await asked;
      said += stderr.text();
      printed.push({ words: [command.name], text: said });
      return { code, said, out: stdout.text() };
    },
  };
}

/** Waits until a child has printed a text. */
export async function until(child, pattern, where = "out") {
  const late = AbortSignal.timeout(120_000);
  const more = { out: child.stdout, err: child.stderr }[where];
  while (!pattern.test(child[where])) {
    assert.ok(child.exitCode === null && !late.aborted, `${pattern} did not come: ${child.out}${child.err}`);
    await Promise.race([once(more, "data"), once(child, "close"), once(late, "abort")]);
  }
}

/** For the last test of a file: no output of a command contains a secret. */
export function assertNoSecretPrinted() {
  assert.ok(secrets.size > 0 && printed.length > 0, `${secrets.size} secrets, ${printed.length} outputs`);
  for (const { words, text } of printed) {
    for (const secret of secrets) assert.ok(!text.includes(secret), `\`${words.join(" ")}\` printed a secret`);
    assert.doesNotMatch(text, /eyJ[\w+/=]{40,}/, `\`${words.join(" ")}\` printed a token`);
  }
}
