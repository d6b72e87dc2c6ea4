// One run of the command line: finds the command, runs it, and turns whatever happens into an exit code.

import { duration, optionsOf, parse } from "./arguments.js";
import { chooseCluster } from "./clusters.js";
import { DEFAULT_FILE } from "./clusters-file.js";
import { COMMANDS } from "./commands/index.js";
import { createContact } from "./contact.js";
import { EXIT, fail, Interrupted } from "./failure.js";
import { commandHelp, groupHelp, mainHelp } from "./help.js";
import { stepWarning, warningText } from "./hints.js";
import { createOutput } from "./output.js";
import { chooseOverview } from "./overview.js";
import { labelOf, participantsOf } from "./participants.js";
import { exposedFiles, refuseSecretVariables } from "./secrets.js";
import { createSink, OutputLost } from "./stdout.js";
import { UsageError } from "./usage-error.js";
import { version } from "./version.js";

/**
 * @import { Progress } from "../index.js"
 * @import { Command, Context, ClusterContext } from "./commands/index.js"
 * @import { Exposed } from "./secrets.js"
 * @import { ErrorContext } from "./failure.js"
 * @import { Output } from "./output.js"
 */

const SIGNALS = { SIGINT: 130, SIGTERM: 143 };

/**
 * @param {string[]} words
 * @param {Pick<NodeJS.Process, "stdin" | "stdout" | "stderr" | "env">} host
 * @returns {Promise<number>} the exit code
 */
export async function main(words, { stdin, stdout, stderr, env } = process) {
  const interruption = listen(stderr);
  const streams = { stdout, stderr, env, sink: createSink(stdout, interruption.outputLost) };
  let output = createOutput(streams, { json: words.includes("--json") });
  /** @type {ReturnType<typeof createContact> | undefined} */
  let contact;
  /** @type {ErrorContext | undefined} */
  let of;
  /** @type {Progress[]} */
  const leftBehind = [];
  const warn = warnOfExposed((text) => output.warn(text));
  exposedFiles.subscribe(warn);
  try {
    const { command, group, operands, values } = parse(words, COMMANDS);
    output = createOutput(streams, values);
    if (!values.demo) values.clusters ??= env.CONSUL_PEERING_CLUSTERS || undefined;
    if (values.version || values.help) {
      output.print(values.version ? `consul-peering ${version}\n` : helpText(command, group, output));
      return await flushAndReturn(output, EXIT.done);
    }
    if (!command)
      throw new UsageError("Missing command.", "See `consul-peering --help`, or try `consul-peering demo`.");
    /** @type {ErrorContext} */
    const about = { command, participants: participantsOf(command, operands, values), clusters: values.clusters, env };
    of = about;
    refuseSecretVariables(env);
    const { signal } = interruption;
    const watched = createContact({ report: output.notice, nameOf: (cluster) => labelOf({ cluster }, about, env) });
    contact = watched;
    /** @type {Set<string>} */
    const warned = new Set(); // a retry repeats its steps
    /** @param {Progress} event */
    const onProgress = (event) => {
      watched.handle(event);
      if (event.kind === "left_behind") leftBehind.push(event);
      if (event.kind === "warning") output.note(warningText(event));
      if (event.kind === "step" || event.kind === "state") output.progress.show(event.text);
      const warning = stepWarning(event);
      if (warning && !warned.has(warning)) output.warn(warning);
      if (warning) warned.add(warning);
    };
    const timeout = values.timeout === undefined ? {} : { timeout: duration(values.timeout) };
    const peering = await import("../node.js"); // late, since help and usage errors need no module
    /** @type {Context} */
    const context = {
      ...{ command, operands, values, output, signal, env, stdin, stderr, peering },
      call: { signal, onProgress, ...timeout },
    };
    return await flushAndReturn(output, await runCommand(command, context, about));
  } catch (error) {
    const { signal } = interruption;
    const cause = signal.aborted && !(error instanceof OutputLost) ? signal.reason : error;
    if (cause instanceof Interrupted && !cause.exitCode) return EXIT.done; // the reader of stdout has exited
    return fail(cause, output, leftBehind, of);
  } finally {
    contact?.end();
    output.progress.clear();
    exposedFiles.unsubscribe(warn);
    interruption.end();
  }
}

/**
 * On several clusters, if the command gives an overview; otherwise on one or none.
 * @param {Command} command
 * @param {Context} context
 * @param {ErrorContext} of
 */
function runCommand(command, context, of) {
  const members = chooseOverview(command, context);
  if (members && command.overview) {
    of.participants = members.map(({ name }) => ({ cluster: name }));
    return command.overview(members, context);
  }
  const takesOne = "cluster" in optionsOf(command);
  const { operands, values, env } = context;
  if (takesOne && values.cluster === undefined && !env.CONSUL_HTTP_ADDR) {
    of.byDefault = { name: command.takesName ? operands[0] : undefined, file: values.clusters ?? DEFAULT_FILE };
  }
  const target = takesOne ? chooseCluster(values, env) : undefined;
  // A command that takes no cluster reads no target.
  return command.run(/** @type {ClusterContext} */ ({ ...context, target }));
}

/**
 * @param {Command | undefined} command
 * @param {string | undefined} group
 * @param {Output} output
 */
function helpText(command, group, { colour }) {
  if (group) return groupHelp(group, COMMANDS, colour);
  return command ? commandHelp(command, colour) : mainHelp(COMMANDS, colour);
}

/**
 * Warns once of each file with a secret that every user of the machine may read.
 * @param {(text: string) => void} print
 */
function warnOfExposed(print) {
  const warned = new Set();
  return (/** @type {unknown} */ published) => {
    const { setting, file } = /** @type {Exposed} */ (published); // the channel has no other messages
    if (warned.has(file)) return;
    warned.add(file);
    print(`${setting}: the file ${file} is readable by every user of this machine. Run \`chmod 600\` on it.`);
  };
}

/**
 * Returns the exit code once all output is written. A reader that has exited (`| head`) is no failure.
 * @param {Output} output
 * @param {number} code
 */
async function flushAndReturn(output, code) {
  try {
    await output.flush();
  } catch (lost) {
    if (!(lost instanceof OutputLost)) throw lost;
    if (!lost.readerGone) {
      lost.hint ||= "The command itself has completed; only its output is lost.";
      throw lost;
    }
  }
  return code;
}

/**
 * Aborts on signals, and when stdout can no longer be written. A second signal ends at once.
 * @param {NodeJS.WriteStream} stderr
 */
function listen(stderr) {
  const controller = new AbortController();
  /** @param {keyof typeof SIGNALS} name */
  const onSignal = (name) => {
    if (controller.signal.aborted) process.exit(SIGNALS[name]);
    controller.abort(new Interrupted(`Interrupted by ${name}.`, SIGNALS[name]));
  };
  const names = /** @type {(keyof typeof SIGNALS)[]} */ (Object.keys(SIGNALS));
  for (const name of names) process.on(name, onSignal);
  // Without a listener, a file at its size limit would end the process before it could report that.
  const onLimit = () => {};
  if (process.platform !== "win32") process.on("SIGXFSZ", onLimit);
  stderr.on("error", () => {}); // there is nowhere else to report it
  return {
    signal: controller.signal,
    /** @param {OutputLost} lost */
    outputLost: (lost) => controller.abort(lost.readerGone ? new Interrupted(lost.message, EXIT.done) : lost),
    end: () => {
      for (const name of names) process.off(name, onSignal);
      process.off("SIGXFSZ", onLimit);
    },
  };
}
