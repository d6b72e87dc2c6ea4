// The package's functions, one line each. They only check that `init` was called.
// "#glue" is wasm-bindgen's output; the build puts everything into one file.
import start, * as glue from "#glue";
import { watch as values } from "./watch.js";
import { traced } from "./trace.js";
export { PeeringError, isPeeringError } from "./error.js";

/**
 * @typedef {typeof import("../../pkg/index.js")} Api
 */

let started = false;
let starting = 0; // running calls of `init`

function module() {
  if (!started) {
    throw new Error(
      "consul-peering was used before it was initialised: `await init()` first, once for each page or worker.",
    );
  }
  return glue;
}

/**
 * A Date, or ms since 1970; otherwise now.
 * @param {{ now?: unknown } | undefined} options
 */
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

/**
 * Compiles the module from a URL, a Response, bytes or a compiled module; the default is the loader's.
 * @param {unknown} source
 */
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

/**
 * As `init`, synchronously, from bytes or a compiled module; not while `init` is running.
 * @param {object} module
 */
export function initSync(module) {
  if (started) return;
  // A second initialisation would replace the instance under running calls.
  if (starting > 0) throw new Error("consul-peering is being initialised: await that `init`, without `initSync`.");
  glue.initSync({ module });
  started = true;
}

/** @type {Api["validatePeerName"]} */
export const validatePeerName = (name) =>
  typeof name === "string" && module().isPeerName(name) ? [] : module().validatePeerName(name);
/** @type {Api["validatePeering"]} */
export const validatePeering = (spec, options) => module().validatePeering(spec, time(options));
/** @type {Api["validateToken"]} */
export const validateToken = (spec) => module().validateToken(spec);
/** @type {Api["checkTerraform"]} */
export const checkTerraform = (plan, options) => module().checkTerraform(plan, time(options));
/** @type {Api["countTerraform"]} */
export const countTerraform = (plan) => module().countTerraform(plan);

/** @type {Api["preflight"]} */
export const preflight = (spec, existing, options) => module().preflight(spec, existing, options);

/** @type {Api["inspectToken"]} */
export const inspectToken = traced((peering_token) => module().inspectToken(peering_token));
/** @type {Api["health"]} */
export const health = traced((peering, options) => module().health(peering, options, time(options)));

/** @type {Api["establish"]} */
export const establish = traced((cluster, spec, options) => module().establish(cluster, spec, options));
/** @type {Api["read"]} */
export const read = traced((cluster, ref, options) => module().read(cluster, ref, options));
/** @type {Api["remove"]} */
export const remove = traced((cluster, ref, options) => module().remove(cluster, ref, options));
export { remove as delete };
/** @type {Api["list"]} */
export const list = traced((cluster, options) => module().list(cluster, options));
/** @type {Api["generateToken"]} */
export const generateToken = traced((cluster, spec, options) => module().generateToken(cluster, spec, options));
/** @type {Api["permissions"]} */
export const permissions = traced((cluster, options) => module().permissions(cluster, options));
/** @type {Api["identify"]} */
export const identify = traced((cluster, options) => module().identify(cluster, options));
/** @type {Api["wait"]} */
export const wait = traced((cluster, ref, until, options) => module().wait(cluster, ref, until, options));

/** @type {Api["plan"]} */
export const plan = traced((acceptor, dialer, options) => module().plan(acceptor, dialer, options));
/** @type {Api["connect"]} */
export const connect = traced((acceptor, dialer, options) => module().connect(acceptor, dialer, options));
/** @type {Api["rotate"]} */
export const rotate = traced((/** @type {Parameters<typeof glue.rotate>} */ ...sides) => module().rotate(...sides));
/** @type {Api["disconnect"]} */
export const disconnect = traced((a, b, options) => module().disconnect(a, b, options));
/** @type {Api["troubleshoot"]} */
export const troubleshoot = traced((side, other, options) => module().troubleshoot(side, other, options));
/** @type {Api["mesh"]} */
export const mesh = traced((clusters, options) => module().mesh(clusters, options));
/**
 * @param {unknown} cluster
 * @param {unknown} [ref]  or the options
 * @param {unknown} [options]
 */
export function watch(cluster, ref, options) {
  const observed = values(module(), cluster, ref, options);
  observed.next = traced(observed.next);
  return observed;
}

/** Only for the command line. A default export, which the loaders' `export *` omits. */
export default {
  /** @param {unknown} variables */
  environment: (variables) => module().environment(variables),
  /** @param {string} field @param {string} text @param {unknown} variables */
  address: (field, text, variables) => module().address(field, text, variables),
};
