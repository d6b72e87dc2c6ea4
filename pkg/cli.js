#!/usr/bin/env node
// The command line. All of it is in cli/; the module itself is loaded only by a command that needs it.
import { main } from "./cli/main.js";

process.exitCode = await main(process.argv.slice(2));
