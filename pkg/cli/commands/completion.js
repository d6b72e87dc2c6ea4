// consul-peering completion

import { SCRIPTS } from "../completion-scripts.js";
import { EXIT } from "../failure.js";
import { UsageError } from "../usage-error.js";

/** @type {import("./index.js").Command} */
export const completion = {
  name: "completion",
  operands: "bash|zsh|fish",
  least: 1,
  most: 1,
  group: "Help",
  summary: "print a shell script that completes commands, options and aliases",
  details: `Load the script in the shell's start-up file. It completes \`consul-peering\` on PATH, with the aliases of the
clusters.json that the commands read.`,
  offline: true,
  examples: [
    ["bash, in ~/.bashrc", "source <(consul-peering completion bash)"],
    ["zsh, in ~/.zshrc after compinit", "source <(consul-peering completion zsh)"],
    ["fish", "consul-peering completion fish > ~/.config/fish/completions/consul-peering.fish"],
  ],
  async run({ operands: [shell], output }) {
    const script = SCRIPTS.get(shell);
    if (script === undefined) {
      throw new UsageError("`completion` does not support this shell.", `Use ${[...SCRIPTS.keys()].join(", ")}.`);
    }
    output.result({ shell, script }, () => script);
    return EXIT.done;
  },
};
