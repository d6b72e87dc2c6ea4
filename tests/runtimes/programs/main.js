// The program by `import`, in Node, Deno and Bun.
import process from "node:process";
import * as consul from "consul-peering";
import { program } from "./program.js";

console.log(JSON.stringify(await program(consul, JSON.parse(process.argv[2]))));
