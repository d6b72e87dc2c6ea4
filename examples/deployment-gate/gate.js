// Lets a deployment continue only if a service of one cluster can be called from the other. Every check has to be made: one
// that the ACL token has no right for stops the deployment as a failed one does. Warnings are printed.
//
//   EAST_ADDR=https://consul.east.example:8501 WEST_ADDR=https://consul.west.example:8501 node gate.js web
//
// EAST_TOKEN and WEST_TOKEN hold ACL tokens with the rules of docs/services.md#troubleshooting.
// Exit codes: 0 continue, 1 a cluster cannot be read, 2 wrong usage, 3 stop.
import process from "node:process";
import { isPeeringError, troubleshoot } from "consul-peering";

const [service] = process.argv.slice(2);
const missing = ["EAST_ADDR", "EAST_TOKEN", "WEST_ADDR", "WEST_TOKEN"].filter((name) => !process.env[name]);
if (service === undefined || missing.length > 0) {
  console.error(service === undefined ? "usage: node gate.js SERVICE" : `not set: ${missing.join(", ")}`);
  process.exit(2);
}
const { EAST_ADDR, EAST_TOKEN, WEST_ADDR, WEST_TOKEN } = process.env;

try {
  const { checks, services } = await troubleshoot(
    { cluster: { address: EAST_ADDR, token: EAST_TOKEN }, peer_name: "west" },
    { cluster: { address: WEST_ADDR, token: WEST_TOKEN }, peer_name: "east" },
    { service },
  );
  const found = checks.filter(({ status }) => status !== "pass");
  for (const { id, status, cluster, message, fix, needs } of found) {
    console.log(`${status} ${id} on ${cluster}: ${message}`);
    const remedy = needs ?? fix;
    if (remedy !== null) console.log(remedy.trimEnd().replaceAll(/^/gm, "  "));
  }
  const isBlocked = found.some(({ status }) => status !== "warning");
  console.log(isBlocked ? "stop" : `continue: ${services.map(({ dns }) => dns[0]).join(", ")}`);
  process.exitCode = isBlocked ? 3 : 0;
} catch (error) {
  if (!isPeeringError(error)) throw error;
  console.error(`${error.message}\n  ${error.hint}`);
  process.exitCode = 1;
}
