// The checks that need no network, compared with a regular expression, and with atob and JSON.parse.
import { inspectToken, validatePeerName } from "../pkg/node.js";
import { pair } from "./pair.js";
import { PEERING_TOKEN } from "./recorded.js";

const RULE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Several of each kind, so that no result can be cached. */
const NAMES = {
  "valid, 20 characters": [
    "eu-west-1-payments-a",
    "eu-west-1-payments-b",
    "us-east-2-platform-c",
    "ap-south-1-catalog-d",
  ],
  "valid, 63 characters": ["a", "b", "c", "d"].map((letter) => `${letter}-`.padEnd(62, "consul-peering-") + "0"),
  "invalid, 20 characters": [
    "eu_west_1_payments_a",
    "Eu-west-1-payments-b",
    "-us-east-2-platform-",
    "ap south 1 catalog d",
  ],
  "not ASCII, 20 characters": [
    "zürich-1-payments-ab",
    "køge-west-1-payment1",
    "são-paulo-1-catalog1",
    "東京-east-1-payments-a",
  ],
};

export default async function ({ quick }) {
  const ms = quick ? 300 : 3_000;
  const rows = [];
  for (const [kind, names] of Object.entries(NAMES)) {
    const paired = await pair(
      (i) => validatePeerName(names[i & 3]),
      (i) => RULE.test(names[i & 3]),
      { ms },
    );
    const bar = kind === "valid, 20 characters" ? { of: "ours", most: 200e-6 } : undefined;
    rows.push({ name: `\`validatePeerName\`: ${kind}`, ...paired, ...(bar && { bar }) });
  }
  rows.push({
    name: "`inspectToken`",
    ...(await pair(
      () => inspectToken(PEERING_TOKEN),
      () => JSON.parse(atob(PEERING_TOKEN)),
      { ms },
    )),
  });
  return rows;
}
