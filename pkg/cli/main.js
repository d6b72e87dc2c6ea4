// One run of the command line: finds the command, runs it, and turns whatever happens into an exit code.

import { duration, optionsOf, parse } from "./arguments.js";
import { chooseCluster } from "./clusters.js";
import { COMMANDS } from "./commands/index.js";
import { EXIT, fail, Interrupted } from "./failure.js";
import { commandHelp, mainHelp } from "./help.js";
import { createOutput } from "./output.js";
import { colours } from "./terminal.js";
import { UsageError } from "./usage-error.js";
import { version } from "./version.js";

const SIGNALS = { SIGINT: 130, SIGTERM: 143 };

/** @param {string[]} words @returns {Promise<number>} the exit code */
export async function main(words) {
  const { stdin, stdout, stderr, env } = process;
  let output = createOutput({ stdout, stderr, env }, { json: words.includes("--json") });
  const leftBehind = [];
  const interruption = listen(stdout, stderr);
  try {
    const { command, operands, values } = parse(words, COMMANDS);
    output = createOutput({ stdout, stderr, env }, values);
    if (values.version) return say(stdout, `consul-peering ${version}\n`);
    if (values.help) {
      const colour = colours(stdout, env);
      return say(stdout, command ? commandHelp(command, colour) : mainHelp(COMMANDS, colour));
    }
    if (!command) throw new UsageError("No command was given.", "See `consul-peering --help`, or try the `demo`.");
    const { signal } = interruption;
    const onProgress = (event) => {
      if (event.kind === "left_behind") leftBehind.push(event);
      else output.progress.show(event.text);
    };
    const timeout = values.timeout === undefined ? {} : { timeout: duration(values.timeout) };
    return await command.run({
      ...{ operands, values, output, signal, env, stdin, stderr },
      call: { signal, onProgress, ...timeout },
      target: "cluster" in optionsOf(command) ? chooseCluster(values, env) : undefined,
      peering: await import("../node.js"),
    });
  } catch (error) {
    const { signal } = interruption;
    const cause = signal.aborted ? signal.reason : error;
    if (cause instanceof Interrupted && !cause.exitCode) return EXIT.done; // nobody reads on, which is no failure
    return fail(cause, output, leftBehind);
  } finally {
    output.progress.clear();
    interruption.end();
  }
}

function say(stdout, text) {
  stdout.write(text);
  return EXIT.done;
}

/** Aborts on Ctrl-C and its like, and when the reader of stdout has gone (`| head`). A second signal ends at once. */
function listen(stdout, stderr) {
  const controller = new AbortController();
  const onSignal = (name) => {
    if (controller.signal.aborted) process.exit(SIGNALS[name]);
    controller.abort(new Interrupted(`Interrupted by ${name}.`, SIGNALS[name]));
  };
  for (const name of Object.keys(SIGNALS)) process.on(name, onSignal);
  stdout.on("error", (error) => {
    controller.abort(new Interrupted(error.message, error.code === "EPIPE" ? EXIT.done : EXIT.failed));
  });
  stderr.on("error", () => {}); // nobody left to tell
  return {
    signal: controller.signal,
    end: () => Object.keys(SIGNALS).forEach((name) => process.off(name, onSignal)),
  };
}
