// Every recorded request to a real Consul, sent to simulated clusters.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { replay } from "../conformance/replay.js";
import { NOT_REPLAYED, REPLAY_DIFFERENCES } from "../conformance/differences.js";
import { SETUPS } from "../conformance/recorded-clusters.js";

const RECORDINGS = new URL("../recordings/", import.meta.url);

for (const version of ["1.22.7", "1.22.3", "1.19.2"]) {
  describe(`a simulated Consul ${version} responds like the recorded one`, () => {
    const files = readdirSync(new URL(`${version}/`, RECORDINGS));
    for (const file of files) {
      const { reason: skip } = NOT_REPLAYED.find((each) => each.file === file) ?? {};
      test(file, { skip }, async () => {
        const recording = JSON.parse(readFileSync(new URL(`${version}/${file}`, RECORDINGS), "utf8"));
        const { compared, differences } = await replay(recording, { version, ...SETUPS(file, version) });
        assert.equal(compared, recording.exchanges.length);
        const known = REPLAY_DIFFERENCES.filter((each) => each.file === file).flatMap(({ exchanges }) => exchanges);
        const unknown = differences.filter(({ exchange }) => !known.includes(exchange));
        assert.deepEqual(
          unknown.map(({ simulated }) => simulated),
          unknown.map(({ recorded }) => recorded),
          `exchanges ${unknown.map(({ exchange }) => exchange).join(", ")}`,
        );
        // A listed difference that no longer exists is removed from the list.
        assert.deepEqual(
          differences.map(({ exchange }) => exchange),
          known,
        );
      });
    }
  });
}
