// Where a simulated cluster answers differently from a real one, and why. Each stands in the documentation of the
// simulator too, under "What is not simulated". The tests fail where a difference is missing here, and where one that is
// listed is none any more.

const ELSE = "coordinates, the list of nodes and the page of Consul are not simulated";
const ONLY_CONFIG = "of an agent's configuration, only the part that tells who it is";
const NO_POLICIES = "an ACL token has rules of its own, and no policies with names";

/** By the row of a recording's file, counted from 0, in the recordings of both versions. */
export const REPLAY_DIFFERENCES = [
  { file: "datacenter.json", exchanges: [12, 13, 16, 17, 18, 19], reason: ELSE },
  { file: "permissions.json", exchanges: [9], reason: NO_POLICIES },
  { file: "queries.json", exchanges: [42], reason: ONLY_CONFIG },
];

const ELSEWHERE = "what else than a cluster may be at an address is not simulated";
const EMPTIED = "servers that come back without their data are not simulated";

/** Recordings that are not replayed at all. */
export const NOT_REPLAYED = [
  { file: "handshake.json", reason: ELSEWHERE },
  { file: "lost-leader.json", reason: "clusters of several servers are not simulated" },
  { file: "no-certificate.json", reason: "certificates that are not there yet are not simulated" },
  { file: "no-grpc-port.json", reason: "servers whose gRPC has TLS and no port are not simulated" },
  { file: "rebuilt-acceptor.json", reason: EMPTIED },
  { file: "rebuilt-dialer.json", reason: EMPTIED },
  { file: "rebuilt-same-domain.json", reason: EMPTIED },
];

/** By the scenario, and what was asked in it. */
export const CONFORMANCE_DIFFERENCES = [
  { scenario: "asked as agent", requests: ["acl GET /v1/agent/self as agent"], reason: ONLY_CONFIG },
  { scenario: "asked as management", requests: ["acl GET /v1/agent/self as management"], reason: ONLY_CONFIG },
  { scenario: "the token's own", requests: ["acl GET /v1/acl/token/self as reader"], reason: NO_POLICIES },
];
