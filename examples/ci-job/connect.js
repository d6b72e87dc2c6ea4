// Connects two clusters and succeeds when the link is healthy: both sides are ACTIVE and belong to each other, and
// heartbeats arrive. It is idempotent, and the next run completes an interrupted one.
//
//   EAST_ADDR=https://consul.east.example:8501 WEST_ADDR=https://consul.west.example:8501 node connect.js
//
// EAST_TOKEN and WEST_TOKEN hold ACL tokens with `peering = "write"`. peering.yml runs this program in GitHub Actions.
// Exit codes: 0 healthy, 1 failed, 2 missing variable, 3 linked but not healthy.
import process from "node:process";
import { connect, health, isPeeringError, read, wait } from "consul-peering";

const missing = ["EAST_ADDR", "EAST_TOKEN", "WEST_ADDR", "WEST_TOKEN"].filter((name) => !process.env[name]);
if (missing.length > 0) {
  console.error(`not set: ${missing.join(", ")}`);
  process.exit(2);
}
const { EAST_ADDR, EAST_TOKEN, WEST_ADDR, WEST_TOKEN } = process.env;
const east = { address: EAST_ADDR, token: EAST_TOKEN };
const west = { address: WEST_ADDR, token: WEST_TOKEN };

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop.abort(signal));
const { signal } = stop;
const onProgress = ({ kind, text }) => kind !== "state" && console.error(`  ${text}`);

try {
  const { changed } = await connect(
    { cluster: east, peer_name: "west", server_external_addresses: [] },
    { cluster: west, peer_name: "east", meta: { team: "payments" } },
    { signal, onProgress },
  );
  console.log(changed ? "linked" : "already linked");
  process.exitCode = (await isHealthy()) ? 0 : 3;
} catch (error) {
  process.exitCode = 1;
  if (error === signal.reason) console.error(`stopped by ${error}; the next run continues`);
  else if (isPeeringError(error)) explain(error);
  else throw error;
}

/** Prints the error, its fix, and what the failed call left behind. */
function explain({ message, hint, left_behind }) {
  console.error(`${message}\n  ${hint}`);
  for (const { cluster, what, fix } of left_behind) console.error(`  left behind on ${cluster}: ${what}. ${fix}`);
}

/** Waits until the verdict is final. The first heartbeat arrives about 15 seconds after ACTIVE. */
async function isHealthy() {
  const settled = (peering) => peering === null || health(peering).verdict !== "starting";
  const dialer = await wait(west, "east", settled, { signal });
  const acceptor = await read(east, "west", { signal });
  const { verdict, reasons } = dialer ? health(dialer, { other: acceptor }) : { verdict: "gone", reasons: [] };
  console.log([verdict, ...reasons].join(": "));
  return verdict === "healthy";
}
