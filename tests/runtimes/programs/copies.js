// The program with two copies of the package in one process, concurrently, each with its own clusters.
import process from "node:process";
import * as one from "consul-peering";
import * as other from "consul-peering-again";
import { program } from "./program.js";

if (one.list === other.list) throw new Error("this is one copy");

const [addresses, otherAddresses] = JSON.parse(process.argv[2]);
const observed = await Promise.all([program(one, addresses), program(other, otherAddresses)]);
const error = await one.list({}, { timeout: 0 }).catch((error) => error);
console.log(JSON.stringify({ observed, known: [one, other].map(({ isPeeringError }) => isPeeringError(error)) }));
