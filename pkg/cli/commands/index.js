// Every command there is, in the order of the help.

import { check } from "./check.js";
import { completion } from "./completion.js";
import { connect } from "./connect.js";
import { deletePeering } from "./delete.js";
import { demo } from "./demo.js";
import { disconnect } from "./disconnect.js";
import { establish } from "./establish.js";
import { health } from "./health.js";
import { mesh } from "./mesh.js";
import { permissions } from "./permissions.js";
import { plan } from "./plan.js";
import { list, read } from "./read.js";
import { rotate } from "./rotate.js";
import { serve } from "./serve.js";
import { generate, inspect } from "./token.js";
import { validate } from "./validate.js";
import { watch } from "./watch.js";

/**
 * @typedef {object} Command
 * @property {string} name            one word or two
 * @property {string} [operands]      how they are written in the help
 * @property {number} least           the fewest operands
 * @property {number} [most]          the most operands
 * @property {string} group           its heading in the help
 * @property {string} summary         a sentence without its full stop
 * @property {string} [details]
 * @property {object} [options]       its own options, as node:util's parseArgs takes them, with `value` and `help`;
 *   `hidden`: a former name, which the help leaves out
 * @property {boolean} [offline]      works on no cluster: takes no cluster options
 * @property {object} [clusterOptions] those it takes, where they are not the usual ones; with `cluster`, it gets a target
 * @property {(members: object[], context: object) => Promise<number>} [overview] runs it on the clusters that operands or
 *   --all name
 * @property {boolean} [takesName]   with an overview: a single operand may also be the name of a peering
 * @property {string[]} [ofOnePeering] options with which it is one
 * @property {[string, string][]} examples
 * @property {(context: object) => Promise<number>} run  returns the exit code
 */

/** @type {Command[]} */
export const COMMANDS = [
  ...[connect, plan, rotate, disconnect, mesh],
  ...[establish, read, list, watch, deletePeering],
  ...[generate, inspect],
  ...[health, check, validate, permissions],
  ...[serve, demo],
  completion,
];
