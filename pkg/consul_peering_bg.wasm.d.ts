// The build's output, for the type check: the module as base64.
declare const base64: string;
export default base64;
