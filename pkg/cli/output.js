// What a command says: results on stdout (for people, or one JSON document), everything else on stderr.

import { columns } from "./layout.js";
import { createProgress } from "./progress.js";
import { createSink } from "./stdout.js";
import { colours, printable, safeOutput } from "./terminal.js";

/**
 * @param {{ stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream, env: NodeJS.ProcessEnv, sink?: object }} streams
 *   `sink` writes to stdout
 * @param {{ json?: boolean, quiet?: boolean }} options
 */
export function createOutput({ stdout, stderr, env, sink = createSink(stdout) }, { json = false, quiet = false }) {
  const aside = colours(stderr, env);
  const progress = createProgress(stderr, aside, stderr.isTTY && !quiet);
  const print = (text) => {
    progress.clear();
    sink.write(safeOutput(text));
  };
  return {
    json,
    colour: colours(stdout, env),
    aside,
    /** The result: a document for --json, and for people the text that `show` makes. */
    result(document, show) {
      print(json ? JSON.stringify(document, null, 2) + "\n" : show());
    },
    print,
    /** Resolves when everything printed so far is written; rejects with an `OutputLost`. */
    flush: () => sink.flush(),
    /** A remark for whoever watches; not part of the result. */
    note(text) {
      if (!stderr.isTTY || quiet) return;
      progress.clear();
      stderr.write(`${aside.dim(printable(text))}\n`);
    },
    /** One line that people and logs should see while a command runs. Not with --json in a pipe: there stderr is for an error. */
    notice(text) {
      if (quiet || (json && !stderr.isTTY)) return;
      progress.clear();
      stderr.write(`${aside.yellow(printable(text))}\n`);
    },
    /** What somebody should put right. --json promises one document on stderr, and --quiet nothing but errors. */
    warn(text) {
      if (quiet || json) return;
      progress.clear();
      stderr.write(`${aside.yellow("Warning:")} ${printable(text)}\n`);
    },
    /** What happens, line by line, where no terminal shows it live. */
    log(text) {
      if (!stderr.isTTY && !quiet && !json) stderr.write(`${printable(text)}\n`);
    },
    /** To stderr in any case. */
    complain(text) {
      progress.clear();
      stderr.write(safeOutput(text));
    },
    progress,
  };
}

/** A table with a head; a list where it does not fit the terminal. */
export function table(head, rows, colour, indent) {
  return columns(rows, { head: head.map(colour.bold), indent, width: colour.width });
}

/** Names and values, one pair a line; pairs without a value are left out. */
export function facts(pairs, colour, indent) {
  const rows = pairs
    .filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([name, value]) => [colour.dim(name), value]);
  return columns(rows, { indent, width: colour.width, fixed: true });
}
