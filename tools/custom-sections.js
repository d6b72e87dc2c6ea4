// What a .wasm holds for tools and not for hosts: the names of functions, what made it, the features that it uses.
import { HEADER_BYTES, sectionsOf } from "./wasm-reader.js";

const CUSTOM = 0;

/**
 * A module without its custom sections. After wasm-bindgen, not by cargo's `strip`: wasm-bindgen reads one of them.
 * @param {Buffer} wasm
 */
export function withoutCustomSections(wasm) {
  const kept = [...sectionsOf(wasm)].filter(({ id }) => id !== CUSTOM).map(({ whole }) => whole);
  return Buffer.concat([wasm.subarray(0, HEADER_BYTES), ...kept]);
}
