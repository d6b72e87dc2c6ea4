// Permissions of ACL tokens, and settings of an agent that forbid requests.

import { SECRETS } from "../clusters.js";

const PEERING = [
  { Resource: "peering", Access: "read" },
  { Resource: "peering", Access: "write" },
];
const WELL_FORMED = Buffer.from(
  JSON.stringify({ ServerAddresses: ["127.0.0.1:1"], PeerID: "1", EstablishmentSecret: "2", ServerName: "" }),
).toString("base64");

/** Undefined: without a token. */
const WHO = [
  undefined,
  "unknown",
  "nonsense",
  "reader",
  "writer",
  "operator",
  "both",
  "agent",
  "nothing",
  "management",
];
const AUTHORIZATIONS = ["", "null", "{}", "[]", "[1]", "[{}]", '[{"Resource":"x","Access":"read"}]', PEERING];

export const access = [
  ...WHO.map((as) => ({
    name: `asked ${as ? `as ${as}` : "without an ACL token"}`,
    async run(to) {
      const asked = { as };
      await to.ask("acl", "POST /v1/internal/acl/authorize", { ...asked, body: PEERING });
      await to.ask("acl", "GET /v1/agent/self", asked);
      await to.ask("acl", "GET /v1/status/leader", asked);
      await to.ask("acl", "POST /v1/peering/token", { ...asked, body: { PeerName: "BAD_" } });
      const made = await to.token("acl", `by-${as}`, {}, asked);
      await to.establish("acl", `dialed-by-${as}`, "nonsense", {}, asked);
      if (!made) await to.establish("acl", `dialed-by-${as}`, WELL_FORMED, {}, asked);
      // A denied read takes twelve seconds, so they run concurrently.
      await Promise.all([
        to.ask("acl", `GET /v1/peering/by-${as}`, asked),
        to.ask("acl", "GET /v1/peering/absent", asked),
        to.ask("acl", `GET /v1/peering/by-${as}?wait=5`, asked),
      ]);
      await to.ask("acl", `DELETE /v1/peering/by-${as}`, asked);
    },
  })),
  {
    name: "where an ACL token is looked for",
    async run(to) {
      const authorize = (what, headers, query = "") =>
        to.ask("acl", `POST /v1/internal/acl/authorize`, { body: PEERING, headers, what, query });
      const { reader, writer } = SECRETS;
      await authorize("the header before a bearer", { "X-Consul-Token": reader, Authorization: `Bearer ${writer}` });
      await authorize("a bearer", { Authorization: `Bearer ${writer}` });
      await authorize("a bearer with more", { Authorization: `bearer   ${writer} more` });
      await authorize("basic", { Authorization: `Basic ${writer}` });
      await authorize("no scheme", { Authorization: writer });
      await authorize("the query before the header", { "X-Consul-Token": reader }, `?token=${writer}`);
      await authorize("an empty query", { "X-Consul-Token": reader }, "?token=");
    },
  },
  {
    name: "authorizations",
    async run(to) {
      for (const body of AUTHORIZATIONS) {
        const what = JSON.stringify(body);
        await to.ask("acl", "POST /v1/internal/acl/authorize", { as: "management", body, what });
        await to.ask("us", "POST /v1/internal/acl/authorize", { body, what });
      }
      const many = Array.from({ length: 65 }, () => PEERING[0]);
      await to.ask("acl", "POST /v1/internal/acl/authorize", { as: "reader", body: many, what: "65 of them" });
      await to.ask("acl", "GET /v1/internal/acl/authorize", { as: "reader" });
    },
  },
  {
    name: "the token's own",
    async run(to) {
      for (const as of [undefined, "unknown", "reader", "management"])
        await to.ask("acl", "GET /v1/acl/token/self", { as });
      await to.ask("us", "GET /v1/acl/token/self");
    },
  },
  {
    name: "what every agent tells",
    async run(to) {
      for (const cluster of ["us", "acl", "noconnect", "nopeer", "nowrite", "ap"]) {
        for (const path of [
          "connect/ca/roots",
          "catalog/datacenters",
          "status/leader",
          "status/peers",
          "agent/version",
        ]) {
          await to.ask(cluster, `GET /v1/${path}`);
        }
      }
    },
  },
  {
    name: "peering disabled",
    async run(to) {
      await to.token("nopeer", "x");
      await to.token("nopeer", "-");
      await to.ask("nopeer", "POST /v1/peering/token", { body: "{}" });
      await to.establish("nopeer", "x", "nonsense");
      await to.delete("nopeer", "x");
      await to.ask("nopeer", "OPTIONS /v1/peering/x");
      await Promise.all([
        to.ask("nopeer", "GET /v1/peerings"),
        to.read("nopeer", "x"),
        to.ask("nopeer", "GET /v1/peerings?index=1&wait=1s"),
      ]);
    },
  },
  {
    name: "Connect disabled",
    async run(to) {
      await to.ask("noconnect", "GET /v1/peerings");
      await to.read("noconnect", "x");
      await to.token("noconnect", "x");
      await to.token("noconnect", "-");
      await to.establish("noconnect", "y", WELL_FORMED);
      await to.establish("noconnect", "y", "nonsense");
      await to.read("noconnect", "y");
      await to.delete("noconnect", "y");
    },
  },
  {
    name: "no TLS for gRPC",
    async run(to) {
      await to.token("notls", "x");
      await to.read("notls", "x");
    },
  },
  {
    name: "mesh gateways",
    async run(to) {
      await to.token("nogateway", "x");
      await to.read("nogateway", "x");
      await to.token("nogateway", "x", { ServerExternalAddresses: ["lb.example:8503"] });
      await to.token("gateways", "x");
      await to.token("gateways", "x", { ServerExternalAddresses: ["lb.example:8503"] });
      await to.read("gateways", "x");
    },
  },
  {
    name: "writes restricted",
    async run(to) {
      await to.token("nowrite", "x");
      await to.establish("nowrite", "x", "nonsense");
      await to.delete("nowrite", "x");
      await to.read("nowrite", "x");
      await to.ask("nowrite", "OPTIONS /v1/peering/x");
      await to.ask("nowrite", "PUT /v1/peering/x");
      await to.ask("nowrite", "POST /v1/internal/acl/authorize", { body: PEERING });
    },
  },
  {
    name: "endpoints blocked, and a page from elsewhere",
    async run(to) {
      const headers = { Origin: "http://page.example" };
      const lines = [
        ...[
          "GET /v1/peering/blocked",
          "GET /v1/peering/blocked-too",
          "DELETE /v1/peering/blocked",
          "GET /v1/peering/block",
        ],
        ...[
          "OPTIONS /v1/peering/blocked",
          "PUT /v1/peering/blocked",
          "GET /v1/peering/%62locked",
          "GET /v1/agent/version",
        ],
        ...[
          "OPTIONS /v1/peering/x",
          "OPTIONS /v1/peerings",
          "GET /v1/peering/x",
          "PUT /v1/peering/x",
          "GET /v1/peering",
        ],
        ...[
          "GET /v1/nope",
          "OPTIONS /v1/nope",
          "GET /v1/peering/a%0ab",
          "GET /v1/peerings?%zz",
          "DELETE /v1/peering/x",
        ],
      ];
      for (const line of lines) await to.ask("ap", line, { headers });
    },
  },
];
