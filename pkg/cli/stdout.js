// Writing to stdout so that a write error is known before the exit code is decided.

import { fstatSync, statSync, writeSync } from "node:fs";
import { systemError } from "./system-error.js";

/** stdout could not be written: the disk is full, the file is at its limit, or the reader of the pipe has exited. */
export class OutputLost extends Error {
  name = "OutputLost";
  code = "output_lost";
  hint = "";

  /**
   * @param {NodeJS.ErrnoException} reason what the system said
   * @param {string} [what] what was lost
   */
  constructor(reason, what = "The output") {
    super(`${what} could not be written to stdout (${reason.code ?? reason.message}).`);
    this.reason = reason;
    this.readerGone = reason.code === "EPIPE";
  }
}

/**
 * @param {NodeJS.WriteStream & { fd?: number }} stream
 * @param {(lost: OutputLost) => void} [onLost] called once, at the first error
 */
export function createSink(stream, onLost = () => {}) {
  const file = fileOf(stream);
  /** @type {OutputLost | undefined} */
  let lost;
  /** @param {NodeJS.ErrnoException} reason */
  const fail = (reason) => {
    if (lost) return;
    lost = new OutputLost(reason);
    onLost(lost);
  };
  stream.on("error", fail);
  /** @returns {Promise<void>} */
  const drained = () =>
    new Promise((done) => {
      stream.write("", (error) => {
        if (error) fail(error);
        done();
      });
    });
  return {
    /** Whether it goes nowhere. If stdout is closed, Node opens the null device in its place. */
    isDiscarded: isNullDevice(stream),
    /** @param {string} text */
    write(text) {
      if (lost) return;
      if (file === undefined) stream.write(text);
      else {
        try {
          writeAll(file, Buffer.from(text));
        } catch (error) {
          fail(systemError(error));
        }
      }
    },
    /** Resolves when everything is written; rejects with an `OutputLost`. */
    async flush() {
      if (!lost && file === undefined) await drained();
      if (lost) throw lost;
    },
  };
}

/**
 * The descriptor of a stream into a file.
 * @param {{ fd?: number }} stream
 */
function fileOf({ fd }) {
  try {
    return fd !== undefined && fstatSync(fd).isFile() ? fd : undefined;
  } catch {
    return undefined; // a descriptor that is closed
  }
}

/**
 * @param {{ fd?: number }} stream
 */
function isNullDevice({ fd }) {
  if (fd === undefined || process.platform === "win32") return false;
  try {
    const found = fstatSync(fd);
    return found.isCharacterDevice() && found.rdev === statSync("/dev/null").rdev;
  } catch {
    return false;
  }
}

/**
 * Node's own stream ignores how much of a chunk a file accepted, and a full disk accepts a part of it.
 * @param {number} fd
 * @param {Buffer} bytes
 */
function writeAll(fd, bytes) {
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
}
