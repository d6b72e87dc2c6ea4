// Every command, in the order of the help.

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
import { troubleshoot } from "./troubleshoot.js";
import { validate } from "./validate.js";
import { watch } from "./watch.js";

/**
 * @import { Progress } from "../../index.js"
 * @import { Target } from "../clusters.js"
 * @import { Options, Values } from "../options.js"
 * @import { Output } from "../output.js"
 * @import { Member } from "../overview.js"
 *
 * @typedef {typeof import("../../node.js")} Library
 *
 * @typedef {object} Call  the options of each call of the library
 * @property {AbortSignal} signal
 * @property {number} [timeout]  ms
 * @property {(event: Progress) => void} onProgress
 *
 * @typedef {object} Context  what a command works with
 * @property {Command} command
 * @property {string[]} operands
 * @property {Values} values
 * @property {Output} output
 * @property {AbortSignal} signal  aborts on Ctrl-C and its like, and when stdout can no longer be written
 * @property {NodeJS.ProcessEnv} env
 * @property {NodeJS.ReadStream} stdin
 * @property {NodeJS.WriteStream} stderr
 * @property {Library} peering
 * @property {Call} call
 *
 * @typedef {Context & { target: Target }} ClusterContext  of a command that works on one cluster
 *
 * @typedef {object} Command
 * @property {string} name            one word or two
 * @property {string} [operands]      how they are written in the help
 * @property {number} least           the fewest operands
 * @property {number} [most]          the most operands
 * @property {string} group           its heading in the help
 * @property {string} summary         a sentence without its full stop
 * @property {string} [details]
 * @property {Options} [options]      its own
 * @property {boolean} [offline]      works on no cluster: takes no cluster options
 * @property {Options} [clusterOptions] those it takes, where they are not the usual ones; with `cluster`, it gets a target
 * @property {(members: Member[], context: Context) => Promise<number>} [overview] runs it on the clusters that operands or
 *   --all name
 * @property {boolean} [takesName]   with an overview: a single operand may also be the name of a peering
 * @property {(keyof Values)[]} [ofOnePeering] options with which it is one
 * @property {[string, string][]} examples
 * @property {(context: ClusterContext) => Promise<number>} run  returns the exit code
 */

/** @type {Command[]} */
export const COMMANDS = [
  ...[connect, plan, rotate, disconnect, mesh],
  ...[establish, read, list, watch, deletePeering],
  ...[generate, inspect],
  ...[health, troubleshoot, check, validate, permissions],
  ...[serve, demo],
  completion,
];
