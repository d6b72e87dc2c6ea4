// Judges every peering of a cluster, for a monitor or a cron job. It may talk to one host and read Consul's variables,
// and nothing else: no other host, no file, no process.
//
//   deno run --allow-net=consul.us.example:8501 --allow-env='CONSUL_*' health.js
//
// With the token in a file: CONSUL_HTTP_TOKEN_FILE in place of CONSUL_HTTP_TOKEN, and --allow-read of that file.
// The ACL token needs `peering = "read"`. Exit codes: 0 all healthy, 1 failed, 3 one is not.
import { health, isPeeringError, list } from "consul-peering";

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) Deno.addSignalListener(signal, () => stop.abort(signal));
const { signal } = stop;

try {
  const judged = (await list({}, { signal, timeout: 20_000 })).map((peering) => ({ ...peering, ...health(peering) }));
  for (const { peer_name, verdict, reasons } of judged)
    console.log(`${peer_name}: ${[verdict, ...reasons].join("; ")}`);
  Deno.exitCode = judged.every(({ verdict }) => verdict === "healthy") ? 0 : 3;
} catch (error) {
  Deno.exitCode = 1;
  if (error === signal.reason) console.error(`stopped by ${error}`);
  else if (isPeeringError(error)) console.error(`${error.message}\n  ${error.hint}`);
  else throw error;
}
