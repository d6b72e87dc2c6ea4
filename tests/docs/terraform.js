#!/usr/bin/env node
// Replaces Terraform for the commands in documents: it prints the recorded output of Terraform 1.11.4
// (tests/terraform/real), and refuses all else.
import { readFileSync, writeFileSync } from "node:fs";

const recorded = (name) => readFileSync(new URL(`../terraform/real/${name}.json`, import.meta.url), "utf8");
const { resources } = JSON.parse(recorded("state-after-create")).values.root_module;
const addresses = resources.map(({ address }) => address);

function refuse(why) {
  console.error(`terraform ${process.argv.slice(2).join(" ")}: ${why}`);
  process.exit(1);
}

/** The document of a plan file, which planning has written into it. */
const planned = (file) => recorded(readFileSync(file, "utf8"));

const COMMANDS = {
  plan([out, ...more]) {
    const [, file] = /^-out=(.+)$/.exec(out ?? "") ?? refuse("without -out=FILE");
    if (more.length > 0) refuse(`${more} is not recorded`);
    writeFileSync(file, process.env.RECORDED_PLAN ?? "create");
  },
  show([json, file, ...more]) {
    if (json !== "-json" || more.length > 0) refuse("only -json [FILE] is recorded");
    process.stdout.write(file ? planned(file) : recorded("state-after-create"));
  },
  apply([file, ...more]) {
    if (more.length > 0) refuse(`${more} is not recorded`);
    if (file) planned(file);
  },
  state([what, ...named]) {
    if (what === "list") return console.log(addresses.join("\n"));
    if (what !== "rm" || named.length === 0) refuse("only list and rm ADDRESS… are recorded");
    const unknown = named.filter((address) => !addresses.includes(address));
    if (unknown.length > 0) refuse(`${unknown} is not in the state`);
    console.log(named.map((address) => `Removed ${address}`).join("\n"));
  },
};

const [command, ...words] = process.argv.slice(2);
if (!Object.hasOwn(COMMANDS, command)) refuse("not recorded");
COMMANDS[command](words);
