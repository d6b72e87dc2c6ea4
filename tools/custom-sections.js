// What a .wasm holds for tools and not for hosts: the names of functions, what made it, the features that it uses.
const HEADER_BYTES = 8;
const CUSTOM = 0;

/**
 * A module without its custom sections. After wasm-bindgen, not by cargo's `strip`: wasm-bindgen reads one of them.
 * @param {Buffer} wasm
 */
export function withoutCustomSections(wasm) {
  const kept = [wasm.subarray(0, HEADER_BYTES)];
  for (let at = HEADER_BYTES; at < wasm.length;) {
    const start = at;
    const section = wasm[at++];
    let length = 0;
    for (let shift = 0, byte = 128; byte >= 128; shift += 7) {
      byte = wasm[at++];
      length |= (byte & 127) << shift;
    }
    at += length;
    if (section !== CUSTOM) kept.push(wasm.subarray(start, at));
  }
  return Buffer.concat(kept);
}
