// Checks the health of every peering of a cluster, for a monitor or a cron job. It needs permission for one host and for
// Consul's variables only: no other host, no file, no process.
//
//   deno run --allow-net=consul.west.example:8501 --allow-env='CONSUL_*' health.js
//
// For a token in a file, set CONSUL_HTTP_TOKEN_FILE instead of CONSUL_HTTP_TOKEN and add --allow-read for that file.
// The ACL token needs `peering = "read"`. Exit codes: 0 all healthy, 1 failed, 3 at least one is not healthy.
import { health, isPeeringError, list } from "consul-peering";

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) Deno.addSignalListener(signal, () => stop.abort(signal));
const { signal } = stop;

try {
  const checked = (await list({}, { signal, timeout: 20_000 })).map((peering) => ({ ...peering, ...health(peering) }));
  for (const { peer_name, verdict, reasons } of checked)
    console.log(`${peer_name}: ${[verdict, ...reasons].join("; ")}`);
  Deno.exitCode = checked.every(({ verdict }) => verdict === "healthy") ? 0 : 3;
} catch (error) {
  Deno.exitCode = 1;
  if (error === signal.reason) console.error(`stopped by ${error}`);
  else if (isPeeringError(error)) console.error(`${error.message}\n  ${error.hint}`);
  else throw error;
}
