// The same requests to a real Consul and to simulated clusters have the same responses.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { realClusters, simulatedClusters } from "../conformance/clusters.js";
import { comparable, differs } from "../conformance/comparable.js";
import { CONFORMANCE_DIFFERENCES } from "../conformance/differences.js";
import { access } from "../conformance/scenarios/access.js";
import { lifecycles } from "../conformance/scenarios/lifecycles.js";
import { requests } from "../conformance/scenarios/requests.js";
import { services } from "../conformance/scenarios/services.js";
import { tokens } from "../conformance/scenarios/tokens.js";
import { waiting } from "../conformance/scenarios/waiting.js";
import { Session } from "../conformance/session.js";

const ALL = [...requests, ...tokens, ...lifecycles, ...access, ...waiting, ...services];
/** Scenarios that need a cluster of their own come first; the others run concurrently, under their own names. */
const ALONE = ["a list that waits", "bodies that are deep or large"];
const FIRST = ALL.filter(({ name }) => ALONE.includes(name));
const SIDE_BY_SIDE = ALL.filter((each) => !FIRST.includes(each));

/** By the name of the scenario: its session on the clusters. */
function sessionsOn(clusters, expected) {
  return new Map(ALL.map(({ name }) => [name, new Session(clusters, expected?.get(name))]));
}

async function playAll(sessions) {
  const play = (scenario) => sessions.get(scenario.name).play(scenario);
  for (const scenario of FIRST) await play(scenario);
  await Promise.all(SIDE_BY_SIDE.map(play));
}

describe("a simulated Consul responds like a real one", () => {
  let real, simulated;
  before(async () => {
    const clusters = await Promise.all([realClusters(), simulatedClusters()]);
    try {
      simulated = sessionsOn(clusters[1]);
      real = sessionsOn(clusters[0], simulated);
      await Promise.all([playAll(real), playAll(simulated)]);
    } finally {
      await Promise.all(clusters.map(({ stop }) => stop()));
    }
  });

  for (const { name, cameThrough } of [...FIRST, ...SIDE_BY_SIDE]) {
    test(name, (t) => {
      const [wanted, given] = [real.get(name).rows, simulated.get(name).rows];
      for (const [which, rows] of Object.entries({ real: wanted, simulated: given })) {
        if (cameThrough?.(rows)) return t.diagnostic(`the ${which} one came through this time: nothing to compare`);
      }
      const known = CONFORMANCE_DIFFERENCES.filter(({ scenario }) => scenario === name).flatMap(
        ({ requests }) => requests,
      );
      const show = (row) => (row?.answer?.headers ? { what: row.what, ...comparable(row.answer) } : row);
      const different = wanted.map((row, index) => [row, given[index]]).filter((pair) => differs(...pair));
      const unknown = different.filter(([row]) => !known.includes(row.what));
      assert.deepEqual(
        unknown.map(([, row]) => show(row)),
        unknown.map(([row]) => show(row)),
      );
      assert.equal(given.length, wanted.length);
      // A listed difference that no longer exists is removed from the list.
      assert.deepEqual(new Set(different.map(([row]) => row.what)), new Set(known));
    });
  }

  after(() => {
    const rows = [...real.values()].flatMap((session) => session.rows);
    const counted = rows.filter(({ answer }) => answer !== undefined).length;
    console.log(`${counted} requests and ${rows.length - counted} courses of states compared with a real Consul`);
    for (const { scenario, requests, reason } of CONFORMANCE_DIFFERENCES) {
      console.log(`${requests.length} differ in "${scenario}": ${reason}`);
    }
  });
});
