// How many bytes each function and each section of a .wasm takes, as WebAssembly's binary format lays them out.

const CODE = 10;
const NAMES = 0; // a custom section, of which one is called "name"
const FUNCTION_NAMES = 1;

/**
 * @param {Buffer} bytes
 * @returns {{ functions: [string, number][], sections: Record<number, number> }} of each function its name and the length
 *   of its body; of each section its length, by its number
 */
export function anatomy(bytes) {
  let at = 8;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
  };
  const text = () => {
    const length = number();
    return bytes.toString("utf8", at, (at += length));
  };

  const imported = WebAssembly.Module.imports(new WebAssembly.Module(bytes)).filter(({ kind }) => kind === "function");
  const sections = {};
  const bodies = [];
  const names = new Map();
  while (at < bytes.length) {
    const section = bytes[at++];
    const length = number();
    const end = at + length;
    sections[section] = (sections[section] ?? 0) + length;
    if (section === CODE) {
      for (let left = number(); left > 0; left--) {
        const body = number();
        bodies.push(body);
        at += body;
      }
    } else if (section === NAMES && text() === "name") {
      while (at < end) {
        const kind = bytes[at++];
        const after = number() + at;
        if (kind === FUNCTION_NAMES) for (let left = number(); left > 0; left--) names.set(number(), text());
        at = after;
      }
    }
    at = end;
  }
  return { functions: bodies.map((length, index) => [names.get(index + imported.length) ?? "", length]), sections };
}
