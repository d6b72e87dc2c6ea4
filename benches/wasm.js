// How many bytes each function and each section of a .wasm takes.
import { sectionsOf, WasmReader } from "../tools/wasm-reader.js";

const CODE = 10;
const NAMES = 0; // a custom section, of which one is called "name"
const FUNCTION_NAMES = 1;

/**
 * @param {Buffer} bytes
 * @returns {{ functions: [string, number][], sections: Record<number, number> }} of each function its name and the length
 *   of its body; of each section its length, by its number
 */
export function anatomy(bytes) {
  const imported = WebAssembly.Module.imports(new WebAssembly.Module(bytes)).filter(({ kind }) => kind === "function");
  const sections = {};
  const bodies = [];
  let names = new Map();
  for (const { id, content } of sectionsOf(bytes)) {
    sections[id] = (sections[id] ?? 0) + content.length;
    const reader = new WasmReader(content);
    if (id === CODE) {
      for (let left = reader.number(); left > 0; left--) bodies.push(reader.take(reader.number()).length);
    } else if (id === NAMES && reader.text() === "name") {
      names = functionNames(reader);
    }
  }
  return { functions: bodies.map((length, index) => [names.get(index + imported.length) ?? "", length]), sections };
}

/** The names of functions in the section "name", by their number. */
function functionNames(reader) {
  const names = new Map();
  while (!reader.isAtEnd) {
    const kind = reader.byte();
    const part = new WasmReader(reader.take(reader.number()));
    if (kind === FUNCTION_NAMES) for (let left = part.number(); left > 0; left--) names.set(part.number(), part.text());
  }
  return names;
}
