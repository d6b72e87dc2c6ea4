#!/usr/bin/env node
// The command line. All of it is in cli/.
import { printCandidates } from "./cli/completion.js";
import { main } from "./cli/main.js";

const [first, ...words] = process.argv.slice(2);
if (first === "__complete") printCandidates(words, process);
else process.exitCode = await main(process.argv.slice(2));
