// Performs one operation and sends its peak memory in bytes to the parent: memory-process.js KIND INPUT.
import { list, mesh } from "../pkg/node.js";
import * as handWritten from "./hand-written.js";

const [kind, given] = process.argv.slice(2);
const KINDS = {
  list: () => list(given),
  listHandWritten: () => handWritten.list(given),
  mesh: async () => {
    if (!(await mesh(JSON.parse(given))).ok) throw new Error("the mesh is not up");
  },
  nothing: () => {},
};
await KINDS[kind]();
process.send(process.resourceUsage().maxRSS * 1024);
