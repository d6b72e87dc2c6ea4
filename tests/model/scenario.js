// The events of a run: concurrent callers that make calls one after another, and failures.

const CLUSTERS = ["eu", "us", "ap"];
const NAMES = ["one", "two"];
const VERSIONS = { "1.22.7": 6, "1.19.2": 3, "1.16.0": 1, "1.14.5": 1 };
const METAS = [undefined, {}, { team: "a" }, { team: "b", tier: "1" }];
const FAULT_KINDS = `delay drop_before drop_after cut rate_limited unavailable leader_lost proxy_page gateway_timeout
  redirect restart`.split(/\s+/);
const FAULT_PATHS = [
  undefined,
  /^\/v1\/peering/,
  /^\/v1\/peering\/(token|establish)$/,
  /^\/v1\/peering\/(one|two)$/,
  /^\/v1\/c/,
];
const OPERATIONS = {
  peer: 5,
  establish: 3,
  generateToken: 2,
  remove: 3,
  read: 1,
  list: 1,
  wait: 1,
  permissions: 0.3,
  pause: 2,
};

/** Draws the parameters of a run: the clusters, the callers and the number of failures. */
export function draw(choose) {
  const names = CLUSTERS.slice(0, choose.chance(0.7) ? 2 : 3);
  const clusters = names.map((name) => ({
    name,
    version: choose.weighted(VERSIONS),
    acl: choose.chance(0.25) ? { tokens: { [READER]: { peering: "read" } } } : undefined,
  }));
  return {
    clusters,
    names: NAMES.slice(0, choose.whole(1, 2)),
    callers: choose.whole(1, 3),
    steps: choose.whole(2, 5),
    failures: choose.chance(0.15) ? 0 : choose.whole(1, 8),
    latency: choose.pick([0, 3, 30, 200]), // ms
    pause: choose.pick([10, 500, 4_000]), // the longest pause of a caller between two calls in ms
  };
}

/** An ACL token that may only read, and one that does not exist. */
const READER = "reader00-0000-0000-0000-000000000000";
const UNKNOWN = "unknown0-0000-0000-0000-000000000000";

/** A caller makes its calls, one after another. */
export async function act(caller, plan, calls, choose) {
  const { world } = calls;
  for (let step = 0; step < plan.steps; step++) {
    const at = choose.pick(world.names);
    const peer_name = choose.pick(plan.names);
    const op = choose.weighted(OPERATIONS);
    if (op === "pause") await world.time.sleep(choose.whole(1, 8_000));
    else if (op === "peer") await peer(caller, at, peer_name, plan, calls, choose);
    else await calls.make(caller, drawCall(op, at, peer_name, calls, choose));
    await world.time.sleep(choose.whole(0, plan.pause));
  }
}

/** Generates a peering token, and establishes with it on another cluster. */
async function peer(caller, at, peer_name, { names }, calls, choose) {
  const made = await calls.make(caller, drawCall("generateToken", at, peer_name, calls, choose));
  if (made.failed) return;
  if (choose.chance(0.2)) await calls.world.time.sleep(choose.whole(1, 3_000));
  const other = choose.pick(calls.world.names.filter((name) => name !== at));
  const establishing = drawCall("establish", other, choose.pick(names), calls, choose);
  await calls.make(caller, { ...establishing, spec: { ...establishing.spec, peering_token: made.token_made } });
}

function drawCall(op, at, peer_name, calls, choose) {
  const options = {};
  const timeout = choose.weighted({ none: 5, tiny: 1, small: 1, some: 2 });
  if (timeout === "tiny") options.timeout = choose.whole(20, 400);
  if (timeout === "small") options.timeout = choose.whole(400, 3_000);
  if (timeout === "some") options.timeout = choose.whole(3_000, 20_000);
  const made = { op, at, peer_name, options };
  if (choose.chance(0.12)) made.abortAfter = choose.whole(0, choose.pick([60, 600, 6_000]));
  if (calls.world.clusters[at].token && choose.chance(0.1)) made.token = choose.pick([READER, UNKNOWN]);
  if (op === "establish" || op === "generateToken") {
    const meta = choose.pick(METAS);
    made.spec = meta ? { meta } : {};
    if (choose.chance(0.3)) options.replace = true;
  }
  if ((op === "establish" || op === "remove") && choose.chance(0.25)) options.wait = false;
  if (op === "wait") {
    options.timeout ??= choose.whole(1_000, 9_000);
    made.until = choose.pick([
      "ACTIVE",
      "TERMINATED",
      "GONE",
      (peering) => peering === null || peering.state !== "PENDING",
    ]);
  }
  if (op === "list" || op === "permissions") delete made.peer_name;
  if (op === "establish") {
    const token = calls.tokens.length > 0 && (choose.chance(0.7) ? calls.tokens.at(-1) : choose.pick(calls.tokens));
    if (!token) return { ...made, op: "read", spec: {}, options: {} };
    made.spec.peering_token = token;
  }
  return made;
}

/** Injects failures at random times. */
export async function injectFaults({ failures }, world, choose) {
  for (let failure = 0; failure < failures; failure++) {
    await world.time.sleep(choose.whole(0, choose.pick([5, 200, 3_000])));
    const cluster = choose.pick(world.names);
    const kind = choose.weighted({ fault: 8, restart: 1, loseLeader: 1 });
    const ms = choose.pick([0, 100, 700, 3_000, 9_000]);
    if (kind !== "fault") {
      world.trace(`${kind} ${cluster} ${ms}`);
      world.counts.faults++;
      world.simulator[kind](cluster, ms);
      continue;
    }
    const fault = { kind: choose.pick(FAULT_KINDS), times: choose.pick([1, 1, 1, 2, 4, 30]) };
    if (choose.chance(0.8)) fault.cluster = cluster;
    if (choose.chance(0.6)) fault.method = choose.pick(["GET", "POST", "POST", "DELETE"]);
    fault.path = choose.pick(FAULT_PATHS);
    if (["delay", "leader_lost", "restart"].includes(fault.kind)) fault.ms = ms;
    if (fault.kind === "restart") fault.acted = choose.chance(0.6);
    if (fault.kind === "proxy_page") fault.status = choose.pick([200, 404, 500, 502, 503]);
    if (["rate_limited", "unavailable"].includes(fault.kind)) fault.retry_after = choose.pick([undefined, 0, 1, 5, 20]);
    world.fault(fault);
  }
}
