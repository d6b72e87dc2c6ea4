// Connects two clusters and succeeds when the link is healthy: both sides are ACTIVE and belong to each other, and
// heartbeats arrive. It is idempotent, and the next run completes an interrupted one.
//
//   EU_ADDR=https://consul.eu.example:8501 US_ADDR=https://consul.us.example:8501 node connect.js
//
// EU_TOKEN and US_TOKEN hold ACL tokens with `peering = "write"`. peering.yml runs this program in GitHub Actions.
// Exit codes: 0 healthy, 1 failed, 2 missing variable, 3 linked but not healthy.
import process from "node:process";
import { connect, health, isPeeringError, read, wait } from "consul-peering";

const missing = ["EU_ADDR", "EU_TOKEN", "US_ADDR", "US_TOKEN"].filter((name) => !process.env[name]);
if (missing.length > 0) {
  console.error(`not set: ${missing.join(", ")}`);
  process.exit(2);
}
const { EU_ADDR, EU_TOKEN, US_ADDR, US_TOKEN } = process.env;
const eu = { address: EU_ADDR, token: EU_TOKEN };
const us = { address: US_ADDR, token: US_TOKEN };

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop.abort(signal));
const { signal } = stop;
const onProgress = ({ kind, text }) => kind !== "state" && console.error(`  ${text}`);

try {
  const { changed } = await connect(
    { cluster: eu, peer_name: "us", server_external_addresses: [] },
    { cluster: us, peer_name: "eu", meta: { team: "payments" } },
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
  const dialer = await wait(us, "eu", settled, { signal });
  const acceptor = await read(eu, "us", { signal });
  const { verdict, reasons } = dialer ? health(dialer, { other: acceptor }) : { verdict: "gone", reasons: [] };
  console.log([verdict, ...reasons].join(": "));
  return verdict === "healthy";
}
