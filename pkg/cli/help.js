// The help texts, generated from the definitions of the commands.

import { clusterOptionsOf } from "./arguments.js";
import { columns, displayWidth, padded, paragraphs, wrapCommand } from "./layout.js";
import { CLUSTER_OPTIONS, COMMON_OPTIONS } from "./options.js";

/**
 * @import { Command } from "./commands/index.js"
 * @import { Options } from "./options.js"
 * @import { Colours } from "./terminal.js"
 *
 * @typedef {[name: string, text: string]} Row
 */

const INDENT = "  ";
const WIDTH = 80; // in a pipe
const WIDEST = 100; // longer lines are hard to read

/** @type {Row[]} */
const ENVIRONMENT = [
  ["CONSUL_HTTP_ADDR", "address of the cluster, if --cluster is not given"],
  [
    "CONSUL_HTTP_TOKEN",
    "ACL token for the cluster at CONSUL_HTTP_ADDR, sent to no other address; for another cluster, set CONSUL_HTTP_ADDR " +
      "to its URL, or use an alias with token_env or token_file",
  ],
  ["CONSUL_HTTP_TOKEN_FILE", "file that contains this ACL token; it takes precedence"],
  ["CONSUL_HTTP_AUTH", "user:password for a proxy in front of the cluster"],
  ["CONSUL_PARTITION", "admin partition (Consul Enterprise)"],
  ["CONSUL_HTTP_SSL", "true: use https, even if CONSUL_HTTP_ADDR begins with http://"],
  ["CONSUL_CACERT", "certificate authority to trust, a PEM file"],
  ["CONSUL_CLIENT_CERT", "client certificate for mutual TLS, with CONSUL_CLIENT_KEY; PEM files"],
  ["CONSUL_TLS_SERVER_NAME", "name that the server's certificate must have"],
  ["CONSUL_PEERING_CLUSTERS", "file of aliases, if --clusters is not given (default: ./clusters.json)"],
  ["NO_COLOR", "turn colours off; FORCE_COLOR=1: turn them on, in a pipe too"],
];

const CLUSTERS_FILE = `{
  "east": {
    "address": "https://consul.east.example:8501",
    "token_env": "EAST_TOKEN",
    "ca_file": "east-ca.pem"
  },
  "west": {
    "address": "https://consul.west.example:8501",
    "token_file": "west.token",
    "datacenter": "west",
    "meta": { "team": "payments" },
    "server_external_addresses": ["peering.west.example:8443"]
  }
}`;
const CLUSTERS_KEYS = `More keys: partition, cert_file, key_file, tls_server_name.
Paths are relative to the file. Secrets are refused, in this file and as arguments.`;

/** @type {Row[]} */
const EXIT_CODES = [
  ["0", "completed"],
  ["1", "failed, or the output could not be written"],
  ["2", "usage error: an argument, an option, a variable or a file is invalid"],
  [
    "3",
    "check failed: pending changes, an unhealthy or starting peering, an invalid name or plan, a missing permission",
  ],
  ["4", "confirmation needed, but stdin is not a terminal: pass --yes"],
  ["130", "interrupted by Ctrl-C"],
  ["143", "interrupted by SIGTERM"],
];

/** @type {Row[]} */
const EXAMPLES = [
  ["try it: connect and disconnect two clusters on this machine", "consul-peering demo"],
  [
    "connect two clusters of clusters.json, and watch one of them",
    "consul-peering connect east west\nconsul-peering watch --cluster east",
  ],
  ["two teams: generate a token on one cluster, establish on the other", pipeline()],
];
/** @type {Row[]} */
const HELP = [
  ["help [COMMAND]", "show this help, or the help of a command"],
  ["version", "show the version of this package"],
];

/**
 * @param {Command[]} commands
 * @param {Colours} colour
 */
export function mainHelp(commands, colour) {
  const groups = [...new Set(commands.map(({ group }) => group))];
  const lists = groups.map((group) => ({ group, rows: rowsOf(group, commands) }));
  const widest = Math.max(...lists.flatMap(({ rows }) => rows.map(([name]) => displayWidth(name))));
  const sections = lists.map(({ group, rows }) => {
    /** @type {Row[]} */
    const aligned = rows.map(([name, text]) => [colour.cyan(padded(name, widest)), text]);
    return section(group, named(aligned, colour), colour);
  });
  const about =
    "Connect HashiCorp Consul clusters by cluster peering, wait until both sides are ACTIVE, and monitor, rotate and delete peerings.";
  return [
    `${paragraphs(about, widthOf(colour))}\n`,
    usage("COMMAND", colour),
    section("Examples", examples(EXAMPLES, colour), colour),
    ...sections,
    section("Options of most commands", optionList({ ...CLUSTER_OPTIONS, ...COMMON_OPTIONS }, colour), colour),
    section("Environment", named(cyan(ENVIRONMENT, colour), colour), colour),
    section(
      "clusters.json",
      `${CLUSTERS_FILE.replace(/^/gm, INDENT)}\n${paragraphs(CLUSTERS_KEYS, widthOf(colour), INDENT)}`,
      colour,
    ),
    section("Exit codes", named(EXIT_CODES, colour), colour),
  ].join("\n");
}

