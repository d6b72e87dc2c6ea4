// A connect in its own process, which kills itself at its n-th request, before or while it is sent: node
// killed-connect.js N before|during SIDES, the sides as JSON.
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../../pkg/node.js";

const [n, moment, sides] = process.argv.slice(2);
let sent = 0;
const dying = async (url, init) => {
  if (++sent === Number(n)) {
    if (moment === "during") {
      fetch(url, init).catch(() => {});
      await sleep(2);
    }
    process.kill(process.pid, "SIGKILL");
  }
  return fetch(url, init);
};
await connect(...JSON.parse(sides).map((side) => ({ ...side, cluster: { address: side.cluster, fetch: dying } })));
