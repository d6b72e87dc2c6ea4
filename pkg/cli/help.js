// The help texts, made from the commands' own definitions, so that they cannot tell of anything that is not there.

import { clusterOptionsOf } from "./arguments.js";
import { CLUSTER_OPTIONS, COMMON_OPTIONS } from "./options.js";
import { columns } from "./terminal.js";

const ENVIRONMENT = [
  ["CONSUL_HTTP_ADDR", "the cluster's address, when --cluster is not given"],
  ["CONSUL_HTTP_TOKEN", "its ACL token; or CONSUL_HTTP_TOKEN_FILE, a file with it"],
  ["CONSUL_HTTP_AUTH", "user:password for a proxy in front of it"],
  ["CONSUL_PARTITION", "its admin partition (Consul Enterprise)"],
  ["CONSUL_HTTP_SSL", "true: use https, even where CONSUL_HTTP_ADDR begins with http://"],
  ["CONSUL_CACERT", "the certificate authority to trust, a PEM file"],
  ["CONSUL_CLIENT_CERT", "with CONSUL_CLIENT_KEY: the client certificate for mutual TLS, PEM files"],
  ["CONSUL_TLS_SERVER_NAME", "the name that the server's certificate must have"],
  ["NO_COLOR", "no colours"],
];

const CLUSTERS_FILE = `{
  "eu": { "address": "https://consul.eu.example:8501", "token_env": "EU_TOKEN", "ca_file": "eu-ca.pem" },
  "us": { "address": "https://consul.us.example:8501", "token_file": "us.token", "datacenter": "us" }
}
Also: partition, meta, server_external_addresses, cert_file, key_file, tls_server_name. Paths are relative to the
file. A secret itself is refused here, and never is an argument.`;

const EXIT_CODES = `0 done · 1 failed · 2 wrong usage
3 not as asked: a plan or a dry run has something to do, a peering is not healthy, a name or a plan
  was found wrong`;

const EXAMPLES = [
  ["see a peering come and go between two clusters on this machine", "consul-peering demo"],
  [
    "peer two clusters of clusters.json, and look at them",
    "consul-peering connect eu us\nconsul-peering watch --cluster eu",
  ],
  ["where nobody has access to both: a token from one, used on the other", pipeline()],
];

/** @param {object[]} commands @param {ReturnType<import("./terminal.js").colours>} colour */
export function mainHelp(commands, colour) {
  const groups = [...new Set(commands.map(({ group }) => group))];
  const lists = groups.map((group) => {
    const rows = commands.filter((c) => c.group === group).map((c) => [colour.cyan(title(c)), c.summary]);
    return [group, rows];
  });
  const all = lists.flatMap(([, rows]) => rows);
  const aligned = columns(all, "  ").trimEnd().split("\n");
  const sections = lists.map(([group, rows]) => section(group, aligned.splice(0, rows.length).join("\n"), colour));
  return [
    "consul-peering peers HashiCorp Consul clusters: from a token to ACTIVE on both sides, and back to nothing.\n",
    section("Usage", indented("consul-peering COMMAND [options]"), colour),
    ...sections,
    section("Options of most commands", optionList({ ...CLUSTER_OPTIONS, ...COMMON_OPTIONS }, colour), colour),
    section(
      "Environment",
      columns(
        ENVIRONMENT.map(([name, text]) => [colour.cyan(name), text]),
        "  ",
      ),
      colour,
    ),
    section("clusters.json", indented(CLUSTERS_FILE), colour),
    section("Exit codes", indented(EXIT_CODES), colour),
    section("Examples", examples(EXAMPLES, colour), colour),
  ].join("\n");
}

export function commandHelp(command, colour) {
  const { options = {}, details } = command;
  const where = clusterOptionsOf(command);
  return [
    `${command.summary[0].toUpperCase()}${command.summary.slice(1)}.\n`,
    ...(details ? [`${details}\n`] : []),
    section("Usage", indented(`consul-peering ${title(command)} [options]`), colour),
    ...(Object.keys(options).length ? [section("Options", optionList(options, colour), colour)] : []),
    ...(Object.keys(where).length ? [section("Where", optionList(where, colour), colour)] : []),
    section("Everywhere", optionList(COMMON_OPTIONS, colour), colour),
    section("Examples", examples(command.examples, colour), colour),
  ].join("\n");
}

const title = ({ name, operands }) => [name, operands].filter(Boolean).join(" ");
const section = (name, body, colour) => `${colour.bold(name)}\n${body.trimEnd()}\n`;
const indented = (text) => text.replace(/^/gm, "  ");

function optionList(options, colour) {
  const rows = Object.entries(options).map(([name, { short, value, help }]) => [
    colour.cyan(`${short ? `-${short}, ` : ""}--${name}${value ? ` ${value}` : ""}`),
    help,
  ]);
  return columns(rows, "  ");
}

function examples(list, colour) {
  return list.map(([why, command]) => indented(`${colour.dim(`# ${why}`)}\n${command}`)).join("\n");
}

function pipeline() {
  return "consul-peering token generate us --cluster eu | consul-peering establish eu --cluster us";
}
