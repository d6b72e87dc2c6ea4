// The package's functions, one line each: what is theirs alone is that a call before `init` says so.
// "#glue" is wasm-bindgen's output; the build puts everything into one file.
import start, * as glue from "#glue";
import { watch as values } from "./watch.js";
import { traced } from "./trace.js";
export { PeeringError, isPeeringError } from "./error.js";

let started = false;
let starting = 0; // calls of `init` that are under way

function module() {
  if (!started) {
    throw new Error(
      "consul-peering was used before it was initialised: `await init()` first, once for each page or worker.",
    );
  }
  return glue;
}

// A Date, or ms since 1970; now where it is neither.
function time(options) {
  try {
    const given = options?.now;
    const ms = given instanceof Date ? given.getTime() : given;
    if (typeof ms === "number" && !Number.isNaN(ms)) return ms;
  } catch {
    // A proxy, or a getter that throws.
  }
  return Date.now();
}

/** Compiles the module from a URL, a Response, bytes or a compiled module; which by default, is for the loader to say. */
export async function init(source) {
  if (started) return;
  starting++;
  try {
    await start({ module_or_path: source });
    started = true;
  } finally {
    starting--;
  }
}

/** As `init`, at once, from bytes or a compiled module; not while `init` is under way. */
export function initSync(module) {
  if (started) return;
  // Whoever came last would take the other's memory away, from under the calls that had begun in it.
  if (starting > 0) throw new Error("consul-peering is being initialised: await that `init`, without `initSync`.");
  glue.initSync({ module });
  started = true;
}

export const validatePeerName = (name) =>
  typeof name === "string" && module().isPeerName(name) ? [] : module().validatePeerName(name);
export const validatePeering = (spec, options) => module().validatePeering(spec, time(options));
export const validateToken = (spec) => module().validateToken(spec);
export const checkTerraform = (plan, options) => module().checkTerraform(plan, time(options));
export const countTerraform = (plan) => module().countTerraform(plan);

export const preflight = (spec, existing, options) => module().preflight(spec, existing, options?.replace === true);

export const inspectToken = traced((peering_token) => module().inspectToken(peering_token));
export const health = traced((peering, options) =>
  module().health(peering, options?.previous, options?.other, options?.otherCluster, time(options)),
);

export const establish = traced((cluster, spec, options) => module().establish(cluster, spec, options));
export const read = traced((cluster, ref, options) => module().read(cluster, ref, options));
export const remove = traced((cluster, ref, options) => module().remove(cluster, ref, options));
export { remove as delete };
export const list = traced((cluster, options) => module().list(cluster, options));
export const generateToken = traced((cluster, spec, options) => module().generateToken(cluster, spec, options));
export const permissions = traced((cluster, options) => module().permissions(cluster, options));
export const identify = traced((cluster, options) => module().identify(cluster, options));
export const wait = traced((cluster, ref, until, options) => module().wait(cluster, ref, until, options));

export const plan = traced((acceptor, dialer, options) => module().plan(acceptor, dialer, options));
export const connect = traced((acceptor, dialer, options) => module().connect(acceptor, dialer, options));
export const rotate = traced((acceptor, dialer, options) => module().rotate(acceptor, dialer, options));
export const disconnect = traced((a, b, options) => module().disconnect(a, b, options));
export const mesh = traced((clusters, options) => module().mesh(clusters, options));
export function watch(cluster, ref, options) {
  const seen = values(module(), cluster, ref, options);
  seen.next = traced(seen.next);
  return seen;
}

/** For the command line alone. As the default export, it is left out where a loader exports everything from here. */
export default {
  environment: (variables) => module().environment(variables),
  address: (field, text, variables) => module().address(field, text, variables),
};
