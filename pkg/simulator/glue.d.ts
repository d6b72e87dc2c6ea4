// What wasm-bindgen makes of src/simulator/module.rs, for the type check. Times are ms since the clusters were created.

export function initSync(options: { module: Uint8Array }): unknown;

export function newest(): string;

export interface Receiver {
  /** `body` is in the module's memory, and has to be copied. */
  answered(id: number, status: number, headers: string, body: Uint8Array, cut: boolean): void;
  dropped(id: number): void;
  broken(cluster: string): void;
}

export class Clusters {
  constructor(options: string, began: number);
  names(): string[];
  token(cluster: string): string | undefined;
  isUp(cluster: string, now: number): boolean;
  submit(
    cluster: string,
    method: string,
    target: string,
    headers: string,
    body: Uint8Array,
    faults: number[],
    now: number,
  ): number | undefined;
  abort(id: number): void;
  advance(now: number): void;
  next(): number | undefined;
  deliver(receiver: Receiver): void;
  addFault(fault: string): number;
  restart(cluster: string, ms: number, now: number): void;
  loseLeader(cluster: string, ms: number, now: number): void;
  exportServices(cluster: string, services: string, now: number): void;
  hold(now: number): void;
  release(now: number): void;
}
