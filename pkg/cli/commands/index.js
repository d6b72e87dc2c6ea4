// Every command there is, in the order of the help.

import { demo } from "./demo.js";
import { deletePeering } from "./delete.js";
import { establish } from "./establish.js";
import { list, read } from "./read.js";
import { permissions } from "./permissions.js";
import { generate, inspect } from "./token.js";
import { validate } from "./validate.js";

/**
 * @typedef {object} Command
 * @property {string} name            one word or two
 * @property {string} [operands]      how they are written in the help
 * @property {number} least           the fewest operands
 * @property {number} [most]          the most operands
 * @property {string} group           its heading in the help
 * @property {string} summary         a sentence without its full stop
 * @property {string} [details]
 * @property {object} [options]       its own options, as node:util's parseArgs takes them, with `value` and `help`
 * @property {boolean} [offline]      works on no cluster: takes no cluster options
 * @property {[string, string][]} examples
 * @property {(context: object) => Promise<number>} run  returns the exit code
 */

/** @type {Command[]} */
export const COMMANDS = [establish, read, list, deletePeering, generate, inspect, validate, permissions, demo];
