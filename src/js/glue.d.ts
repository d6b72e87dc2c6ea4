// What wasm-bindgen makes of the module's exports, for the type check: it calls what the package's functions call.

declare module "#glue" {
  type Api = typeof import("../../pkg/index.js");
  type Finding = import("../../pkg/index.js").Finding;

  export default function start(options: { module_or_path: unknown }): Promise<unknown>;
  export function initSync(options: { module: unknown }): unknown;

  export function isPeerName(name: string): boolean;
  export const validatePeerName: Api["validatePeerName"];
  export const validateToken: Api["validateToken"];
  export const countTerraform: Api["countTerraform"];
  export const inspectToken: Api["inspectToken"];
  // `now` in ms since 1970.
  export function validatePeering(spec: unknown, now: number): Finding[];
  export function checkTerraform(plan: unknown, now: number): Finding[];
  export function preflight(spec: unknown, existing: unknown, options: unknown): import("../../pkg/index.js").Preflight;
  export function health(peering: unknown, options: unknown, now: number): import("../../pkg/index.js").Health;

  export const establish: Api["establish"];
  export const read: Api["read"];
  export const remove: Api["remove"];
  export const list: Api["list"];
  export const generateToken: Api["generateToken"];
  export const permissions: Api["permissions"];
  export const identify: Api["identify"];
  export const wait: Api["wait"];
  export const plan: Api["plan"];
  export const connect: Api["connect"];
  // A plan with `dryRun`, otherwise both sides.
  export function rotate(
    acceptor: import("../../pkg/index.js").Side,
    dialer: import("../../pkg/index.js").Side,
    options?: import("../../pkg/index.js").RotateOptions,
  ): Promise<import("../../pkg/index.js").Plan & import("../../pkg/index.js").Linked>;
  export const disconnect: Api["disconnect"];
  export const mesh: Api["mesh"];
  export const troubleshoot: Api["troubleshoot"];

  export class Watch {
    constructor(cluster: unknown, ref: unknown, options: unknown);
    /** Undefined at the end. */
    next(): Promise<unknown>;
    stop(): void;
  }

  export function environment(variables: unknown): unknown;
  export function address(field: string, text: string, variables: unknown): unknown;
}
