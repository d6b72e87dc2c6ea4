// What can go wrong with a request, or with a server over it: the rows of the table.
//
// `order` is a fault as the simulator takes it; `act` is done as the request goes out, where it is something that
// happens to a server or to the caller. `acted`: whether Consul has carried out the request. `heal` names the cluster
// that is to be brought back before the call is made again. `resent`: a write may be sent more than once, because
// nothing can have happened. `lasts`: it is tried again until the timeout. `held`: Consul holds requests back meanwhile,
// and where the timeout comes first, the call ends as where no answer comes. `sockets`: what breaks a connection is
// tried over real ones as well.

const FOREVER = 3_600_000;
const SOON = 50; // ms; a broken read is tried again after 100 ms at the soonest
const LASTING = { times: Infinity };

export const FAULTS = {
  delay: {
    words: "The answer takes 0.6 s",
    order: { kind: "delay", ms: 600 },
  },
  delay_long: {
    words: "No answer within the timeout",
    order: { kind: "delay", ms: FOREVER, ...LASTING },
    acted: false,
  },
  abort: {
    words: "The caller aborts meanwhile",
    order: { kind: "delay", ms: FOREVER, ...LASTING },
    act: ({ controller }) => void setTimeout(() => controller.abort(new Error("enough")), 50),
    acted: false,
  },
  drop_before: {
    words: "The connection breaks, before Consul acted",
    order: { kind: "drop_before" },
    acted: false,
    sockets: true,
  },
  drop_always: {
    words: "The connection breaks, each time",
    order: { kind: "drop_before", ...LASTING },
    acted: false,
    sockets: true,
  },
  drop_after: {
    words: "The connection breaks, after Consul acted",
    order: { kind: "drop_after" },
    acted: true,
    sockets: true,
  },
  cut: {
    words: "The answer is cut off",
    order: { kind: "cut" },
    acted: true,
    sockets: true,
  },
  gateway_timeout: {
    words: "504 of a proxy, after Consul acted",
    order: { kind: "gateway_timeout" },
    acted: true,
  },
  proxy_502: {
    words: "502 of a proxy, a page",
    order: { kind: "proxy_page" },
    acted: false,
  },
  proxy_200: {
    words: "200 of a proxy, a page",
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
    words: "429 for ever",
    order: { kind: "rate_limited", retry_after: 1, ...LASTING },
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
    words: "503 for ever",
    order: { kind: "unavailable", ...LASTING },
    acted: false,
    lasts: true,
  },
  leader_lost: {
    words: "No leader for a moment",
    order: { kind: "leader_lost", ms: 100 },
  },
  leader_lost_long: {
    words: "No leader for longer than Consul waits for one",
    order: { kind: "leader_lost", ms: 4_000 },
    resent: true,
  },
  leader_lost_forever: {
    words: "No leader any more",
    order: { kind: "leader_lost", ms: FOREVER },
    acted: false,
    held: true,
    lasts: true,
    resent: true,
    heal: "here",
  },
  refused: {
    words: "The server is down, and back soon",
    act: ({ simulator, here }) => simulator.restart(here.name, SOON),
    resent: true,
  },
  refused_long: {
    words: "The server is down for good",
    act: ({ simulator, here }) => simulator.restart(here.name, FOREVER),
    acted: false,
    resent: true,
    heal: "here",
  },
  restart_before: {
    words: "The server restarts, before it acted",
    order: { kind: "restart", ms: SOON },
    acted: false,
    sockets: true,
  },
  restart_after: {
    words: "The server restarts, after it acted",
    order: { kind: "restart", ms: SOON, acted: true },
    acted: true,
    sockets: true,
  },
  down_before: {
    words: "The server goes down for good, before it acted",
    order: { kind: "restart", ms: FOREVER },
    acted: false,
    heal: "here",
    sockets: true,
  },
  down_after: {
    words: "The server goes down for good, after it acted",
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
    words: "The other cluster goes down for good",
    act: async ({ simulator, there, connected }) => {
      await connected();
      simulator.restart(there.name, FOREVER);
    },
    heal: "there",
  },
};
