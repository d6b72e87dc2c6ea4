// The types of every function, used correctly and incorrectly. No platform is assumed, so this file is compiled three
// times: `tsc -p tests/types/nodenext.json`, `… bundler.json` (no DOM, no Node), `… dom.json`. Nothing here runs.
// `@ts-expect-error` fails the build if the line below it compiles.
import * as peering from "consul-peering";
import {
  connect,
  delete as destroy,
  disconnect,
  establish,
  generateToken,
  health,
  init,
  inspectToken,
  list,
  mesh,
  permissions,
  plan,
  preflight,
  read,
  remove,
  rotate,
  troubleshoot,
  validatePeering,
  validatePeerName,
  validateToken,
  wait,
  watch,
} from "consul-peering";
import type {
  CallOptions,
  CheckEvidence,
  CheckId,
  Cluster,
  Finding,
  Health,
  Linked,
  MeshResult,
  NoteCode,
  Peering,
  PeeringError,
  PeeringSpec,
  Permissions,
  Plan,
  PlanStepCode,
  Progress,
  Ref,
  Repair,
  Side,
  State,
  TokenInfo,
  TokenSpec,
  Troubleshooting,
} from "consul-peering";
import { same, typed } from "./assert.js";

// --- exports: exactly these
// -------------------------------------------------------------------------------------------

same<
  keyof typeof peering,
  | "PeeringError"
  | "checkTerraform"
  | "connect"
  | "countTerraform"
  | "delete"
  | "disconnect"
  | "establish"
  | "generateToken"
  | "health"
  | "identify"
  | "init"
  | "initSync"
  | "inspectToken"
  | "isPeeringError"
  | "list"
  | "mesh"
  | "permissions"
  | "plan"
  | "preflight"
  | "read"
  | "remove"
  | "rotate"
  | "troubleshoot"
  | "validatePeering"
  | "validatePeerName"
  | "validateToken"
  | "wait"
  | "watch"
>();
same<typeof peering.delete, typeof remove>();
same<typeof destroy, typeof remove>();

// --- clusters --------------------------------------------------------------------------------------------------------

declare const unset: string | undefined;

export const clusters: Cluster[] = [
  "http://127.0.0.1:8500",
  {},
  { address: "https://consul.example/eu", token: "t", datacenter: "dc1", partition: "p", headers: { "X-A": "b" } },
  { address: unset, token: unset, datacenter: unset, partition: unset, headers: undefined, fetch: undefined },
];
const us: Cluster = "http://127.0.0.1:8500";

// @ts-expect-error a port is no address
export const port: Cluster = 8500;
// @ts-expect-error Consul's Terraform provider calls it address, not url
export const url: Cluster = { url: "http://127.0.0.1:8500" };
// @ts-expect-error header values are strings
export const header: Cluster = { headers: { "X-A": 1 } };
// @ts-expect-error the cluster cannot be omitted: `{}` means "from the environment"
list();

// --- specs -----------------------------------------------------------------------------------------------------------

const peering_token = "eyJ9";

export const specs: PeeringSpec[] = [
  { peer_name: "eu", peering_token },
  { peer_name: "eu", peering_token, meta: { team: "payments" }, datacenter: "dc1", token: "t", partition: "p" },
  { peer_name: "eu", peering_token, meta: null, datacenter: null, token: null, partition: null }, // a Terraform plan
  { peer_name: "eu", peering_token, meta: undefined, datacenter: unset, token: unset, partition: unset },
];
export const tokenSpecs: TokenSpec[] = [
  { peer_name: "us" },
  { peer_name: "us", meta: { a: "b" }, server_external_addresses: ["lb.example:8503"] },
  { peer_name: "us", server_external_addresses: [], datacenter: null },
  { peer_name: "us", server_external_addresses: null, meta: null, token: null, partition: null },
];

