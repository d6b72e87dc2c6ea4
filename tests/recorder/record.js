// Records the responses of a real Consul: every case of the newest version recorded before, repeated, and the cases in
// this folder. `make record`, or for some of them: `node tests/recorder/record.js lifecycle restart-acceptor`.
//
// The requests and their order are always the same; recordings differ only in Consul's responses.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { startAgents } from "../consul/agent.js";
import { findConsul } from "../../pkg/cli/find-consul.js";
import { CATALOGS } from "./cases-catalog.js";
import { HANDSHAKE } from "./cases-handshake.js";
import { OUTAGES } from "./cases-outages.js";
import { ROUTING } from "./cases-routing.js";
import { CROSS_CLUSTER } from "./cases-services.js";
import { SETTINGS } from "./cases-settings.js";
import { Recording } from "./recording.js";
import { repeated, Unlike } from "./repeat.js";

const AT_ONCE = 3;
const ATTEMPTS = 10;
const FOLDER = new URL("../recordings/", import.meta.url);
const WRITTEN = [...OUTAGES, ...SETTINGS, ...HANDSHAKE, ...ROUTING, ...CROSS_CLUSTER, ...CATALOGS];

/** The cases of the newest recorded version before this one, without those of this folder. */
function repeatedCases(version) {
  const versions = readdirSync(FOLDER).filter((name) => /^\d+\.\d+\.\d+$/.test(name) && isBefore(name, version));
  const source = versions.sort((a, b) => (isBefore(a, b) ? -1 : 1)).at(-1) ?? version;
  const files = readdirSync(new URL(source, FOLDER)).map((file) => file.replace(/\.json$/, ""));
  const read = (name) => JSON.parse(readFileSync(new URL(`${source}/${name}.json`, FOLDER), "utf8"));
  return files.filter((name) => !WRITTEN.some((written) => written.case === name)).map((name) => repeated(read(name)));
}

const isBefore = (version, other) => version.localeCompare(other, undefined, { numeric: true }) < 0;

/** Records one case, and repeats it if a race had another outcome than in the version before. */
async function record(recorded) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await recordOnce(recorded);
    } catch (error) {
      if (!(error instanceof Unlike) || attempt === ATTEMPTS) throw error;
      console.log(`${recorded.case}: ${error.message}; trying again`);
    }
  }
}

/** Records one case on separate agents. */
async function recordOnce({ case: name, why, agents: wanted, prepare, run }) {
  const { agents, stop } = await startAgents(wanted());
  const recording = new Recording(agents);
  try {
    await prepare?.(agents);
    await run(recording, agents);
  } finally {
    recording.close();
    await stop();
  }
  const { exchanges } = recording;
  const folder = new URL(`${version}/`, FOLDER);
  mkdirSync(folder, { recursive: true });
  const document = { consul: `Consul v${version}`, case: name, why, exchanges };
  writeFileSync(new URL(`${name}.json`, folder), JSON.stringify(document, null, 1) + "\n");
  console.log(`${version}/${name}.json: ${exchanges.length} rows`);
}

const chosen = process.argv.slice(2);
const { version } = await findConsul(process.env);
const cases = [...repeatedCases(version), ...WRITTEN].filter(
  ({ case: name }) => chosen.length === 0 || chosen.includes(name),
);
const unknown = chosen.filter((name) => !cases.some((each) => each.case === name));
if (unknown.length > 0) throw new TypeError(`no such case: ${unknown.join(", ")}`);

const failed = [];
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (let next = cases.shift(); next; next = cases.shift()) {
      await record(next).catch((error) => failed.push(`${next.case}: ${error.stack}`));
    }
  }),
);
if (failed.length > 0) {
  console.error(failed.join("\n"));
  process.exitCode = 1;
}
