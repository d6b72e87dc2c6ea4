// Every cluster peered with every other. Consul's leader takes up to five seconds however many peerings wait for it, so
// everything is written as soon as it can be, and waiting keeps nobody from writing. One list of each cluster, a few
// times a second, watches all of its peerings.
import { Composite } from "./composite.js";
import { isPeeringError } from "./error.js";
import { link } from "./link.js";
import { lookAround, readSide, survey, toDecide } from "./pair.js";

const CONCURRENCY = 16;
const LOOK_EVERY_MS = 250;

export function mesh(core, clusters, options) {
  const call = new Composite(core, "mesh", options);
  const { concurrency = CONCURRENCY, dryRun = false } = call.options;
  const { members, findings } = readMembers(core, clusters);
  if (!(Number.isInteger(concurrency) && concurrency > 0)) {
    const message = "options.concurrency must be a whole number above 0";
    findings.push({
      field: "options.concurrency",
      rule: "type",
      message,
      fix: "Leave it out for 16.",
      severity: "error",
    });
  }
  return call.run(async () => {
    call.refuse(findings);
    const lookouts = new Map(members.map((member) => [member.alias, new Lookout()]));
    const look = (_, __, side) => lookouts.get(side.alias).look(() => observe(call, core, side, lookouts));
    const slot = slots(concurrency);
    const pairs = await Promise.all(
      members.flatMap((a, index) =>
        members.slice(index + 1).map((b) => connectPair(call, core, a, b, { look, slot, dryRun })),
      ),
    );
    return { ok: pairs.every(({ status }) => status !== "failed"), pairs };
  });
}

/** The clusters by their aliases, which are what they call each other. */
function readMembers(core, clusters) {
  const findings = [];
  const wrong = (field, message, fix) => findings.push({ field, rule: "type", message, fix, severity: "error" });
  const entries = clusters !== null && typeof clusters === "object" ? Object.entries(clusters) : [];
  if (entries.length < 2)
    wrong("clusters", "clusters must be an object with two clusters or more", "Give { alias: cluster, … }.");
  const members = entries.map(([alias, given]) => {
    const isSide = given !== null && typeof given === "object" && "cluster" in given;
    const side = isSide ? { ...given } : { cluster: given };
    if (side.peer_name !== undefined) {
      wrong(`clusters.${alias}.peer_name`, "a cluster of a mesh is called by its alias", "Leave peer_name out.");
    }
    // Any name will do here: each pair has its own.
    const read = readSide(core, { ...side, peer_name: "mesh" }, `clusters.${alias}`);
    const named = core.validatePeerName(alias).map((finding) => ({ ...finding, field: `clusters.${alias}` }));
    findings.push(...named, ...read.findings);
    return { ...read.side, alias };
  });
  return { members, findings };
}

async function connectPair(call, core, a, b, { look, slot, dryRun }) {
  // By default the smaller alias accepts, or the one that has external addresses.
  const reach = ({ server_external_addresses }) => (server_external_addresses?.length > 0 ? 1 : 0);
  const [acceptor, dialer] = reach(b) > reach(a) || (reach(a) === reach(b) && b.alias < a.alias) ? [b, a] : [a, b];
  const sides = [
    { ...acceptor, peer_name: dialer.alias },
    { ...dialer, peer_name: acceptor.alias },
  ];
  sides.left = call.leftovers();
  const told = { acceptor: acceptor.alias, dialer: dialer.alias };
  let plan = { steps: [], notes: [], linked: false, reversed: false };
  try {
    await lookAround(call, core, sides, look);
    takeStandingNames(sides);
    await lookAround(call, core, sides, async () => ({})); // the same, under the names that they have for each other
    const found = core.plan(...sides.map(toDecide));
    if (found.conflict) {
      const side = sides[found.conflict.on === "acceptor" ? 0 : 1];
      throw call.failure(found.conflict.code, found.conflict.message, { side, hint: found.conflict.hint });
    }
    plan = found;
    if (plan.linked && plan.steps.length === 0) return { ...told, status: "linked", plan };
    if (dryRun) return { ...told, status: "planned", plan };
    // Looking again is waiting here: the lookout has its own pace.
    const { changed } = await link(call, core, sides, { look, slot, again: async () => {} });
    sides.left.length = 0;
    return { ...told, status: changed ? "changed" : "linked", plan };
  } catch (error) {
    if (!isPeeringError(error)) throw error;
    const own = error.operation === "mesh" ? error : call.own(error);
    own.left_behind = [...own.left_behind, ...sides.left.splice(0)];
    return { ...told, status: "failed", plan, error: own };
  }
}

/** A pair that is linked under other names than the aliases is linked. */
function takeStandingNames(sides) {
  const [a, b] = sides;
  if (a.standing || b.standing) return;
  for (const here of a.peerings) {
    const there = b.peerings.find(
      (each) =>
        (each.peer_id !== null && each.peer_id === here.id) || (here.peer_id !== null && here.peer_id === each.id),
    );
    if (there && here.state !== "DELETING" && there.state !== "DELETING") {
      a.peer_name = here.peer_name;
      b.peer_name = there.peer_name;
      return;
    }
  }
}

/** All that stands on a cluster; who it is does not change, and is asked once. */
async function observe(call, core, side, lookouts) {
  const lookout = lookouts.get(side.alias);
  if (!lookout.known) {
    const { address, identity, peerings } = await survey(call, core, side);
    lookout.known = { address, identity };
    return { ...lookout.known, peerings };
  }
  const peerings = await core.list({ ...asObject(side.cluster), ...defined(side.place) }, call.part());
  return { ...lookout.known, peerings };
}

const asObject = (cluster) => (typeof cluster === "string" ? { address: cluster } : cluster);
const defined = (place) =>
  Object.fromEntries(Object.entries(place).filter(([, value]) => value !== undefined && value !== null));

/** Looks at one cluster for all who want to know: whoever asks gets a look that began after that. */
class Lookout {
  #next;
  #last = -Infinity;
  #before = Promise.resolve();

  look(observe) {
    this.#next ??= this.#begin(observe);
    return this.#next;
  }

  async #begin(observe) {
    await this.#before;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, this.#last + LOOK_EVERY_MS - Date.now())));
    this.#next = undefined;
    this.#last = Date.now();
    const looking = observe();
    this.#before = looking.catch(() => {});
    return looking;
  }
}

/** Lets so many run at once. */
function slots(count) {
  const waiting = [];
  return async (run) => {
    if (count > 0) count--;
    else await new Promise((resolve) => waiting.push(resolve));
    try {
      return await run();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else count++;
    }
  };
}
