// Parses the arguments of the command line: the command, its operands and its options.

import { parseArgs } from "node:util";
import { equivalentOf, refuseConsulFlags } from "./consul-flags.js";
import { CLUSTER_OPTIONS, COMMON_OPTIONS } from "./options.js";
import { refuseSecretArguments } from "./secret-arguments.js";
import { systemError } from "./system-error.js";
import { nearest, UsageError } from "./usage-error.js";

/**
 * @import { Command } from "./commands/index.js"
 * @import { Options, Values } from "./options.js"
 */

/**
 * Names that people may know from `consul peering` and other tools.
 * @type {Record<string, string | undefined>}
 */
const KNOWN_ELSEWHERE = {
  "generate-token": "token generate",
  generate: "token generate",
  link: "connect",
  peer: "connect",
  unlink: "disconnect",
  status: "health",
  inspect: "token inspect",
  get: "read",
  show: "read",
  ls: "list",
  rm: "delete",
  remove: "delete",
};
const DAY = { most: 24 * 60 * 60 * 1000, said: "24h" }; // more is a slip, and timers end at 24 days
/** @type {Record<string, number | undefined>} */
const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const SECRET_OPTION = /token|secret/i;

/**
 * @param {string[]} words
 * @param {Command[]} commands
 * @returns {{ command?: Command, group?: string, operands: string[], values: Values }} no command: none was named; a
 *   group: the help of all commands that begin with this word
 */
export function parse(words, commands) {
  refuseSecretArguments(words);
  if (words[0] === "help") words = [...words.slice(1), "--help"];
  if (words[0] === "version") words = [...words.slice(1), "--version"];
  /** @type {Options} */
  const every = Object.assign({}, ...commands.map(optionsOf));
  const wanted = mentioned(words, commands);
  refuseConsulFlags(words, every, wanted ? optionsOf(wanted) : every); // before their values are taken for a command
  const lenient = readLeniently(words, every);
  const group = groupOf(lenient, commands);
  if (group) return { group, operands: [], values: { ...lenient.values, help: true } };
  const command = findCommand(lenient.positionals, commands);
  const options = command ? optionsOf(command) : COMMON_OPTIONS;
  const { values, positionals } = readStrictly(words, options, command);
  const operands = positionals.slice(command?.name.split(" ").length ?? 0);
  if (command && !values.help) checkOperands(command, operands);
  return { command, operands, values };
}

/**
 * Every option that a command takes.
 * @param {Command} command
 * @returns {Options}
 */
export function optionsOf(command) {
  return { ...command.options, ...clusterOptionsOf(command), ...COMMON_OPTIONS };
}

/**
 * The options that choose the clusters of a command.
 * @param {Command} command
 * @returns {Options}
 */
export function clusterOptionsOf({ offline, clusterOptions = CLUSTER_OPTIONS }) {
  return offline ? {} : clusterOptions;
}

/**
 * `500ms`, `60s`, `2m`, `1h` as milliseconds.
 * @param {string} text
 * @param {string} [option]
 * @param {{ most: number, said: string }} [limit]
 */
export function duration(text, option = "--timeout", { most, said } = DAY) {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  const milliseconds = Math.round(Number(amount) * (UNIT_MS[unit] ?? NaN));
  if (milliseconds > 0 && milliseconds <= most) return milliseconds;
  const bare = /^\d+$/.test(text) && Number(text) > 0 ? `, here ${text}s or ${text}ms` : "";
  throw new UsageError(
    `Invalid duration for ${option}: ${JSON.stringify(text)}.`,
    `Use a number with a unit, ms, s, m or h${bare}: more than 0, at most ${said}.`,
  );
}

/**
 * A whole number above 0.
 * @param {string} text
 * @param {string} option
 */
export function count(text, option) {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new UsageError(
    `${option} ${JSON.stringify(text)} is not a positive integer.`,
    `Use a whole number, such as ${option} 8.`,
  );
}

/**
 * `--meta` options as an object; undefined without any.
 * @param {string[] | undefined} list
 * @param {string} [option]
 * @returns {Record<string, string> | undefined}
 */
export function pairs(list, option = "--meta") {
  if (!list) return undefined;
  const result = new Map();
  for (const text of list) {
    const at = text.indexOf("=");
    if (at < 1) throw new UsageError(`${option} ${JSON.stringify(text)} has no key.`, `Use ${option} key=value.`);
    const key = text.slice(0, at);
    if (result.has(key)) throw new UsageError(`${option} repeats the key "${key}".`, "Pass each key once.");
    result.set(key, text.slice(at + 1));
  }
  return Object.fromEntries(result);
}

