// The program with the module carried inside, which takes no file to be read.
import process from "node:process";
import * as consul from "consul-peering/inline";
import { program } from "./program.js";

console.log(JSON.stringify(await program(consul, JSON.parse(process.argv[2]))));
