// Where things are.
import { fileURLToPath } from "node:url";

export const HERE = fileURLToPath(new URL(".", import.meta.url));
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const POLICY = `${ROOT}target/components/consul-peering-policy.wasm`;
export const PEERING = `${ROOT}target/components/consul-peering.wasm`;
export const HOSTS = `${ROOT}target/components/hosts/`;
/** The programs of examples/components/rust, and those of tests/components/rust-host. */
export const RUST = `${HOSTS}rust/release/`;
