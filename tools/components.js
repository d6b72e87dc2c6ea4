// components.js FROM.wasm TO.wasm: removes the names of functions, which no host shows.
import process from "node:process";
import { strip } from "./wasm-opt.js";

const [from, to] = process.argv.slice(2);
strip(from, to);