// @ts-expect-error peer_name is missing
establish(us, { peering_token });
// @ts-expect-error peering_token is missing
establish(us, { peer_name: "eu" });
// @ts-expect-error peering_token cannot be null
establish(us, { peer_name: "eu", peering_token: null });
// @ts-expect-error peer_name cannot be undefined
establish(us, { peer_name: unset, peering_token });
// @ts-expect-error data is snake_case: peer_name
establish(us, { peerName: "eu", peering_token });
// @ts-expect-error data is snake_case: peering_token
establish(us, { peer_name: "eu", peeringToken: peering_token });
// @ts-expect-error a misspelt field is observed although it is optional
establish(us, { peer_name: "eu", peering_token, partitions: "p" });
// @ts-expect-error meta values are strings
establish(us, { peer_name: "eu", peering_token, meta: { team: 7 } });
// @ts-expect-error meta values cannot be null
establish(us, { peer_name: "eu", peering_token, meta: { team: null } });
// @ts-expect-error the dialing side has no external addresses
establish(us, { peer_name: "eu", peering_token, server_external_addresses: [] });
// @ts-expect-error a name alone is no spec
establish(us, "eu");
// @ts-expect-error peer_name is missing
generateToken(us, { meta: {} });
// @ts-expect-error a spec, not a name
generateToken(us, "eu");
// @ts-expect-error addresses are a list
generateToken(us, { peer_name: "us", server_external_addresses: "lb.example:8503" });
// @ts-expect-error a token is the result, not an input
generateToken(us, { peer_name: "us", peering_token });

// --- references ------------------------------------------------------------------------------------------------------

export const refs: Ref[] = [
  "eu",
  { peer_name: "eu" },
  { peer_name: "eu", datacenter: null, token: "t", partition: unset },
];
// @ts-expect-error peer_name is missing
export const nameless: Ref = { datacenter: "dc1" };
// @ts-expect-error the property is not called `name`
read(us, { name: "eu" });
// @ts-expect-error not null
read(us, null);
// @ts-expect-error which one?
read(us);

// --- options ---------------------------------------------------------------------------------------------------------

export const options: CallOptions[] = [
  {},
  { timeout: 5_000 },
  { timeout: Infinity },
  { timeout: undefined, signal: undefined, onProgress: undefined },
  { onProgress: ({ text }) => text.length },
  {
    onProgress(progress) {
      typed<Progress>()(progress);
      typed<"step" | "state" | "warning" | "retry" | "no_response" | "recovered" | "left_behind">()(progress.kind);
      typed<number>()(progress.elapsed);
      typed<State | undefined>()(progress.state);
    },
  },
];

// @ts-expect-error milliseconds are a number
read(us, "eu", { timeout: "5s" });
// @ts-expect-error options are camelCase
read(us, "eu", { on_progress: () => {} });
// @ts-expect-error reading has nothing to wait for
read(us, "eu", { wait: false });
// @ts-expect-error deleting replaces nothing
remove(us, "eu", { replace: true });
// @ts-expect-error a token is there at once
generateToken(us, { peer_name: "us" }, { wait: false });
// @ts-expect-error true or false
establish(us, { peer_name: "eu", peering_token }, { wait: "ACTIVE" });
// @ts-expect-error a signal, not the controller's abort function
list(us, { signal: () => {} });

// --- answers ---------------------------------------------------------------------------------------------------------

typed<Promise<Peering>>()(
  establish(us, { peer_name: "eu", peering_token }, { wait: false, replace: true, timeout: 1 }),
);
typed<Promise<Peering | null>>()(read(us, "eu", { timeout: 1 }));
typed<Promise<Peering | null>>()(remove(us, { peer_name: "eu" }, { wait: false }));
typed<Promise<Peering | null>>()(peering.delete(us, "eu"));
typed<Promise<Peering[]>>()(list({}, { timeout: 1 }));
typed<Promise<string>>()(generateToken(us, { peer_name: "us" }, { replace: true }));
typed<Promise<Permissions>>()(permissions(us));
typed<Promise<void>>()(init());

export async function reading(): Promise<void> {
  const found = await read(us, "eu");
  // @ts-expect-error it may be missing
  found.state;
  typed<State | undefined>()(found?.state);
  if (found === null) return;

  typed<"dialer" | "acceptor">()(found.role);
  typed<string | null>()(found.deleted_at);
  typed<string | null>()(found.peer_id);
  typed<string[]>()(found.peer_ca_pems);
  typed<number>()(found.modify_index);
  typed<string | undefined>()(found.meta["team"]);
  typed<string | null>()(found.stream.last_heartbeat);
  typed<string | undefined>()(found.remote.locality?.zone);

  // @ts-expect-error absent text is null, not ""
  found.peer_server_name.length;
  // @ts-expect-error most clusters have no locality
  found.remote.locality.region;
  // @ts-expect-error times are RFC 3339 text, not dates
  found.deleted_at?.getTime();
  // @ts-expect-error not Consul's own spelling
  found.PeerServerName;
  // @ts-expect-error there are two roles
  if (found.role === "client") return;

  // Known states are suggested by editors, unknown ones are allowed.
  const state: State = found.state === "ACTIVE" ? "DELETING" : "SOMETHING_NEW";
  switch (state) {
    case "PENDING":
    case "ESTABLISHING":
    case "ACTIVE":
    case "FAILING":
    case "TERMINATED":
    case "DELETING":
    case "UNDEFINED":
      break;
    default:
      typed<string & {}>()(state);
  }
  // A peering that was read is a valid reference.
  const again: Ref = found;
  await wait(us, again.peer_name, "GONE");

  const [first] = await list(us);
  // @ts-expect-error the list may be empty
  first.peer_name;
}

