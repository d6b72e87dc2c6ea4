// The places in the source that panics name. Rust keeps them as data, which nothing reads in a module whose panics only
// trap, and no stable option of the compiler leaves them out.
import { sectionsOf, WasmReader } from "./wasm-reader.js";

const DATA = 11;
const ACTIVE = 0;
const I32_CONST = 0x41;
/** A pointer, a length, a line and a column. */
const LOCATION_BYTES = 16;
const PATH = /^[!-~]+\.rs$/;
const PATH_MAX = 200;
const LINE_MAX = 100_000;
const COLUMN_MAX = 1_000;

/**
 * Blanks every location, and the paths that they name, in place. Returns how many there were.
 * @param {Uint8Array} wasm
 */
export function blankLocations(wasm) {
  const bytes = Buffer.from(wasm.buffer, wasm.byteOffset, wasm.length);
  const segments = dataOf(bytes);
  /** @param {number} address @param {number} length */
  const read = (address, length) => {
    const segment = segments.find(({ from, data }) => address >= from && address + length <= from + data.length);
    return segment?.data.subarray(address - segment.from, address - segment.from + length);
  };
  const locations = [];
  for (const { from, data } of segments) {
    for (let at = -from & 3; at + LOCATION_BYTES <= data.length; at += 4) {
      const [pointer, length, line, column] = [0, 4, 8, 12].map((offset) => data.readUInt32LE(at + offset));
      if (length > PATH_MAX || !line || line > LINE_MAX || !column || column > COLUMN_MAX) continue;
      const path = read(pointer, length);
      if (path && PATH.test(path.toString("latin1"))) locations.push([data.subarray(at, at + LOCATION_BYTES), path]);
    }
  }
  for (const blanked of locations.flat()) blanked.fill(0);
  return locations.length;
}

/**
 * The module's data, and the addresses that it is copied to.
 * @param {Buffer} bytes
 */
function dataOf(bytes) {
  const segments = [];
  for (const { content } of [...sectionsOf(bytes)].filter(({ id }) => id === DATA)) {
    const reader = new WasmReader(content);
    for (let left = reader.number(); left > 0; left--) {
      if (reader.number() !== ACTIVE || reader.byte() !== I32_CONST) {
        throw new Error("a data segment of an unexpected kind");
      }
      const from = reader.number();
      reader.byte(); // the end of the expression
      segments.push({ from, data: reader.take(reader.number()) });
    }
  }
  return segments;
}
