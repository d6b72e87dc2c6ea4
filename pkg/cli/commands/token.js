// consul-peering token generate, consul-peering token inspect

import { pairs } from "../arguments.js";
import { EXIT } from "../failure.js";
import { EXTERNAL_ADDRESS, META } from "../options.js";
import { facts, printableFacts } from "../output.js";
import { createSecretFile, readPeeringToken } from "../secrets.js";
import { OutputLost } from "../stdout.js";
import { systemError } from "../system-error.js";
import { UsageError } from "../usage-error.js";

/**
 * @import { TokenInfo } from "../../index.js"
 * @import { Output } from "../output.js"
 * @import { Colours } from "../terminal.js"
 * @import { Command } from "./index.js"
 */

/** @type {Command} */
export const generate = {
  name: "token generate",
  operands: "NAME",
  least: 1,
  most: 1,
  group: "Tokens",
  summary: "generate a peering token for another cluster and print it on stdout",
  details: `NAME is this cluster's name for the other cluster. The token is a secret that is shown only once and works only once. An
earlier, unused token for the same name stops working. A new token for an existing peering drops its external addresses,
which Consul does not return: pass them again.`,
  options: {
    meta: META,
    "external-address": EXTERNAL_ADDRESS,
    out: {
      type: "string",
      value: "FILE|-",
      help: "new file for the token, which only you can read (default: -, stdout)",
    },
  },
  examples: [
    [
      "write it to a new file that only you can read",
      "consul-peering token generate west --cluster east --out west.peering-token",
    ],
    ["behind a load balancer", "consul-peering token generate west --external-address peering.east.example:8443 | …"],
  ],
  async run({ operands: [peer_name], values, output, target, call, peering }) {
    const meta = pairs(values.meta) ?? target.meta;
    const server_external_addresses = values["external-address"] ?? target.server_external_addresses;
    const spec = { peer_name, ...(meta && { meta }), ...(server_external_addresses && { server_external_addresses }) };
    const generate = () => peering.generateToken(target.cluster, spec, call);
    if (values.out !== undefined && values.out !== "-") return save(values.out, generate, output);
    if (output.isDiscarded) throw discarded();
    const peering_token = await generate();
    output.result({ peering_token }, () => `${peering_token}\n`);
    await written(output);
    output.note("This token cannot be shown again. Use it once, on the other cluster: consul-peering establish NAME");
    return EXIT.done;
  },
};

const LOST = "Run the command again for a new token; the lost token, which was not used, then stops working.";

/** A closed stdout is the null device too, in which a write never fails. */
const discarded = () =>
  new UsageError(
    "stdout is closed, or the null device: the peering token would be lost.",
    "Use --out FILE, or a pipe to where it is used.",
  );

/**
 * A token that its reader did not receive is lost, also if the reader of a pipe has exited.
 * @param {Output} output
 */
async function written(output) {
  try {
    await output.flush();
  } catch (error) {
    if (!(error instanceof OutputLost)) throw error;
    const lost = new OutputLost(error.reason, "The peering token");
    lost.hint = LOST;
    throw lost;
  }
}

/**
 * The file is created first, so that no token is lost if that fails.
 * @param {string} file
 * @param {() => Promise<string>} generate
 * @param {Output} output
 */
async function save(file, generate, output) {
  const out = createSecretFile(file, "--out");
  let generated = false;
  try {
    const peering_token = await generate();
    generated = true;
    out.write(`${peering_token}\n`);
  } catch (error) {
    out.discard();
    if (!generated) throw error;
    const message = `The peering token could not be written to the file of --out (${systemError(error).code}).`;
    throw Object.assign(new Error(message), { code: "output_lost", hint: LOST });
  }
  output.result({ file }, () => `The peering token is in ${file}. Use it once, then delete the file.\n`);
  return EXIT.done;
}

/** @type {Command} */
export const inspect = {
  name: "token inspect",
  operands: "[FILE|-]",
  least: 0,
  most: 1,
  group: "Tokens",
  summary: "show the contents of a peering token without its secret",
  offline: true,
  examples: [
    ["from a file", "consul-peering token inspect west.peering-token"],
    ["paste it at a prompt, where it is not shown", "consul-peering token inspect"],
  ],
  async run({ operands: [file], output, signal, stdin, stderr, peering }) {
    const info = peering.inspectToken(await readPeeringToken(file, { stdin, stderr, signal }, "FILE"));
    output.result(info, () => tokenView(info, output.colour));
    return EXIT.done;
  },
};

/**
 * @param {TokenInfo} info
 * @param {Colours} colour
 */
function tokenView(info, colour) {
  /** @param {string} time */
  const day = (time) => time.slice(0, 10);
  /** @type {Parameters<typeof facts>[0]} */
  const shown = [
    ["Datacenter", [info.datacenter, info.partition].filter(Boolean).join(" / ")],
    ["Server name", info.server_name],
    ["Trust domain", info.trust_domain],
    ["Addresses", info.server_addresses.join(", ")],
    ["External", info.manual_server_addresses.join(", ")],
    ["Peer ID", info.peer_id],
  ];
  for (const { subject, not_before, not_after, expired } of info.authorities) {
    const validity = `valid ${day(not_before)} to ${day(not_after)}${expired ? ", EXPIRED" : ""}`;
    shown.push(["CA", `${subject}, ${validity}`]);
  }
  return facts(printableFacts(shown), colour);
}
