// Every cluster peered with every other. Consul's leader takes up to five seconds however many peerings wait for it, so
// everything is written as soon as it can be, and waiting keeps nobody from writing. One list of each cluster, a few
// times a second, watches all of its peerings.
import { now } from "./clock.js";
import { Composite, FLAG, wrong } from "./composite.js";
import { isPeeringError } from "./error.js";
import { decide, link } from "./link.js";
import { lookAround, readSide, survey, toDecide } from "./pair.js";

const CONCURRENCY = 16;
const LOOK_EVERY_MS = 250;

const OWN = {
  concurrency: {
    fits: (value) => Number.isInteger(value) && value > 0,
    wanted: "a whole number above 0",
    fix: `Leave it out for ${CONCURRENCY}.`,
  },
  dryRun: FLAG,
};

export function mesh(core, clusters, options) {
  const call = new Composite(core, "mesh", options, OWN);
  const { members, findings } = readMembers(core, clusters);
  return call.run(findings, async () => {
    const lookouts = new Map(members.map((member) => [member.alias, new Lookout(call)]));
    const look = (_, __, side) => lookouts.get(side.alias).look(() => survey(call, core, side));
    const slot = slots(call.options.concurrency ?? CONCURRENCY);
    const dryRun = call.options.dryRun ?? false;
    const names = new Map(); // which pair makes a peering on which cluster under which name
    // All of them, so that an abort is not told before each pair has said what it leaves behind.
    const ended = await Promise.allSettled(
      members.flatMap((a, index) =>
        members.slice(index + 1).map((b) => connectPair(call, core, a, b, { look, slot, dryRun, names })),
      ),
    );
    const thrown = ended.find(({ status }) => status === "rejected");
    if (thrown) throw thrown.reason;
    const pairs = ended.map(({ value }) => value);
    noteAliases(call, members, pairs);
    return { ok: pairs.every(({ status }) => status !== "failed"), pairs };
  });
}

/** Two aliases of one cluster peer it twice with each of the others. */
function noteAliases(call, members, pairs) {
  for (const [index, member] of members.entries()) {
    const first = members.slice(0, index).find((other) => clusterOf(other) && clusterOf(other) === clusterOf(member));
    if (!first) continue;
    const note = { code: "same_cluster", text: sameCluster(first.alias, member.alias) };
    call.step({ address: member.known.address }, note.code, note.text);
    const isOf = ({ acceptor, dialer }) => acceptor === member.alias || dialer === member.alias;
    for (const { plan } of pairs.filter(isOf)) plan.notes.push(note);
  }
}

/** The clusters by their aliases, which are what they call each other. */
function readMembers(core, clusters) {
  let entries = [];
  try {
    if (clusters === Object(clusters) && !Array.isArray(clusters)) entries = Object.entries(clusters);
  } catch {
    // No clusters, then.
  }
  if (entries.length < 2) {
    const message = "clusters must be an object with two clusters or more";
    return { members: [], findings: [wrong("clusters", message, "Give { alias: cluster, … }.")] };
  }
  const read = entries.map(([alias, given]) => readMember(core, alias, given));
  return { members: read.map(({ member }) => member), findings: read.flatMap(({ findings }) => findings) };
}

function readMember(core, alias, given) {
  const field = `clusters.${alias}`;
  const named = core.validatePeerName(alias).map((finding) => ({ ...finding, field }));
  let side;
  try {
    side = given === Object(given) && "cluster" in given ? { ...given } : { cluster: given };
  } catch {
    return { findings: [...named, wrong(field, `${field} cannot be read`, "Give plain data.")] };
  }
  if (side.cluster === undefined || side.cluster === null) {
    const message = `${field} must be a cluster, or an object with one`;
    return { findings: [...named, wrong(field, message, "Give an address, or { cluster, … }.")] };
  }
  if (side.peer_name !== undefined) {
    named.push(wrong(`${field}.peer_name`, "a cluster of a mesh is called by its alias", "Leave peer_name out."));
  }
  // Any name will do here: each pair has its own.
  const read = readSide(core, { ...side, peer_name: "mesh" }, field);
  return { findings: [...named, ...read.findings], member: { ...read.side, alias } };
}

