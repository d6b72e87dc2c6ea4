// What an agent tells beside peerings, as far as one who manages peerings asks for it.

import { json, queryHeaders, redirect, refuse, text } from "./answers.js";
import { GoError, quote } from "./go.js";
import { decodeStructs, parseJson } from "./json.js";

const BUILT = "1970-01-01T00:00:01Z";

/** The methods of a path; undefined where this agent does not know it. */
export function route(api, path) {
  const answer = GET[path];
  if (answer) return { GET: (request) => answer(api, request) };
  if (path === "/v1/internal/acl/authorize") return { POST: (request) => authorize(api, request) };
  return undefined;
}

/** What is said of a path that is none of the API's. */
export function index(method, path, added) {
  if (path === "/") {
    const moved = redirect(method, 301, "Moved Permanently", "/ui/");
    return { ...moved, headers: { ...moved.headers, ...added } };
  }
  const hint = path.includes("/v1/")
    ? "not a recognized HTTP API endpoint"
    : "if attempting to use the HTTP API, ensure the path starts with '/v1/'";
  return text(404, `Invalid URL path: ${hint}\n`, added);
}

const GET = {
  "/v1/agent/version": ({ cluster }) =>
    json({ SHA: "", BuildDate: BUILT, HumanVersion: cluster.version.text, FIPS: "" }),
  "/v1/agent/self": self,
  "/v1/status/leader": ({ cluster }) => json(cluster.trouble === "leaderless" ? "" : cluster.options.server_address),
  "/v1/status/peers": ({ cluster }) => json([cluster.options.server_address]),
  "/v1/catalog/datacenters": ({ cluster }) => json([cluster.datacenter, ...cluster.options.other_datacenters]),
  "/v1/connect/ca/roots": roots,
  "/v1/acl/token/self": tokenSelf,
  "/v1/exported-services": exportedServices,
};

function self({ cluster, acl }, request) {
  const token = acl.identify(request);
  const { node_name } = cluster.options;
  if (!acl.allows(token, "agent", "read")) throw acl.deny(token, "agent:read", ` on "${node_name}"`);
  const Config = {
    Datacenter: cluster.datacenter,
    PrimaryDatacenter: cluster.datacenter,
    NodeName: node_name,
    NodeID: cluster.nodeId,
    Revision: "",
    Server: true,
    Version: cluster.version.text,
    BuildDate: BUILT,
    BindAddr: "127.0.0.1",
  };
  return json({ Config });
}

async function roots({ cluster }, { signal }) {
  await cluster.mustHaveLeader(signal, { headers: queryHeaders(1, false) });
  if (!cluster.options.connect) {
    throw refuse(500, "Connect must be enabled in order to use this endpoint", queryHeaders(0, false));
  }
  const { authority, trustDomain } = cluster;
  const root = {
    ID: authority.fingerprint,
    Name: "Consul CA Primary Cert",
    SerialNumber: 7,
    SigningKeyID: authority.keyId,
    ExternalTrustDomain: trustDomain.replace(/\.consul$/, ""),
    NotBefore: whole(authority.notBefore),
    NotAfter: whole(authority.notAfter),
    RootCert: authority.pem,
    IntermediateCerts: null,
    Active: true,
    PrivateKeyType: "ec",
    PrivateKeyBits: 256,
    CreateIndex: 9,
    ModifyIndex: 9,
  };
  return json({ ActiveRootID: authority.fingerprint, TrustDomain: trustDomain, Roots: [root] }, queryHeaders(9));
}

function tokenSelf({ acl }, request) {
  if (!acl.enabled) throw refuse(401, "ACL support disabled");
  let token;
  try {
    token = acl.identify(request);
  } catch {
    token = { anonymous: true };
  }
  if (token.anonymous) throw refuse(403, "token does not exist: ACL not found", queryHeaders(1, false));
  return json(
    {
      AccessorID: token.accessor,
      SecretID: token.secret,
      Description: token.management ? "Initial Management Token" : "",
      Policies: [token.policy],
      Local: false,
      CreateTime: token.created,
      Hash: token.hash,
      CreateIndex: 20,
      ModifyIndex: 20,
    },
    queryHeaders(20),
  );
}

async function exportedServices({ cluster }, { signal }) {
  await cluster.mustHaveLeader(signal);
  const services = [...cluster.exports].filter(([, peers]) => peers.length > 0).sort();
  const shown = services.map(([Service, Peers]) => ({ Service, Consumers: { Peers } }));
  return json(shown, queryHeaders(1));
}

const AUTHORIZATION = {
  type: "structs.ACLAuthorizationRequest",
  fields: { Resource: "string", Segment: "string", Access: "string" },
  strict: true,
};
const AUTHORIZATIONS_MAX = 64;

/** What the asking token may do, answered at once whatever the answer is. */
function authorize({ acl }, request) {
  if (!acl.enabled) throw refuse(401, "ACL support disabled");
  let asked;
  try {
    asked = decodeStructs(parseJson(request.body ?? ""), AUTHORIZATION);
  } catch (error) {
    if (!(error instanceof GoError)) throw error;
    throw refuse(400, `Failed to decode request body: ${error.message}`);
  }
  if (asked.length > AUTHORIZATIONS_MAX) {
    throw refuse(400, `Refusing to process more than ${AUTHORIZATIONS_MAX} authorizations at once`);
  }
  const token = asked.length > 0 ? acl.identify(request) : undefined;
  const shown = asked.map(({ Resource, Segment, Access }) => {
    const access = Access.toLowerCase();
    if (!acl.knows(Resource)) throw refuse(400, `Invalid ACL resource requested: ${quote(Resource)}`);
    if (access !== "read" && access !== "write") {
      throw refuse(400, `Invalid access level for ${Resource} resource: ${Access}`);
    }
    return { Resource, ...(Segment && { Segment }), Access, Allow: acl.allows(token, Resource, access) };
  });
  return json(shown);
}

const whole = (date) => `${date.toISOString().slice(0, 19)}Z`;
