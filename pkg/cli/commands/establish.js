// consul-peering establish

import { pairs } from "../arguments.js";
import { EXIT } from "../failure.js";
import { META, NO_WAIT } from "../options.js";
import { peeringView } from "../peering-view.js";
import { readPeeringToken } from "../secrets.js";
import { UsageError } from "../usage-error.js";

/**
 * @import { Cluster, Peering } from "../../index.js"
 * @import { Values } from "../options.js"
 * @import { Call, Command, Library } from "./index.js"
 */

/** The list of peerings is only for a warning. */
const OTHERS_TIMEOUT_MS = 5_000;

/** @type {Command} */
export const establish = {
  name: "establish",
  operands: "NAME",
  least: 1,
  most: 1,
  group: "Peerings of one cluster",
  summary: "establish a peering with a peering token and wait until it is ACTIVE",
  details: `NAME is this cluster's name for the other cluster. The peering token is read from stdin or a file. It works once, so the
command validates everything it can before it uses the token.`,
  options: {
    meta: META,
    "peering-token-file": { type: "string", value: "FILE|-", help: "file of the peering token (default: -, stdin)" },
    "token-file": { type: "string", value: "FILE|-", hidden: true }, // its former name
    replace: {
      type: "boolean",
      help: "first delete an existing peering of this name that cannot be used (another cluster or role)",
    },
    "no-wait": NO_WAIT("it is ACTIVE"),
  },
  examples: [
    [
      "pass the token directly from one cluster to the other",
      "consul-peering token generate west --cluster east | consul-peering establish east --cluster west",
    ],
    [
      "from a file, with metadata",
      "consul-peering establish east --peering-token-file west.peering-token --meta team=payments",
    ],
  ],
  async run({ operands: [peer_name], values, output, signal, stdin, stderr, target, call, peering }) {
    const meta = pairs(values.meta) ?? target.meta;
    const peering_token = await readPeeringToken(tokenFile(values), { stdin, stderr, signal }, "--peering-token-file");
    const spec = { peer_name, peering_token, ...(meta && { meta }) };
    const options = { ...call, wait: !values["no-wait"], replace: values.replace ?? false };
    const others = otherPeerings(peering, { peer_name, peering_token }, { cluster: target.cluster, call });
    const made = await peering.establish(target.cluster, spec, options);
    for (const other of await others) {
      output.warn(`The peering "${other}" on ${target.label} is with the same cluster. Keep only one of the two.`);
    }
    output.result(made, () => peeringView(made, output.colour));
    return EXIT.done;
  },
};

/**
 * The names of other peerings with the token's cluster. Unknown ones are left out: this is only for a warning.
 * @param {Library} peering
 * @param {{ peer_name: string, peering_token: string }} spec
 * @param {{ cluster: Cluster, call: Call }} on
 */
async function otherPeerings(peering, { peer_name, peering_token }, { cluster, call }) {
  try {
    const { server_name } = peering.inspectToken(peering_token);
    const existing = await peering.list(cluster, { signal: call.signal, timeout: OTHERS_TIMEOUT_MS });
    const isOther = (/** @type {Peering} */ each) =>
      each.peer_name !== peer_name && each.peer_server_name === server_name && each.state !== "TERMINATED";
    return existing.filter(isOther).map((each) => each.peer_name);
  } catch {
    return [];
  }
}

/** @param {Values} values */
function tokenFile({ "peering-token-file": file, "token-file": former }) {
  if (file === undefined || former === undefined) return file ?? former;
  throw new UsageError("--token-file is the former name of --peering-token-file.", "Leave --token-file out.");
}