/**
 * All commands' options are known while the command is searched for, at any position; errors come later.
 * @param {string[]} args
 * @param {Options} options
 */
function readLeniently(args, options) {
  const { values, positionals } = parseArgs({ args, options, strict: false, allowPositionals: true });
  return { values: /** @type {Values} */ (values), positionals };
}

/**
 * `token --help` and `token help` are about all commands of that group.
 * @param {ReturnType<typeof readLeniently>} read
 * @param {Command[]} commands
 */
function groupOf({ positionals: [first, second], values }, commands) {
  const asked = second === "help" || (second === undefined && values.help);
  return asked && commands.some(({ name }) => name.startsWith(`${first} `)) ? first : undefined;
}

/**
 * @param {string[]} positionals
 * @param {Command[]} commands
 */
function findCommand([first, second], commands) {
  if (first === undefined) return undefined;
  const names = commands.map(({ name }) => name);
  const both = `${first} ${second}`;
  const found = commands.find(({ name }) => name === both) ?? commands.find(({ name }) => name === first);
  if (found) return found;
  const family = names.filter((name) => name.startsWith(`${first} `));
  if (family.length && second === undefined) {
    throw new UsageError(`\`${first}\` needs a subcommand.`, `Use ${family.map((n) => `\`${n}\``).join(" or ")}.`);
  }
  const meant = family.length ? both : first;
  const near = KNOWN_ELSEWHERE[meant] ?? nearest(meant, family.length ? family : [...names, "help", "version"]);
  const list = family.length ? `Commands: ${family.join(", ")}.` : "See `consul-peering --help`.";
  throw new UsageError(`Unknown command \`${meant}\`.`, (near ? `Did you mean \`${near}\`? ` : "") + list);
}

/**
 * The first command that is named, for the wording of an error before the arguments are parsed.
 * @param {string[]} words
 * @param {Command[]} commands
 */
const mentioned = (words, commands) =>
  words
    .map((word, i) => commands.find(({ name }) => name === word || name === `${word} ${words[i + 1]}`))
    .find((command) => command !== undefined);

/**
 * @param {string[]} args
 * @param {Options} options
 * @param {Command} [command]
 */
function readStrictly(args, options, command) {
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    return { values: /** @type {Values} */ (values), positionals }; // as `options` says
  } catch (error) {
    const { code, message } = systemError(error);
    const name = /'(?:-\w, )?(-{1,2}[^\s'=]+)/.exec(message)?.[1] ?? "";
    const of = command ? `\`${command.name}\` has no option ${name}.` : `Unknown option ${name} before the command.`;
    const help = `See \`consul-peering ${command ? `${command.name} ` : ""}--help\`.`;
    if (code !== "ERR_PARSE_ARGS_UNKNOWN_OPTION") {
      const value = options[name.slice(2)]?.value;
      const next = args[args.indexOf(name) + 1] ?? "";
      if (value === "TIME" && /^-[\d.]/.test(next)) duration(next, name); // node:util takes it for an option
      const reason = value ? `needs a value: ${name} ${value}` : "takes no value";
      throw new UsageError(`The option ${name} ${reason}.`, help);
    }
    const equivalent = command && equivalentOf(name.slice(2), options);
    if (equivalent) throw new UsageError(of, equivalent);
    if (SECRET_OPTION.test(name)) {
      throw new UsageError(
        `Unknown option ${name}. Secrets are not accepted as arguments, because other users of the machine can read them.`,
        "Pass an ACL token in CONSUL_HTTP_TOKEN, CONSUL_HTTP_TOKEN_FILE, or token_env or token_file of an alias; pass a " +
          "peering token on stdin or with --peering-token-file.",
      );
    }
    const near = nearest(name.slice(2), Object.keys(options));
    throw new UsageError(of, (near ? `Did you mean --${near}? ` : "") + help);
  }
}

/** @param {string} form  such as `A B`, or `NAME…` */
const neededOf = (form) => (form.endsWith("…") ? `at least one ${form.slice(0, -1)}` : form.replace(" ", " and "));

/**
 * These messages do not contain operands: a surplus one may be a token.
 * @param {Command} command
 * @param {string[]} operands
 */
function checkOperands({ name, operands: form = "", least, most = Infinity }, operands) {
  const usage = `Use \`consul-peering ${[name, form].filter(Boolean).join(" ")}\`.`;
  if (operands.length < least) throw new UsageError(`\`${name}\` needs ${neededOf(form)}.`, usage);
  if (operands.length > most) {
    const secret = name === "establish" ? " Pass the peering token on stdin or with --peering-token-file." : "";
    throw new UsageError(`\`${name}\` got ${operands.length} arguments, but takes ${most || "none"}.`, usage + secret);
  }
}
