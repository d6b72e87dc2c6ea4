// Neither DOM nor Node types: the requirements for a plain JavaScript engine, or a platform with its own types.
// Compiled by `tsc -p tests/types/bundler.json`; never run.
import { list } from "consul-peering";
import type { FetchInit, FetchLike, ResponseLike, SignalLike } from "consul-peering";
import { typed } from "./assert.js";

// @ts-expect-error there is no global fetch here: this configuration really has no platform
fetch;
// @ts-expect-error and no AbortSignal
AbortSignal;

const answer: ResponseLike = {
  status: 200,
  headers: { get: () => null },
  text: async () => "[]",
};
const signal: SignalLike = { aborted: false, addEventListener() {}, removeEventListener() {} };

list({ fetch: () => answer });
list({ fetch: async () => answer }, { signal });
list({
  fetch: (url, init) => {
    typed<string>()(url);
    typed<FetchInit>()(init);
    typed<string>()(init.method);
    typed<string | undefined>()(init.headers["X-Consul-Token"]);
    typed<string | undefined>()(init.body);
    typed<"manual">()(init.redirect);
    typed<"no-store" | undefined>()(init.cache);
    return answer;
  },
});

// A platform whose signal and fetch know only each other, such as node-fetch 2's types or Cloudflare's.
declare class OwnSignal {
  readonly aborted: boolean;
  readonly reason: any;
  onabort: ((event: OwnEvent) => void) | null;
  throwIfAborted(): void;
  addEventListener(type: string, listener: (event: OwnEvent) => void, options?: { once?: boolean }): void;
  removeEventListener(type: string, listener: (event: OwnEvent) => void): void;
  dispatchEvent(event: OwnEvent): boolean;
}
declare class OwnEvent {
  readonly type: string;
}
declare class OwnRequest {
  clone(): OwnRequest;
}
declare class OwnResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null; raw(): Record<string, string[]> };
  text(): Promise<string>;
}
interface OwnInit {
  method?: string;
  headers?: [string, string][] | Record<string, string>;
  body?: string | Uint8Array | null;
  redirect?: "follow" | "manual" | "error";
  signal?: OwnSignal | null;
  agent?: object;
}
declare function ownFetch(input: string | OwnRequest, init?: OwnInit): Promise<OwnResponse>;

list({ fetch: ownFetch }, { signal: new OwnSignal() });
list({ fetch: (url, init) => ownFetch(url, { ...init, agent: {} }) });

// @ts-expect-error never called with a Request
export const requests: FetchLike = (_: OwnRequest) => answer;
// @ts-expect-error the fetch resolves to a response, not its body
list({ fetch: async () => "[]" });
// @ts-expect-error headers are read by name
list({ fetch: () => ({ ...answer, headers: {} }) });
// @ts-expect-error a signal needs addEventListener
list({}, { signal: { aborted: false } });
