// Every file that a user names is read here: whole and up to a limit, so that none can block, fill the memory or be read
// in the wrong encoding.

import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { UsageError } from "./usage-error.js";

const MEGABYTE = 1024 * 1024;
const CHUNK = 64 * 1024;
const RETRY_MS = 10;
/** What a shell's `<(…)` and `/dev/stdin` are: descriptors that this process has inherited. */
const DESCRIPTOR = /^\/(?:dev|proc\/self)\/fd\/(\d+)$/;

/** A pipe can be read once, and one command may need its file several times. */
const pipes = new Map();

/**
 * @param {string} file
 * @param {string} subject  what it is, as the beginning of a sentence: `The clusters file x.json`
 * @param {{ limit?: number, hint?: string }} [how] `limit` in bytes; `hint`: what to do where it cannot be read
 * @returns {{ bytes: Buffer, mode?: number }} `mode`: the permissions of a regular file
 * @throws {UsageError}
 */
export function readInputFile(file, subject, { limit = MEGABYTE, hint = "Check the path and its permissions." } = {}) {
  try {
    const { bytes, mode } = read(file, limit);
    if (bytes.length <= limit) return { bytes, mode };
  } catch (error) {
    if (error instanceof NotAFile) {
      throw new UsageError(`${subject} is ${error.message}.`, "Name a regular file, or /dev/stdin for a pipe.");
    }
    throw new UsageError(`${subject} cannot be read (${error.code}).`, hint);
  }
  throw new UsageError(`${subject} is larger than ${limit / MEGABYTE} MB.`, "Check that it is the right file.");
}

/** The text of a file. */
export function readInputText(file, subject, how) {
  return decodeText(readInputFile(file, subject, how).bytes);
}

/** UTF-8, or the UTF-16 of a redirection in Windows PowerShell; without the byte order mark. */
export function decodeText(bytes) {
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return new TextDecoder(isUtf16 ? "utf-16le" : "utf-8").decode(bytes);
}

class NotAFile extends Error {}

function read(file, limit) {
  const inherited = file === "/dev/stdin" ? "0" : DESCRIPTOR.exec(file)?.[1];
  if (inherited !== undefined) {
    if (!pipes.has(file))
      pipes.set(
        file,
        interruptible(() => readDescriptor(Number(inherited), limit)),
      );
    return { bytes: pipes.get(file) };
  }
  // Without O_NONBLOCK, opening a named pipe waits for its writer.
  const descriptor = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const found = fstatSync(descriptor);
    if (!found.isFile()) throw new NotAFile(kindOf(found));
    return { bytes: readDescriptor(descriptor, limit), mode: found.mode };
  } finally {
    closeSync(descriptor);
  }
}

function kindOf(found) {
  if (found.isDirectory()) return "a directory";
  return found.isFIFO() ? "a named pipe" : "no regular file";
}

/** A byte more than the limit at most. */
function readDescriptor(descriptor, limit) {
  const chunks = [];
  for (let left = limit + 1; left > 0;) {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK, left));
    const length = readSome(descriptor, chunk);
    if (length === 0) break;
    chunks.push(chunk.subarray(0, length));
    left -= length;
  }
  return Buffer.concat(chunks);
}

/** Waits where nothing is there yet, as of a pipe that Node has made non-blocking. */
function readSome(descriptor, chunk) {
  for (;;) {
    try {
      return readSync(descriptor, chunk);
    } catch (error) {
      if (error.code === "EOF") return 0; // of a pipe on Windows
      if (error.code !== "EAGAIN") throw error;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
  }
}

/** Meanwhile no listener can run: signals do what they do by default, which is to end the process. */
function interruptible(run) {
  const listeners = ["SIGINT", "SIGTERM"].flatMap((name) => process.listeners(name).map((each) => [name, each]));
  for (const [name, each] of listeners) process.off(name, each);
  try {
    return run();
  } finally {
    for (const [name, each] of listeners) process.on(name, each);
  }
}
