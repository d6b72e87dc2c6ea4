// consul-peering delete

import { createInterface } from "node:readline/promises";
import { EXIT } from "../failure.js";
import { NO_WAIT } from "../options.js";
import { printable } from "../terminal.js";
import { UsageError } from "../usage-error.js";

export const deletePeering = {
  name: "delete",
  operands: "NAME",
  least: 1,
  most: 1,
  group: "Peerings",
  summary: "end a peering, until it is gone from the cluster",
  details: `It ends for both clusters: the far side becomes TERMINATED within seconds and is deleted there on its own. A
peering token made before is dead. Deleting what is not there is no failure.`,
  options: {
    yes: { type: "boolean", help: "do not ask; needed where nobody can answer" },
    "no-wait": NO_WAIT("it is gone"),
  },
  examples: [
    ["after a question", "consul-peering delete us --cluster eu"],
    ["in a script", "consul-peering delete us --cluster eu --yes"],
  ],
  async run({ operands: [name], values, output, signal, stdin, stderr, target, call, peering }) {
    const warning =
      `Deleting the peering "${name}" on ${target.label} ends it for both clusters: the far side becomes TERMINATED, ` +
      "and a peering token made for it is dead.";
    if (!values.yes) {
      if (!stdin.isTTY) {
        throw new UsageError(`\`delete\` asks first, and nobody can answer here. ${warning}`, "Add --yes to go on.");
      }
      stderr.write(`${printable(warning)}\n`);
      if (!(await confirmed("Delete it? [y/N] ", { stdin, stderr, signal }))) {
        output.complain("Nothing was deleted.\n");
        return EXIT.failed;
      }
    } else {
      output.note(warning);
    }
    const gone = await peering.remove(target.cluster, name, { ...call, wait: !values["no-wait"] });
    output.result(gone, () => outcome(gone, name, target.label, values["no-wait"]));
    return EXIT.done;
  },
};

async function confirmed(question, { stdin, stderr, signal }) {
  const terminal = createInterface({ input: stdin, output: stderr });
  // readline keeps Ctrl-C to itself.
  terminal.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  const closed = new Promise((answer) => terminal.once("close", () => answer("\n"))); // Ctrl-D
  try {
    const answer = await Promise.race([terminal.question(question, { signal }), closed]);
    if (answer === "\n") stderr.write(answer);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}

function outcome(gone, name, label, accepted) {
  if (!gone) return `There was no peering "${printable(name)}" on ${label}.\n`;
  return accepted
    ? `Deleting the peering "${printable(name)}" on ${label}: Consul has accepted it.\n`
    : `The peering "${printable(name)}" on ${label} is gone (it was ${printable(gone.state)}).\n`;
}
