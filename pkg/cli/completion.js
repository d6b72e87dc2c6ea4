// The candidates for Tab: commands, options, their values, and the aliases of clusters.json. The scripts of the shells
// run `consul-peering __complete` with the words up to the cursor, and get one candidate per line.

import { optionsOf } from "./arguments.js";
import { readClusters } from "./clusters-file.js";
import { COMMANDS } from "./commands/index.js";
import { COMMON_OPTIONS } from "./options.js";

/**
 * @import { Command } from "./commands/index.js"
 * @import { Option, Options } from "./options.js"
 *
 * @typedef {[word: string, text?: string]} Candidate  with what it is
 */

/** In place of candidates: the shell completes a path. */
export const FILES = ":files";
/** @type {Candidate[]} */
const HELP = [
  ["help", "show the help, or the help of a command"],
  ["version", "show the version of this package"],
];
const CHOICES = /^[a-z]+(\|[a-z]+)+$/;
/** An alias is inserted as it is: one with characters that a shell interprets is not offered. */
const PLAIN = /^[\w.@%+-]+$/;

/**
 * @param {string[]} words those after the program, the last one up to the cursor
 * @param {{ env: NodeJS.ProcessEnv, stdout: NodeJS.WriteStream }} host
 */
export function printCandidates(words, { env, stdout }) {
  const candidates = complete(words, (file) => aliasesOf(file ?? (env.CONSUL_PEERING_CLUSTERS || undefined)));
  const lines = candidates.map(([word, text = ""]) => `${word}\t${text}`);
  if (lines.length) stdout.write(`${lines.join("\n")}\n`);
}

/**
 * @param {string} [file]
 * @returns {[string, string][]}
 */
function aliasesOf(file) {
  try {
    const { aliases } = readClusters(file) ?? { aliases: {} };
    return Object.entries(aliases)
      .filter(([alias]) => PLAIN.test(alias))
      .map(([alias, { address }]) => [alias, /^[\x21-\x7e]+$/.test(address) ? address : ""]);
  } catch {
    return []; // a message would disturb the line that is being typed
  }
}

/**
 * @param {string[]} words
 * @param {(file?: string) => [string, string][]} aliasesIn the aliases of a file, by default of the usual one
 * @returns {Candidate[]}
 */
export function complete(words, aliasesIn) {
  const { before, current, prefix } = split(words);
  const { operands, values, pending, used } = read(before);
  const command = commandOf(operands);
  /** @type {Options} */
  const options = command ? optionsOf(command) : COMMON_OPTIONS;
  const aliases = () => aliasesIn(values.clusters);
  /**
   * @param {Candidate[]} candidates
   * @returns {Candidate[]}
   */
  const matching = (candidates) =>
    candidates[0]?.[0] === FILES
      ? candidates
      : candidates.filter(([word]) => word.startsWith(current)).map(([word, text]) => [prefix + word, text]);
  if (pending) return matching(valuesOf(options[pending], aliases));
  if (current.startsWith("-")) return matching(optionNames(options, used));
  if (!command) return matching(nextWords(operands));
  return matching(operandsOf(command, operands.slice(command.name.split(" ").length), aliases));
}

/**
 * `--option=value` is an option and the beginning of its value; bash splits it into three words.
 * @param {string[]} words
 */
function split(words) {
  const joined = [...words];
  for (let at; (at = joined.indexOf("=")) > 0;) joined.splice(at, joined[at + 1] === undefined ? 1 : 1, "");
  const current = joined.at(-1) ?? "";
  const before = joined.slice(0, -1).filter((word) => word !== "");
  const [, option, value] = /^(--[\w-]+)=(.*)$/s.exec(current) ?? [];
  if (option === undefined) return { before, current, prefix: "" };
  return { before: [...before, option], current: value, prefix: `${option}=` };
}

/**
 * Operands and options so far; `pending`: an option whose value comes next.
 * @param {string[]} words
 */
function read(words) {
  /** @type {Options} */
  const known = Object.assign({}, COMMON_OPTIONS, ...COMMANDS.map(optionsOf));
  /** @type {{ operands: string[], values: Record<string, string>, used: Set<string>, pending?: string }} */
  const result = { operands: [], values: {}, used: new Set() };
  for (const word of words) {
    if (result.pending) {
      result.values[result.pending] = word;
      result.pending = undefined;
      continue;
    }
    const [, name, value] = /^--([\w-]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === undefined) {
      if (!word.startsWith("-")) result.operands.push(word);
      continue;
    }
    result.used.add(name);
    if (value !== undefined) result.values[name] = value;
    else if (known[name]?.type === "string") result.pending = name;
  }
  return result;
}

/** @param {string[]} operands */
function commandOf([first, second]) {
  return COMMANDS.find(({ name }) => name === `${first} ${second}`) ?? COMMANDS.find(({ name }) => name === first);
}

/**
 * The next word of a command's name.
 * @param {string[]} operands
 * @returns {Candidate[]}
 */
function nextWords(operands) {
  const help = operands[0] === "help";
  const typed = help ? operands.slice(1) : operands;
  const begun = typed.map((word) => `${word} `).join("");
  /** @type {Map<string, string>} */
  const words = new Map();
  for (const { name, summary } of COMMANDS.filter(({ name }) => name.startsWith(begun))) {
    const [word, ...more] = name.slice(begun.length).split(" ");
    words.set(word, more.length ? `${word} …` : summary);
  }
  return [...words, ...(operands.length ? [] : HELP)];
}

/**
 * @param {Options} options
 * @param {Set<string>} used
 * @returns {Candidate[]}
 */
function optionNames(options, used) {
  return Object.entries(options)
    .filter(([name, { hidden, multiple }]) => !hidden && (multiple || !used.has(name)))
    .map(([name, { help }]) => [`--${name}`, help]);
}

/**
 * @param {Option | undefined} option
 * @param {() => Candidate[]} aliases
 * @returns {Candidate[]}
 */
function valuesOf({ value = "" } = { type: "string" }, aliases) {
  if (value.includes("ALIAS")) return aliases();
  if (value.includes("FILE")) return [[FILES]];
  return CHOICES.test(value) ? value.split("|").map((choice) => [choice]) : [];
}

/**
 * @param {Command} command
 * @param {string[]} given
 * @param {() => Candidate[]} aliases
 * @returns {Candidate[]}
 */
function operandsOf({ operands = "", most = Infinity }, given, aliases) {
  if (given.length >= most) return [];
  if (operands.includes("ALIAS") || operands.startsWith("A "))
    return aliases().filter(([alias]) => !given.includes(alias));
  if (operands.includes("FILE")) return [[FILES]];
  return CHOICES.test(operands) ? operands.split("|").map((choice) => [choice]) : [];
}
