// consul-peering serve

import { CLUSTERS } from "../options.js";

/** @type {import("./index.js").Command} */
export const serve = {
  name: "serve",
  least: 0,
  most: 0,
  group: "Admin page",
  summary: "serve the admin page for the clusters in a browser on this machine",
  details: `Serves the page, and a proxy to each cluster of clusters.json, or to the environment's cluster, until Ctrl-C. The printed
sign-in link works once, for one browser; press Enter for a new one. The server adds the ACL tokens of clusters.json to
requests and never sends them to the browser; for a cluster without a token, the page asks for one. Each write, sign-in
and sign-out is logged on stderr. Listening on a non-loopback address requires TLS and a password of at least
12 characters, in a file or in CONSUL_PEERING_PASSWORD.`,
  clusterOptions: CLUSTERS,
  options: {
    listen: { type: "string", value: "HOST:PORT", help: "address to listen on (default: 127.0.0.1:8700)" },
    demo: { type: "boolean", help: "start two demo clusters, east and west, until the server stops" },
    simulated: { type: "boolean", help: "with --demo: use simulated clusters even if Consul is installed" },
    "tls-cert": { type: "string", value: "FILE", help: "certificate of the server, PEM; with --tls-key, for https" },
    "tls-key": { type: "string", value: "FILE", help: "private key of the certificate, PEM" },
    "password-file": { type: "string", value: "FILE", help: "password for signing in, instead of a link" },
  },
  examples: [
    ["try it without your own clusters", "consul-peering serve --demo"],
    ["all clusters of clusters.json", "consul-peering serve"],
    [
      "for a team",
      "consul-peering serve --listen 0.0.0.0:8700 --tls-cert page.pem --tls-key page-key.pem --password-file page.password",
    ],
  ],
  async run(context) {
    const { runServe } = await import("../serve.js"); // its modules take longer to load than most commands run
    return runServe(context);
  },
};
