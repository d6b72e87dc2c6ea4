import * as consul from "/node_modules/consul-peering/browser.js";
import { program } from "./program.js";

onmessage = (event) => {
  const run = async () => event.ports[0].postMessage(await program(consul, event.data));
  event.waitUntil(run());
};
