// The differences between the responses of simulated and real clusters, each with its reason. The documentation of the
// simulator lists them as well, under "What is not simulated". The tests fail if a difference is missing here, and if a
// listed difference no longer exists.

const OTHER_ENDPOINTS = "coordinates, the list of nodes and Consul's page are not simulated";
const ONLY_CONFIG = "of an agent's configuration, only the part with its identity";
const NO_POLICIES = "an ACL token has its own rules instead of named policies";

/** By the index of the exchange in a recording, in the recordings of both versions. */
export const REPLAY_DIFFERENCES = [
  { file: "datacenter.json", exchanges: [12, 13, 16, 17, 18, 19], reason: OTHER_ENDPOINTS },
  { file: "permissions.json", exchanges: [9], reason: NO_POLICIES },
  { file: "queries.json", exchanges: [42], reason: ONLY_CONFIG },
];

const ELSEWHERE = "servers other than clusters are not simulated";
const EMPTIED = "servers that lose their data are not simulated";

/** Recordings that are not replayed. */
export const NOT_REPLAYED = [
  { file: "handshake.json", reason: ELSEWHERE },
  { file: "lost-leader.json", reason: "clusters of several servers are not simulated" },
  { file: "no-certificate.json", reason: "servers without a certificate are not simulated" },
  { file: "no-grpc-port.json", reason: "servers with TLS for gRPC but without its port are not simulated" },
  { file: "rebuilt-acceptor.json", reason: EMPTIED },
  { file: "rebuilt-dialer.json", reason: EMPTIED },
  { file: "rebuilt-same-domain.json", reason: EMPTIED },
];

/** By the scenario and its requests. */
export const CONFORMANCE_DIFFERENCES = [
  { scenario: "asked as agent", requests: ["acl GET /v1/agent/self as agent"], reason: ONLY_CONFIG },
  { scenario: "asked as management", requests: ["acl GET /v1/agent/self as management"], reason: ONLY_CONFIG },
  { scenario: "the token's own", requests: ["acl GET /v1/acl/token/self as reader"], reason: NO_POLICIES },
];
