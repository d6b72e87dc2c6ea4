// The error of every loader if the module cannot be loaded: mostly, a bundler has not copied its file.
/** @param {unknown} cause */
export const missing = (cause) =>
  new Error(
    `consul-peering could not load consul_peering_bg.wasm: ${cause instanceof Error ? cause.message : cause}. If a bundler did not copy that file next to ` +
      'what it made: copy it there, or import "consul-peering/inline", which carries it inside.',
    { cause },
  );
