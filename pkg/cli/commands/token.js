// consul-peering token generate, consul-peering token inspect

import { pairs } from "../arguments.js";
import { EXIT } from "../failure.js";
import { EXTERNAL_ADDRESS, META } from "../options.js";
import { facts } from "../output.js";
import { readPeeringToken } from "../secrets.js";
import { OutputLost } from "../stdout.js";
import { printable } from "../terminal.js";

export const generate = {
  name: "token generate",
  operands: "NAME",
  least: 1,
  most: 1,
  group: "Tokens",
  summary: "make a peering token for another cluster, printed alone on stdout",
  details: `NAME is what this cluster will call the other one. The token is a secret, is shown this once, and can be used once.
One made earlier for the same name and not used yet stops working.`,
  options: {
    meta: META,
    "external-address": EXTERNAL_ADDRESS,
  },
  examples: [
    ["into a file that only you can read", "(umask 077; consul-peering token generate us --cluster eu > us.token)"],
    ["behind a load balancer", "consul-peering token generate us --external-address peering.eu.example:8443 | …"],
  ],
  async run({ operands: [peer_name], values, output, target, call, peering }) {
    const meta = pairs(values.meta) ?? target.meta;
    const server_external_addresses = values["external-address"] ?? target.server_external_addresses;
    const spec = { peer_name, ...(meta && { meta }), ...(server_external_addresses && { server_external_addresses }) };
    const peering_token = await peering.generateToken(target.cluster, spec, call);
    output.result({ peering_token }, () => `${peering_token}\n`);
    await written(output);
    output.note("This token cannot be shown again. Use it once: consul-peering establish NAME, on the other cluster.");
    return EXIT.done;
  },
};

/** A token that its reader did not get is lost, also where the reader of a pipe has exited. */
async function written(output) {
  try {
    await output.flush();
  } catch ({ reason }) {
    const lost = new OutputLost(reason, "The peering token");
    lost.hint = "Run the command again for a new token; the one that is lost, and was not used, then stops working.";
    throw lost;
  }
}

export const inspect = {
  name: "token inspect",
  operands: "[FILE|-]",
  least: 0,
  most: 1,
  group: "Tokens",
  summary: "show where a peering token leads, never its secret",
  offline: true,
  examples: [
    ["from a file", "consul-peering token inspect us.token"],
    ["from the clipboard, typed in unseen", "consul-peering token inspect"],
  ],
  async run({ operands: [file], output, signal, stdin, stderr, peering }) {
    const info = peering.inspectToken(await readPeeringToken(file, { stdin, stderr, signal }));
    output.result(info, () => tokenView(info, output.colour));
    return EXIT.done;
  },
};

function tokenView(info, colour) {
  const day = (time) => time.slice(0, 10);
  const pairs = [
    ["Leads to", [info.datacenter, info.partition].filter(Boolean).join(" / ")],
    ["Server name", info.server_name],
    ["Trust domain", info.trust_domain],
    ["Addresses", info.server_addresses.join(", ")],
    ["External", info.manual_server_addresses.join(", ")],
    ["Peer's ID", info.peer_id],
    ...info.authorities.map(({ subject, not_before, not_after, expired }) => [
      "Authority",
      `${subject}, valid ${day(not_before)} to ${day(not_after)}${expired ? ", EXPIRED" : ""}`,
    ]),
  ];
  return facts(
    pairs.map(([name, value]) => [name, value && printable(value)]),
    colour,
  );
}
