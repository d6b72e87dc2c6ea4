// The same on the command line: what a dialog is about to do, as a command. It never holds a secret: a token is read from
// a file or typed in unseen. Pure.
/** @typedef {string | boolean | string[] | Record<string, string> | undefined} Option */

const PROGRAM = "consul-peering";
/** The alias of a cluster that the page was given no name for: the command line's default is the same one. */
const UNNAMED = "consul";

/**
 * `command("establish", "eu", { cluster: "us", meta: { a: "1" } })`. An option that is undefined or false is left out, one
 * that is true is a switch, a list is repeated, an object is `key=value`.
 * @param {string} name  of the command
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
 * The option that names a cluster, where it has a name.
 * @param {string} alias
 */
export const onAlias = (alias) => ({ cluster: alias === UNNAMED ? undefined : alias });

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
 * As a POSIX shell takes it literally.
 * @param {string} text
 */
const quoted = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
