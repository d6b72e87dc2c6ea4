// The same requests to a real Consul and to simulated clusters have the same responses.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { realClusters, simulatedClusters } from "../conformance/clusters.js";
import { comparable } from "../conformance/comparable.js";
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

async function run(start) {
  const clusters = await start();
  const play = async ({ name, run }) => {
    const session = new Session(clusters);
    await run(session).catch((error) => session.rows.push({ what: "the scenario's end", answer: error.message }));
    return [name, session.rows];
  };
  try {
    const first = [];
    for (const scenario of FIRST) first.push(await play(scenario));
    return new Map([...first, ...(await Promise.all(SIDE_BY_SIDE.map(play)))]);
  } finally {
    await clusters.stop();
  }
}

/** A poll may miss a short state: each state of one must occur in the other, and the last must be equal. */
function sameStates(some, others) {
  const [fewer, more] = [some, others].sort((a, b) => a.length - b.length);
  let at = 0;
  for (const state of more) if (state === fewer[at]) at++;
  return at === fewer.length && some.at(-1) === others.at(-1);
}

function differs(real, simulated) {
  if (real?.what !== simulated?.what) return true;
  if (real.states) return !sameStates(real.states, simulated.states);
  const [wanted, given] = [real.answer, simulated.answer].map((answer) =>
    answer?.headers ? comparable(answer) : answer,
  );
  return !isDeepStrictEqual(wanted, given);
}

describe("a simulated Consul responds like a real one", () => {
  let real, simulated;
  before(async () => {
    [real, simulated] = await Promise.all([run(realClusters), run(simulatedClusters)]);
  });

  for (const { name, cameThrough } of [...FIRST, ...SIDE_BY_SIDE]) {
    test(name, (t) => {
      const [wanted, given] = [real.get(name), simulated.get(name)];
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
    const rows = [...real.values()].flat();
    const counted = rows.filter(({ answer }) => answer !== undefined).length;
    console.log(`${counted} requests and ${rows.length - counted} courses of states compared with a real Consul`);
    for (const { scenario, requests, reason } of CONFORMANCE_DIFFERENCES) {
      console.log(`${requests.length} differ in "${scenario}": ${reason}`);
    }
  });
});