/**
 * The commands of a group of the help.
 * @param {string} group
 * @param {Command[]} commands
 * @returns {Row[]}
 */
function rowsOf(group, commands) {
  const own = commands.filter((command) => command.group === group);
  return [...(group === "Help" ? HELP : []), ...own.map(summaryRow)];
}

/**
 * @param {Command} command
 * @returns {Row}
 */
const summaryRow = (command) => [title(command), command.summary];

/**
 * @param {Command} command
 * @param {Colours} colour
 */
export function commandHelp(command, colour) {
  const { options = {}, details } = command;
  const where = clusterOptionsOf(command);
  const width = widthOf(colour);
  const summary = `${command.summary[0].toUpperCase()}${command.summary.slice(1)}.`;
  return [
    `${paragraphs(summary, width)}\n`,
    usage(title(command), colour),
    section("Examples", examples(command.examples, colour), colour),
    ...(details ? [`${paragraphs(details, width)}\n`] : []),
    ...(Object.keys(options).length ? [section("Options", optionList(options, colour), colour)] : []),
    ...(Object.keys(where).length ? [section("Cluster", optionList(where, colour), colour)] : []),
    section("Common options", optionList(COMMON_OPTIONS, colour), colour),
  ].join("\n");
}

/**
 * The help of a group of commands that begin with the same word.
 * @param {string} word
 * @param {Command[]} commands
 * @param {Colours} colour
 */
export function groupHelp(word, commands, colour) {
  const own = commands.filter(({ name }) => name.startsWith(`${word} `));
  const rows = own.map(summaryRow);
  return [
    usage(`${word} COMMAND`, colour),
    section("Commands", named(cyan(rows, colour), colour), colour),
    section("Common options", optionList(COMMON_OPTIONS, colour), colour),
    `${paragraphs(`\`consul-peering ${own[0].name} --help\` shows the options and examples of a command.`, widthOf(colour))}\n`,
  ].join("\n");
}

/** @param {Colours} colour */
const widthOf = ({ width }) => (Number.isFinite(width) ? Math.min(width, WIDEST) : WIDTH);
/** @param {Command} command */
const title = ({ name, operands }) => [name, operands].filter(Boolean).join(" ");
/**
 * @param {string} name
 * @param {string} body
 * @param {Colours} colour
 */
const section = (name, body, colour) => `${colour.bold(name)}\n${body.trimEnd()}\n`;
/**
 * @param {string} form
 * @param {Colours} colour
 */
const usage = (form, colour) =>
  section("Usage", paragraphs(`consul-peering ${form} [options]`, widthOf(colour), INDENT), colour);
/**
 * @param {Row[]} rows
 * @param {Colours} colour
 * @returns {Row[]}
 */
const cyan = (rows, colour) => rows.map(([name, text]) => [colour.cyan(name), text]);
/**
 * @param {Row[]} rows
 * @param {Colours} colour
 */
const named = (rows, colour) => columns(rows, { indent: INDENT, width: widthOf(colour), fixed: true });

/**
 * @param {Options} options
 * @param {Colours} colour
 */
function optionList(options, colour) {
  const shown = Object.entries(options).filter(([, { hidden }]) => !hidden);
  /** @type {Row[]} */
  const rows = shown.map(([name, { short, value, help = "" }]) => [
    `${short ? `-${short}, ` : ""}--${name}${value ? ` ${value}` : ""}`,
    help,
  ]);
  return named(cyan(rows, colour), colour);
}

/**
 * @param {Row[]} list
 * @param {Colours} colour
 */
function examples(list, colour) {
  const width = widthOf(colour);
  return list
    .map(([why, command]) => {
      const comment = paragraphs(why, width, `${INDENT}# `).split("\n").map(colour.dim).join("\n");
      return `${comment}\n${wrapCommand(command, width, INDENT)}`;
    })
    .join("\n");
}

function pipeline() {
  return "consul-peering token generate west --cluster east | consul-peering establish east --cluster west";
}
