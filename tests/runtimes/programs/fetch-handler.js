// The program in a worker behind an HTTP call, as workerd runs it.
import * as consul from "consul-peering";
import * as inline from "consul-peering/inline";
import { program } from "./program.js";

// Bytes inside a script could not be compiled here.
if (inline.list !== consul.list) throw new Error("./inline is another module than the package");

export default {
  fetch: async (request) => Response.json(await program(consul, await request.json())),
};
