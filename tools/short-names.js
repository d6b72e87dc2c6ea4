// What the module and its glue call each other by is long, and full of hashes that no compression takes away: both get
// the same short names instead.
import binaryen from "binaryen";

const ADD_EXPORT = {
  [binaryen.ExternalFunction]: "addFunctionExport",
  [binaryen.ExternalTable]: "addTableExport",
  [binaryen.ExternalMemory]: "addMemoryExport",
};

/** wasm-bindgen's module and glue, with short names between them: `{ wasm, glue }`. */
export function withShortNames(wasm, glue) {
  const module = binaryen.readBinary(wasm);
  const all = (count, infoAt) => Array.from({ length: count }, (_, index) => infoAt(index));
  const functions = all(module.getNumFunctions(), (at) => binaryen.getFunctionInfo(module.getFunctionByIndex(at)));
  const exported = all(module.getNumExports(), (at) => binaryen.getExportInfo(module.getExportByIndex(at)));
  const short = new Map();

  function shorten(name) {
    if (!/^_|^wasm_bindgen_/.test(name)) return name; // one of ours
    if (!short.has(name)) short.set(name, `_${short.size.toString(36)}`);
    return short.get(name);
  }

  for (const { name, module: from, base, params, results } of functions.filter(({ module }) => module)) {
    module.removeFunction(name);
    module.addFunctionImport(name, besideGlue(from), shorten(base), params, results);
  }
  for (const { kind, name, value } of exported) {
    module.removeExport(name);
    // Some are for glue of other kinds, and would keep code alive.
    if (glue.includes(`wasm.${name}`)) module[ADD_EXPORT[kind]](value, shorten(name));
  }
  return {
    wasm: module.emitBinary(),
    glue: eachOnce(besideGlue(glue)).replace(/\w+/g, (word) => short.get(word) ?? word),
  };
}

/** wasm-bindgen hands a module over once for each function that is taken from it, under the same key. */
function eachOnce(glue) {
  const keys = new Set();
  const isNew = (key) => !keys.has(key) && keys.add(key);
  return glue.replace(/^ *("[^"]+"): import\d+,\n/gm, (line, key) => (isNew(key) ? line : ""));
}

/** Of the copies that wasm-bindgen makes of src/js, the path as it is among the originals. */
const besideGlue = (text) => text.replace(/\.\/snippets\/[^"']*\//g, "./");
