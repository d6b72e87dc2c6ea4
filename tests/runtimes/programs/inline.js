// The program with the module inside the script, which needs no file.
import process from "node:process";
import * as consul from "consul-peering/inline";
import { program } from "./program.js";

console.log(JSON.stringify(await program(consul, JSON.parse(process.argv[2]))));
