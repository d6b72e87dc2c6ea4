// The output of a command: results on stdout (for people, or one JSON document), everything else on stderr.
//
// | method   | stream | text                             | not with                                   |
// | -------- | ------ | -------------------------------- | ------------------------------------------ |
// | result   | stdout | the result, as text or as JSON   |                                            |
// | print    | stdout | a part of the result             |                                            |
// | note     | stderr | a remark                         | --quiet, without a terminal                |
// | notice   | stderr | a line that logs should have too | --quiet, --json without a terminal         |
// | warn     | stderr | a warning                        | --quiet, --json                            |
// | log      | stderr | progress, line by line           | --quiet, --json, on a terminal             |
// | error    | stderr | an error                         |                                            |
// | progress | stderr | progress, live                   | --quiet, without a terminal                |

import { columns } from "./layout.js";
import { createProgress } from "./progress.js";
import { createSink } from "./stdout.js";
import { colours, printable, safeOutput } from "./terminal.js";

/**
 * @import { Colours } from "./terminal.js"
 *
 * @typedef {ReturnType<typeof createOutput>} Output
 */

/**
 * @param {{ stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream, env: NodeJS.ProcessEnv,
 *   sink?: ReturnType<typeof createSink> }} streams
 *   `sink` writes to stdout
 * @param {{ json?: boolean, quiet?: boolean }} options
 */
export function createOutput({ stdout, stderr, env, sink = createSink(stdout) }, { json = false, quiet = false }) {
  const stderrColours = colours(stderr, env);
  const progress = createProgress(stderr, stderrColours, stderr.isTTY && !quiet);
  /** @param {string} text */
  const print = (text) => {
    progress.clear();
    sink.write(safeOutput(text));
  };
  return {
    json,
    colour: colours(stdout, env),
    stderrColours,
    /**
     * The result: a document for --json, and for people the text that `show` returns.
     * @param {unknown} document
     * @param {() => string} show
     */
    result(document, show) {
      print(json ? JSON.stringify(document, null, 2) + "\n" : show());
    },
    print,
    isDiscarded: sink.isDiscarded,
    /** Resolves when everything printed so far is written; rejects with an `OutputLost`. */
    flush: () => sink.flush(),
    /**
     * A remark on stderr; not part of the result.
     * @param {string} text
     */
    note(text) {
      if (!stderr.isTTY || quiet) return;
      progress.clear();
      stderr.write(`${stderrColours.dim(printable(text))}\n`);
    },
    /**
     * A line that people and logs should see while a command runs. Not with --json in a pipe: there stderr is for an
     * error.
     * @param {string} text
     */
    notice(text) {
      if (quiet || (json && !stderr.isTTY)) return;
      progress.clear();
      stderr.write(`${stderrColours.yellow(printable(text))}\n`);
    },
    /**
     * A warning. With --json, stderr has one document only, with --quiet only errors.
     * @param {string} text
     */
    warn(text) {
      if (quiet || json) return;
      progress.clear();
      stderr.write(`${stderrColours.yellow("Warning:")} ${printable(text)}\n`);
    },
    /**
     * Progress, line by line, without a terminal to show it live.
     * @param {string} text
     */
    log(text) {
      if (!stderr.isTTY && !quiet && !json) stderr.write(`${printable(text)}\n`);
    },
    /**
     * To stderr in any case.
     * @param {string} text
     */
    error(text) {
      progress.clear();
      stderr.write(safeOutput(text));
    },
    progress,
  };
}

/**
 * Facts whose values come from elsewhere.
 * @param {Parameters<typeof facts>[0]} pairs
 * @returns {Parameters<typeof facts>[0]}
 */
export const printableFacts = (pairs) => pairs.map(([name, value]) => [name, value && printable(value)]);

/**
 * A table with a header; a list if it does not fit the terminal.
 * @param {string[]} head
 * @param {string[][]} rows
 * @param {Colours} colour
 * @param {string} [indent]
 */
export function table(head, rows, colour, indent) {
  return columns(rows, { head: head.map(colour.bold), indent, width: colour.width });
}

/**
 * Names and values, one pair per line; pairs without a value are omitted.
 * @param {[name: string, value: string | null | undefined][]} pairs
 * @param {Colours} colour
 * @param {string} [indent]
 */
export function facts(pairs, colour, indent) {
  const rows = pairs.flatMap(([name, value]) => (value ? [[colour.dim(name), value]] : []));
  return columns(rows, { indent, width: colour.width, fixed: true });
}
