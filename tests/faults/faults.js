// The faults of a request or of its server: the rows of the table.
//
// `order`: the simulator's fault. `act`: runs when the request is sent, for faults of a server or the caller. `acted`:
// whether Consul has carried out the request. `heal`: the cluster to start before the call is repeated. `resent`: a write
// may be sent more than once, because Consul cannot have acted. `lasts`: retried until the timeout. `held`: Consul holds
// requests back meanwhile; if the timeout comes first, the outcome is that of "no response". `sockets`: also tested over
// real connections.

const FOREVER = 3_600_000;
const SOON = 50; // ms; a failed read is retried after 100 ms at the earliest
const PERMANENT = { times: Infinity };

export const FAULTS = {
  delay: {
    words: "The response takes 0.6 s",
    order: { kind: "delay", ms: 600 },
  },
  delay_long: {
    words: "No response within the timeout",
    order: { kind: "delay", ms: FOREVER, ...PERMANENT },
    acted: false,
  },
  abort: {
    words: "The caller aborts",
    order: { kind: "delay", ms: FOREVER, ...PERMANENT },
    act: ({ controller }) => void setTimeout(() => controller.abort(new Error("enough")), 50),
    acted: false,
  },
  drop_before: {
    words: "The connection breaks before Consul acts",
    order: { kind: "drop_before" },
    acted: false,
    sockets: true,
  },
  drop_always: {
    words: "The connection breaks every time",
    order: { kind: "drop_before", ...PERMANENT },
    acted: false,
    sockets: true,
  },
  drop_after: {
    words: "The connection breaks after Consul acts",
    order: { kind: "drop_after" },
    acted: true,
    sockets: true,
  },
  cut: {
    words: "The response is truncated",
    order: { kind: "cut" },
    acted: true,
    sockets: true,
  },
  gateway_timeout: {
    words: "504 from a proxy, after Consul acts",
    order: { kind: "gateway_timeout" },
    acted: true,
  },
  proxy_502: {
    words: "502 from a proxy, HTML",
    order: { kind: "proxy_page" },
    acted: false,
  },
  proxy_200: {
    words: "200 from a proxy, HTML",
    order: { kind: "proxy_page", status: 200 },
    acted: false,
  },
  redirect: {
    words: "A redirect",
    order: { kind: "redirect" },
    acted: false,
  },
  rate_limited: {
    words: "429 twice, `Retry-After: 1`",
    order: { kind: "rate_limited", retry_after: 1, times: 2 },
    resent: true,
  },
  rate_limited_long: {
    words: "429 permanently",
    order: { kind: "rate_limited", retry_after: 1, ...PERMANENT },
    acted: false,
    lasts: true,
    resent: true,
  },
  unavailable: {
    words: "503 twice, `Retry-After: 1`",
    order: { kind: "unavailable", retry_after: 1, times: 2 },
    acted: false,
  },
  unavailable_long: {
    words: "503 permanently",
    order: { kind: "unavailable", ...PERMANENT },
    acted: false,
    lasts: true,
  },
  leader_lost: {
    words: "No leader, briefly",
    order: { kind: "leader_lost", ms: 100 },
  },
  leader_lost_long: {
    words: "No leader for longer than Consul waits",
    order: { kind: "leader_lost", ms: 4_000 },
    resent: true,
  },
  leader_lost_forever: {
    words: "No leader, permanently",
    order: { kind: "leader_lost", ms: FOREVER },
    acted: false,
    held: true,
    lasts: true,
    resent: true,
    heal: "here",
  },
  refused: {
    words: "The server is down briefly",
    act: ({ simulator, here }) => simulator.restart(here.name, SOON),
    resent: true,
  },
  refused_long: {
    words: "The server is down permanently",
    act: ({ simulator, here }) => simulator.restart(here.name, FOREVER),
    acted: false,
    resent: true,
    heal: "here",
  },
  restart_before: {
    words: "The server restarts before it acts",
    order: { kind: "restart", ms: SOON },
    acted: false,
    sockets: true,
  },
  restart_after: {
    words: "The server restarts after it acts",
    order: { kind: "restart", ms: SOON, acted: true },
    acted: true,
    sockets: true,
  },
  down_before: {
    words: "The server stops permanently before it acts",
    order: { kind: "restart", ms: FOREVER },
    acted: false,
    heal: "here",
    sockets: true,
  },
  down_after: {
    words: "The server stops permanently after it acts",
    order: { kind: "restart", ms: FOREVER, acted: true },
    acted: true,
    heal: "here",
    sockets: true,
  },
  other_restart: {
    words: "The other cluster restarts",
    act: ({ simulator, there }) => simulator.restart(there.name, SOON),
  },
  other_down: {
    words: "The other cluster stops permanently",
    act: async ({ simulator, there, connected }) => {
      await connected();
      simulator.restart(there.name, FOREVER);
    },
    heal: "there",
  },
};
