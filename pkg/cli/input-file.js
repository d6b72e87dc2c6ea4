// Reads every file that a user names: completely and up to a limit, so that none can block, fill the memory or be read
// in the wrong encoding.

import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { systemError } from "./system-error.js";
import { UsageError } from "./usage-error.js";

const MEGABYTE = 1024 * 1024;
const CHUNK = 64 * 1024;
const RETRY_MS = 10;
/** A shell's `<(…)` and `/dev/stdin`: descriptors that this process has inherited. */
const DESCRIPTOR = /^\/(?:dev|proc\/self)\/fd\/(\d+)$/;

/** @typedef {{ limit?: number, hint?: string }} How  `limit` in bytes; `hint`: what to do if it cannot be read */

/**
 * A pipe can be read once, and a command may need its file several times.
 * @type {Map<string, Buffer>}
 */
const pipes = new Map();

/**
 * @param {string} file
 * @param {string} subject  what it is, as the beginning of a sentence: `The clusters file x.json`
 * @param {How} [how]
 * @returns {{ bytes: Buffer, mode?: number }} `mode`: the permissions of a regular file
 * @throws {UsageError}
 */
export function readInputFile(file, subject, { limit = MEGABYTE, hint = "Check the path and its permissions." } = {}) {
  try {
    const { bytes, mode } = read(file, limit);
    if (bytes.length <= limit) return { bytes, mode };
  } catch (error) {
    if (error instanceof NotAFile) {
      throw new UsageError(`${subject} is ${error.message}.`, "Pass a regular file, or /dev/stdin for a pipe.");
    }
    const { code } = systemError(error);
    if (code === "ENOENT") throw new UsageError(`${subject} does not exist.`, hint);
    throw new UsageError(`${subject} cannot be read (${code}).`, hint);
  }
  throw new UsageError(`${subject} is larger than ${limit / MEGABYTE} MB.`, "Check that it is the right file.");
}

/**
 * The text of a file.
 * @param {string} file
 * @param {string} subject
 * @param {How} [how]
 */
export function readInputText(file, subject, how) {
  return decodeText(readInputFile(file, subject, how).bytes);
}

/**
 * UTF-8, or the UTF-16 of a redirection in Windows PowerShell; without the byte order mark.
 * @param {Uint8Array} bytes
 */
export function decodeText(bytes) {
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return new TextDecoder(isUtf16 ? "utf-16le" : "utf-8").decode(bytes);
}

class NotAFile extends Error {}

/**
 * @param {string} file
 * @param {number} limit
 * @returns {{ bytes: Buffer, mode?: number }}
 */
function read(file, limit) {
  const inherited = file === "/dev/stdin" ? "0" : DESCRIPTOR.exec(file)?.[1];
  if (inherited !== undefined) {
    const bytes = pipes.get(file) ?? interruptible(() => readDescriptor(Number(inherited), limit));
    pipes.set(file, bytes);
    return { bytes };
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

/** @param {import("node:fs").Stats} found */
function kindOf(found) {
  if (found.isDirectory()) return "a directory";
  return found.isFIFO() ? "a named pipe" : "not a regular file";
}

/**
 * A byte more than the limit at most.
 * @param {number} descriptor
 * @param {number} limit
 */
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

/**
 * Waits while no data is available, as for a pipe that Node has made non-blocking.
 * @param {number} descriptor
 * @param {Buffer} chunk
 */
function readSome(descriptor, chunk) {
  for (;;) {
    try {
      return readSync(descriptor, chunk);
    } catch (error) {
      const { code } = systemError(error);
      if (code === "EOF") return 0; // of a pipe on Windows
      if (code !== "EAGAIN") throw error;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
  }
}

/**
 * No listener can run meanwhile: signals have their default effect, which ends the process.
 * @template T
 * @param {() => T} run
 */
function interruptible(run) {
  const names = /** @type {const} */ (["SIGINT", "SIGTERM"]);
  const listeners = names.flatMap((name) => process.listeners(name).map((listener) => ({ name, listener })));
  for (const { name, listener } of listeners) process.off(name, listener);
  try {
    return run();
  } finally {
    for (const { name, listener } of listeners) process.on(name, listener);
  }
}