// --- checks ----------------------------------------------------------------------------------------------------------

typed<Finding[]>()(validatePeerName("eu"));
typed<Finding[]>()(validatePeerName(undefined));
typed<Finding[]>()(validatePeering({ anything: [1] }));
typed<Finding[]>()(validatePeering(null, { now: new Date(0) }));
typed<Finding[]>()(validatePeering(null, { now: undefined }));
typed<Finding[]>()(validateToken("anything"));
typed<TokenInfo>()(inspectToken(peering_token));
typed<peering.Preflight>()(preflight({ peer_name: "eu", peering_token }, null, { replace: true }));
typed<"send" | "wait" | "replace" | "refuse">()(preflight({ peer_name: "eu" }, null).action);
// @ts-expect-error what exists under the name must be given, or null
preflight({ peer_name: "eu" });

typed<"error" | "warning" | undefined>()(validateToken({})[0]?.severity);

// @ts-expect-error a Date, not a number
validatePeering({}, { now: Date.now() });
// @ts-expect-error findings are returned at once
validatePeerName("eu").then;
// @ts-expect-error an empty list is no boolean
export const valid: boolean = validatePeerName("eu");
// @ts-expect-error the token is text
inspectToken({ peering_token });
// @ts-expect-error the secret is never shown
inspectToken(peering_token).establishment_secret;
typed<string | null>()(inspectToken(peering_token).datacenter);
typed<boolean | undefined>()(inspectToken(peering_token).authorities[0]?.expired);

// --- waiting ---------------------------------------------------------------------------------------------------------

typed<Promise<Peering | null>>()(wait(us, "eu", "ACTIVE"));
wait(us, { peer_name: "eu" }, "TERMINATED", { timeout: Infinity });
wait(us, "eu", "GONE");
wait(us, "eu", (found) => {
  typed<Peering | null>()(found);
  return found !== null && found.stream.exported_services.length > 0;
});

// @ts-expect-error without a state
wait(us, "eu");
// @ts-expect-error Consul never shows this state for long; wait for ACTIVE
wait(us, "eu", "ESTABLISHING");
// @ts-expect-error states are upper case
wait(us, "eu", "active");
// @ts-expect-error it may be missing
wait(us, "eu", (found) => found.state === "ACTIVE");
// @ts-expect-error asked, not awaited
wait(us, "eu", async () => true);

// --- two clusters, and more ------------------------------------------------------------------------------------------

const acceptor: Side = { cluster: us, peer_name: "eu", server_external_addresses: [] };
const dialer: Side = { cluster: { address: unset }, peer_name: "us", meta: null, datacenter: null, token: unset };

typed<Promise<Plan>>()(plan(acceptor, dialer, { timeout: 1 }));
typed<Promise<Linked>>()(connect(acceptor, dialer, { onProgress: ({ text }) => text.length }));
typed<Promise<Linked>>()(rotate(acceptor, dialer));
typed<Promise<{ a: Peering | null; b: Peering | null }>>()(disconnect(acceptor, dialer, { force: true }));
typed<Promise<MeshResult>>()(
  mesh({ eu: us, us: {}, ap: { cluster: us, meta: { a: "b" } } }, { concurrency: 4, dryRun: true }),
);

typed<Promise<Troubleshooting>>()(troubleshoot(acceptor, dialer, { service: "web", timeout: 1 }));
typed<Promise<Troubleshooting>>()(troubleshoot(acceptor));
typed<Promise<Troubleshooting>>()(troubleshoot(acceptor, null));
// @ts-expect-error a name
troubleshoot(acceptor, dialer, { service: 1 });
// @ts-expect-error two sides
connect(acceptor);
// @ts-expect-error the cluster is part of the side
connect(us, { peer_name: "eu" });
// @ts-expect-error peer_name is missing
connect({ cluster: us }, dialer);
// @ts-expect-error the caller never passes a token
connect(acceptor, { ...dialer, peering_token });
// @ts-expect-error force is an option of disconnect
connect(acceptor, dialer, { force: true });
// @ts-expect-error it resolves when both are ACTIVE, always
rotate(acceptor, dialer, { wait: false });
// @ts-expect-error connect never replaces a peering that another cluster may use
connect(acceptor, dialer, { replace: true });
// @ts-expect-error the alias is the name
mesh({ eu: { cluster: us, peer_name: "eu" } });
// @ts-expect-error clusters have aliases
mesh([us, us]);
// @ts-expect-error a number of writes
mesh({ eu: us, us: {} }, { concurrency: "4" });
// @ts-expect-error options are camelCase
mesh({ eu: us, us: {} }, { dry_run: true });

