// Lists the peerings of a cluster whose agents require a client certificate. The cluster has its own fetch: undici's, with
// an Agent that has the certificate. Every function of the package accepts such a cluster.
//
//   CONSUL_HTTP_ADDR=https://consul.east.example:8501 CONSUL_HTTP_TOKEN_FILE=consul.token \
//     CONSUL_CACERT=ca.pem CONSUL_CLIENT_CERT=client.pem CONSUL_CLIENT_KEY=client-key.pem node list.js
//
// These are Consul's own variables; the package reads the address and the token. Exit codes: 0 listed, 1 failed.
import { readFileSync } from "node:fs";
import process from "node:process";
import { isPeeringError, list } from "consul-peering";
import { Agent, fetch } from "undici";

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop.abort(signal));
const { signal } = stop;
let dispatcher;

try {
  const { CONSUL_CACERT, CONSUL_CLIENT_CERT, CONSUL_CLIENT_KEY, CONSUL_TLS_SERVER_NAME } = process.env;
  dispatcher = new Agent({
    connect: {
      ca: pem(CONSUL_CACERT),
      cert: pem(CONSUL_CLIENT_CERT),
      key: pem(CONSUL_CLIENT_KEY),
      servername: CONSUL_TLS_SERVER_NAME, // if the certificate is for another name than the address
    },
  });
  const cluster = { fetch: (url, init) => fetch(url, { ...init, dispatcher }) };
  for (const { peer_name, role, state } of await list(cluster, { signal })) console.log(peer_name, role, state);
} catch (error) {
  process.exitCode = 1;
  if (error === signal.reason) console.error(`stopped by ${error}`);
  else if (isPeeringError(error)) console.error(`${error.message}\n  ${error.hint}`);
  else if (error.syscall)
    console.error(error.message); // a file that cannot be read
  else throw error;
} finally {
  await dispatcher?.close(); // idle connections would delay the exit
}

function pem(path) {
  return path && readFileSync(path, "utf8");
}
