import * as consul from "/node_modules/consul-peering/browser.js";
import { program } from "./program.js";

onmessage = async ({ data }) => postMessage(await program(consul, data));
