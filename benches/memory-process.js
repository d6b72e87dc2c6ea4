// Does one thing and tells the most memory that it held: memory-process.js KIND GIVEN.
import { list, mesh } from "../pkg/node.js";
import * as byHand from "./by-hand.js";

const [kind, given] = process.argv.slice(2);
const KINDS = {
  list: () => list(given),
  listByHand: () => byHand.list(given),
  mesh: async () => {
    if (!(await mesh(JSON.parse(given))).ok) throw new Error("the mesh is not up");
  },
  nothing: () => {},
};
await KINDS[kind]();
process.send(process.resourceUsage().maxRSS * 1024);
