// Writing to stdout so that a write error is known before the exit code is decided.

import { fstatSync, writeSync } from "node:fs";

/** stdout could not be written: the disk is full, the file is at its limit, or the reader of the pipe has exited. */
export class OutputLost extends Error {
  name = "OutputLost";
  code = "output_lost";
  hint = "";

  /** @param {Error} reason what the system said @param {string} [what] what was lost */
  constructor(reason, what = "The output") {
    super(`${what} could not be written to stdout (${reason.code ?? reason.message}).`);
    this.reason = reason;
    this.readerGone = reason.code === "EPIPE";
  }
}

/**
 * @param {NodeJS.WriteStream} stream
 * @param {(lost: OutputLost) => void} [onLost] called once, at the first error
 */
export function createSink(stream, onLost = () => {}) {
  const file = isFile(stream);
  let lost;
  const fail = (reason) => {
    if (lost) return;
    lost = new OutputLost(reason);
    onLost(lost);
  };
  stream.on("error", fail);
  return {
    write(text) {
      if (lost) return;
      if (!file) stream.write(text);
      else {
        try {
          writeAll(stream.fd, Buffer.from(text));
        } catch (error) {
          fail(error);
        }
      }
    },
    /** Resolves when everything is written; rejects with what was lost. */
    async flush() {
      if (!lost && !file) await new Promise((done) => stream.write("", (error) => (error && fail(error), done())));
      if (lost) throw lost;
    },
  };
}

function isFile({ fd }) {
  try {
    return fstatSync(fd).isFile();
  } catch {
    return false; // a stream without a descriptor
  }
}

/** Node's own stream ignores how much of a chunk a file took, and a full disk takes a part of it. */
function writeAll(fd, bytes) {
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
}
