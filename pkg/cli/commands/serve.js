// consul-peering serve

import { CLUSTERS } from "../options.js";

/** @type {import("./index.js").Command} */
export const serve = {
  name: "serve",
  least: 0,
  most: 0,
  group: "In a browser",
  summary: "show the clusters in a browser: the admin page, on this machine",
  details: `Serves the page and a narrow way through to each cluster of clusters.json, or to the environment's cluster, until
Ctrl-C. The link it prints works once, for one browser; Enter prints a new one. ACL tokens named in clusters.json are
added here and never sent to the browser; where there is none, the page asks for one. Each write, sign-in and sign-out is
a line on stderr. Other than on this machine it needs TLS and a password, of 12 characters or more, in a file or in
CONSUL_PEERING_PASSWORD.`,
  clusterOptions: CLUSTERS,
  options: {
    listen: { type: "string", value: "HOST:PORT", help: "where to listen (default: 127.0.0.1:8700)" },
    demo: { type: "boolean", help: "with two clusters of its own, eu and us, gone at the end" },
    "tls-cert": { type: "string", value: "FILE", help: "the server's certificate, PEM; with --tls-key: https" },
    "tls-key": { type: "string", value: "FILE", help: "its key, PEM" },
    "password-file": { type: "string", value: "FILE", help: "the password to sign in with, instead of a link" },
  },
  examples: [
    ["try it out, without a cluster of your own", "consul-peering serve --demo"],
    ["all of clusters.json", "consul-peering serve"],
    [
      "for a team",
      "consul-peering serve --listen 0.0.0.0:8700 --tls-cert page.pem --tls-key page-key.pem --password-file page.password",
    ],
  ],
  async run(context) {
    const { runServe } = await import("../serve.js"); // a server's modules take longer to load than most commands take
    return runServe(context);
  },
};
