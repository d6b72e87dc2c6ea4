// The build's output, for the type check: a WebAssembly.Module, on hosts that compile imported files.
declare const module: object;
export default module;