async function connectPair(call, core, a, b, { look, slot, dryRun, names }) {
  // By default the smaller alias accepts, or the one that has external addresses.
  const reach = ({ server_external_addresses }) => (server_external_addresses?.length > 0 ? 1 : 0);
  const [acceptor, dialer] = reach(b) > reach(a) || (reach(a) === reach(b) && b.alias < a.alias) ? [b, a] : [a, b];
  const sides = [
    { ...acceptor, name: acceptor.alias, peer_name: dialer.alias },
    { ...dialer, name: dialer.alias, peer_name: acceptor.alias },
  ];
  sides.left = call.leftovers();
  const told = { acceptor: acceptor.alias, dialer: dialer.alias };
  let plan = { steps: [], notes: [], linked: false, reversed: false };
  try {
    await lookAround(call, core, sides, look);
    takeStandingNames(sides);
    await lookAround(call, core, sides, async () => ({})); // the same, under the names that they have for each other
    // Another call that is connecting the two the other way round is waited for below.
    const found = core.plan(...sides.map(toDecide));
    plan = found.conflict?.passing && !dryRun ? plan : decide(call, core, sides);
    if (plan.linked && plan.steps.length === 0) return { ...told, status: "linked", plan };
    if (dryRun) return { ...told, status: "planned", plan };
    for (const side of sides) claimName(call, names, side);
    // Looking again is waiting here: the lookout has its own pace.
    const { changed } = await link(call, core, sides, { look, slot, again: async () => {} });
    sides.left.length = 0;
    return { ...told, status: changed ? "changed" : "linked", plan };
  } catch (error) {
    if (!isPeeringError(error)) throw error;
    const own = error.operation === "mesh" ? error : call.own(error, sides);
    own.left_behind = [...own.left_behind, ...sides.left.splice(0)];
    return { ...told, status: "failed", plan, error: own };
  }
}

/** Two pairs make the same peering where two aliases are one cluster: the first to write makes it, the other fails. */
function claimName(call, names, side) {
  const cluster = clusterOf(side);
  if (!cluster) return;
  const key = `${cluster} ${side.peer_name}`;
  const other = names.get(key);
  if (other && other !== side.alias) throw call.failure("same_cluster", sameCluster(other, side.alias), { side });
  names.set(key, side.alias);
}

/** Tells one cluster from another, once it has said who it is. */
const clusterOf = ({ known: { identity } }) => identity && `${identity.datacenter} ${identity.trust_domain}`;

const sameCluster = (alias, other) => `the aliases "${alias}" and "${other}" are the same cluster`;

/** A pair that is linked under other names than the aliases is linked. */
function takeStandingNames([a, b]) {
  const dials = (here, there) => here.peer_id !== null && here.peer_id === there.id && here.state !== "PENDING";
  const ending = ({ state }) => state === "DELETING";
  const linked = (here, there) => !ending(here) && !ending(there) && (dials(here, there) || dials(there, here));
  if (a.standing && b.standing && linked(a.standing, b.standing)) return;
  for (const here of a.peerings) {
    const there = b.peerings.find((each) => linked(here, each));
    if (!there) continue;
    a.peer_name = here.peer_name;
    b.peer_name = there.peer_name;
    return;
  }
}

/** Looks at one cluster for all who want to know: whoever asks gets a look that began after that. */
class Lookout {
  #call;
  #next;
  #last = -Infinity;
  #before = Promise.resolve();

  constructor(call) {
    this.#call = call;
  }

  look(observe) {
    this.#next ??= this.#begin(observe);
    return this.#next;
  }

  async #begin(observe) {
    await this.#before;
    await this.#call.pause(Math.max(0, this.#last + LOOK_EVERY_MS - now()));
    this.#next = undefined;
    this.#last = now();
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
