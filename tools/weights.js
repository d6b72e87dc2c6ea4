// What is built, weighed and listed: a line a file.
import { gzipSync } from "node:zlib";

/**
 * As a web server sends it.
 * @param {Uint8Array} bytes
 */
export const zippedLength = (bytes) => gzipSync(bytes, { level: 9 }).length;

/** @param {number} bytes */
const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(9);

/**
 * @param {string} name
 * @param {number} zipped
 * @param {number} [bytes]  as it is; a sum has none
 */
export const weightLine = (name, zipped, bytes) =>
  `${name.padEnd(26)} ${bytes === undefined ? "".padStart(9) : kB(bytes)}  gzip ${kB(zipped)}`;
