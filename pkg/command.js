// Builds commands to paste, for the command line and the page. They never contain a secret: the command line reads tokens
// from a file, from stdin or from a prompt without echo. Pure.
/** @typedef {string | boolean | string[] | Record<string, string> | undefined} Option */

const PROGRAM = "consul-peering";
/** The alias of the page's own origin, which is also the default cluster of the command line. */
const DEFAULT_ALIAS = "consul";

/**
 * `command("establish", ["east"], { cluster: "west", meta: { a: "1" } })`. Options that are undefined or false are omitted,
 * true is a flag, a list repeats the option, an object gives `key=value` pairs.
 * @param {string} name
 * @param {string[]} operands
 * @param {Record<string, Option>} [options]
 */
export function command(name, operands, options = {}) {
  /** @type {[option: string, value: string | true][]} */
  const given = Object.entries(options).flatMap(([option, value]) => valuesOf(value).map((each) => [option, each]));
  const words = given.flatMap(([option, value]) => (value === true ? [`--${option}`] : [`--${option}`, quoted(value)]));
  return [PROGRAM, name, ...operands.map(quoted), ...words].join(" ");
}

/**
 * The option that selects a cluster, unless it is the default.
 * @param {string} alias
 */
export const clusterOption = (alias) => ({ cluster: alias === DEFAULT_ALIAS ? undefined : alias });

/**
 * The options that name the peerings of A and B, unless each has the default: the alias of the other cluster.
 * @param {{ alias: string, peer_name: string }} a
 * @param {{ alias: string, peer_name: string }} b
 */
export const nameOptions = (a, b) => ({
  "a-name": a.peer_name === b.alias ? undefined : a.peer_name,
  "b-name": b.peer_name === a.alias ? undefined : b.peer_name,
});

/**
 * @param {Option} value
 * @returns {(string | true)[]}
 */
function valuesOf(value) {
  if (value === undefined || value === false) return [];
  if (Array.isArray(value)) return value;
  return typeof value === "object" ? Object.entries(value).map(([key, text]) => `${key}=${text}`) : [value];
}

/**
 * Quotes a word for a POSIX shell.
 * @param {string} text
 */
export const quoted = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