export async function linking(): Promise<void> {
  const { steps, notes, linked, reversed } = await plan(acceptor, dialer);
  typed<{ code: NoteCode; text: string }[]>()(notes.map(({ code, text }) => ({ code, text })));
  typed<boolean>()(linked && reversed);
  for (const { on, action, code, reason } of steps) {
    typed<PlanStepCode>()(code);
    typed<"acceptor" | "dialer">()(on);
    typed<"delete" | "wait" | "generate" | "establish">()(action);
    typed<string>()(reason);
  }
  const made = await connect(acceptor, dialer);
  typed<Peering>()(made.acceptor);
  typed<boolean>()(made.changed);
  // @ts-expect-error the token is not reported
  made.peering_token;
  const { ok, pairs } = await mesh({ eu: us, us: {} });
  typed<boolean>()(ok);
  for (const pair of pairs) {
    typed<"linked" | "changed" | "planned" | "failed">()(pair.status);
    typed<string>()(pair.acceptor);
    typed<Plan>()(pair.plan);
    typed<PeeringError | undefined>()(pair.error);
    // @ts-expect-error there is an error only where it failed
    pair.error.code;
  }
  const { ok: works, checks, services } = await troubleshoot(acceptor, dialer);
  typed<boolean>()(works);
  for (const { id, status, fix, repair, evidence, needs } of checks) {
    typed<CheckId | (string & {})>()(id);
    typed<"pass" | "warning" | "fail" | "skipped">()(status);
    typed<string | null>()(fix ?? needs);
    typed<CheckEvidence>()(evidence);
    typed<Repair | null>()(repair);
    typed<"connect" | "rotate" | undefined>()(repair?.command);
    typed<string | undefined>()(repair?.acceptor.cluster);
    typed<string[] | undefined>()(evidence.services);
  }
  for (const { name, instances, dns } of services) {
    typed<string[]>()([name, ...dns]);
    // @ts-expect-error they may not be readable
    instances.total;
  }
  const { a } = await disconnect(acceptor, dialer);
  // @ts-expect-error it may not have existed
  a.state;
}

// --- watch
// -------------------------------------------------------------------------------------------------------------

typed<AsyncIterableIterator<Peering[]>>()(watch(us));
typed<AsyncIterableIterator<Peering[]>>()(watch(us, { interval: 500, onProgress: ({ text }) => text.length }));
typed<AsyncIterableIterator<Peering | null>>()(watch(us, "eu"));
typed<AsyncIterableIterator<Peering | null>>()(watch(us, { peer_name: "eu", datacenter: null }, { signal: undefined }));

// @ts-expect-error it ends by break or by its signal
watch(us, { timeout: 1 });
// @ts-expect-error milliseconds are a number
watch(us, "eu", { interval: "2s" });
// @ts-expect-error the whole is a list, not one
typed<AsyncIterableIterator<Peering | null>>()(watch(us));
// @ts-expect-error an async iterable, not a promise
watch(us).then;

export async function looking(): Promise<void> {
  for await (const peering of watch(us, "eu")) {
    // @ts-expect-error it may be missing
    peering.state;
    if (peering === null) break;
    typed<Health>()(health(peering, { previous: peering, other: null, now: new Date() }));
    const { verdict, reasons } = health(peering, {});
    typed<"healthy" | "starting" | "degraded" | "broken" | "ending">()(verdict);
    typed<string[]>()(reasons);
  }
}

// @ts-expect-error a missing peering has no health
health(null);
// @ts-expect-error a Date, not a number
export const healthOf = (peering: Peering): Health => health(peering, { now: 0 });

// --- start -----------------------------------------------------------------------------------------------------------

init("consul_peering_bg.wasm");
init({ href: "https://example/consul_peering_bg.wasm" });
init(new ArrayBuffer(8));
init(new Uint8Array(8));
// @ts-expect-error not a module
init(8);
// @ts-expect-error not a module
init(true);
