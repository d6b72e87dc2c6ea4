// What the build makes, for the type check: a WebAssembly.Module, on hosts that compile what is imported.
declare const module: object;
export default module;
