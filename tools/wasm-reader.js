// Reads the binary format of WebAssembly: numbers, texts, and the sections of a module.

export const HEADER_BYTES = 8;

/** Reads values one after another. */
export class WasmReader {
  at = 0;
  #bytes;

  /** @param {Buffer} bytes */
  constructor(bytes) {
    this.#bytes = bytes;
  }

  get isAtEnd() {
    return this.at >= this.#bytes.length;
  }

  byte() {
    return this.#bytes[this.at++];
  }

  /** An unsigned number, in LEB128. */
  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
  }

  /** @param {number} length  in bytes */
  take(length) {
    return this.#bytes.subarray(this.at, (this.at += length));
  }

  text() {
    return this.take(this.number()).toString("utf8");
  }
}

/**
 * The sections of a module: the id, the content, and the whole section with its id and length. They share its memory.
 * @param {Buffer} wasm
 */
export function* sectionsOf(wasm) {
  const reader = new WasmReader(wasm);
  reader.at = HEADER_BYTES;
  while (!reader.isAtEnd) {
    const start = reader.at;
    const id = reader.byte();
    const content = reader.take(reader.number());
    yield { id, content, whole: wasm.subarray(start, reader.at) };
  }
}
