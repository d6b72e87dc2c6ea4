// One run: a seed determines the clusters, the callers and the failures. Returns the violations of the rules.

import { createHash } from "node:crypto";
import { Calls } from "./call.js";
import { PlainResponse } from "./plain-response.js";
import { brief } from "./record.js";
import { chooser } from "./random.js";
import { act, injectFaults, draw } from "./scenario.js";
import { reach } from "./intent.js";
import { World } from "./world.js";
import { VirtualTime } from "./virtual-time.js";

const REAL_LIMIT_MS = 30_000;

/**
 * @param {number} seed
 * @param {object} api     the module, or a wrapper of it
 * @param {number} start   ms since 1970 at which the run begins
 * @param {function} [out] takes each line of the trace
 * @returns {Promise<{ violations: object[], hash: string, counts: object }>}
 */
export async function runOnce(seed, api, start, out) {
  const time = new VirtualTime(start);
  const hash = createHash("sha256");
  const trace = (line) => {
    const timed = `${String(time.now).padStart(7)} ms  ${line}`;
    hash.update(timed);
    out?.(timed);
  };
  const violations = [];
  const violate = (rule, text, call) => {
    violations.push({ rule, text, call: call?.label, op: call?.op });
    trace(`VIOLATION of "${rule}" by ${call?.label ?? "the run"}: ${text}`);
  };
  const unhandled = (reason) => violate("errors are true", `an unhandled rejection: ${reason?.stack ?? reason}`);

  const world = new World(time, trace);
  const calls = new Calls(api, world, violate);
  process.on("unhandledRejection", unhandled);
  time.install(chooser(seed + 1).fraction);
  const { Response } = globalThis;
  globalThis.Response = PlainResponse;
  try {
    await time.until(live(seed, world, calls, violate), REAL_LIMIT_MS);
  } catch (error) {
    const open = calls.made.filter(({ settled }) => settled === undefined).map(({ label, op }) => `${label} ${op}`);
    violate("in time", open.length > 0 ? `${error.message}; open: ${open.join(", ")}` : error.stack);
  } finally {
    await world.stop();
    time.restore();
    globalThis.Response = Response;
    process.off("unhandledRejection", unhandled);
  }
  return { violations, hash: hash.digest("hex"), counts: world.counts };
}

async function live(seed, world, calls, violate) {
  const choose = chooser(seed);
  const plan = draw(choose);
  world.trace(`seed ${seed}: ${JSON.stringify(plan)}`);
  const latency = plan.latency > 0 ? () => choose.whole(0, plan.latency) : () => 0;
  await world.start({ clusters: plan.clusters, seed, latency, roundTrip: 2 * plan.latency });
  const parties = Array.from({ length: plan.callers }, (_, index) => {
    const own = chooser(seed * 31 + index + 7);
    return act("abc"[index], plan, calls, own);
  });
  parties.push(injectFaults(plan, world, chooser(seed * 31 + 1)));
  await Promise.all(parties);
  world.heal();
  await reach(plan, calls, choose, violate);
  await everyRecordIsReported(world, calls, violate);
}

/** Every existing record was reported by a call, as its result or as a leftover. */
async function everyRecordIsReported(world, calls, violate) {
  for (const cluster of world.names) {
    for (const record of await world.readAll(cluster)) {
      const isReported = calls.made.some(
        (call) => call.at === cluster && call.peer_name === record.name && reports(call, record),
      );
      if (!isReported)
        violate("all is reported", `${cluster} has ${record.name} that no call has reported: ${brief(record)}`);
    }
  }
}

function reports(call, { id }) {
  if (!call.failed)
    return ["establish", "generateToken"].includes(call.op) && [call.value?.id, call.token_made?.peer_id].includes(id);
  const reported = [...(call.error?.left_behind ?? []), ...call.progress.filter(({ kind }) => kind === "left_behind")];
  return reported.length > 0 && call.writes.some(({ kind }) => kind !== "delete");
}
