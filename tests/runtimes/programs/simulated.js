// The program with the clusters simulated in the runtime itself.
import process from "node:process";
import * as consul from "consul-peering";
import { startSimulator } from "consul-peering/simulator";
import { program } from "./program.js";

const { odd } = JSON.parse(process.argv[2]);
const acl = { default_policy: "allow" };
const simulator = await startSimulator({ clusters: ["eu", "us"].map((name) => ({ name, acl })), speed: 50 });
const { eu, us } = simulator.clusters;
console.log(JSON.stringify(await program(consul, { eu: eu.address, us: us.address, odd })));
await simulator.stop();
