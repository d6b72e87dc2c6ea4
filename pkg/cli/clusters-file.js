// clusters.json: the clusters by alias. Validated completely before any of it is used. It contains no secrets, only the
// name of a variable or file with one; no message contains a value.

import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { readInputText } from "./input-file.js";
import { findMistake, findRepeatedKey } from "./json-mistake.js";
import { isUuid, looksSecret } from "./secrets.js";
import { UsageError } from "./usage-error.js";

/**
 * @typedef {object} Entry  what clusters.json says about one alias
 * @property {string} address
 * @property {string} [token_env]
 * @property {string} [token_file]
 * @property {string} [datacenter]
 * @property {string} [partition]
 * @property {Record<string, string>} [meta]
 * @property {string[]} [server_external_addresses]
 * @property {string} [ca_file]
 * @property {string} [cert_file]
 * @property {string} [key_file]
 * @property {string} [tls_server_name]
 */

export const DEFAULT_FILE = "clusters.json";
const FILE_KEYS = ["token_file", "ca_file", "cert_file", "key_file"];
const TEXT_KEYS = ["address", "token_env", "datacenter", "partition", "tls_server_name", ...FILE_KEYS];
const KEYS = [...TEXT_KEYS, "meta", "server_external_addresses"];
const REMOVE = "Remove it: secrets do not belong in this file.";
const SECRET_KEY = /token|secret|passw|auth|key|credential/i;

/**
 * @param {string} [file] as given; without it, the default file, where it exists
 * @returns {{ file: string, aliases: Record<string, Entry> } | undefined}
 */
export function readClusters(file) {
  if (file === undefined && !existsSync(DEFAULT_FILE)) return undefined;
  file ??= DEFAULT_FILE;
  const clusters = readJson(file);
  if (!isObject(clusters)) {
    throw new UsageError(`${file} is not an object of aliases.`, 'Use { "east": { "address": "https://…" }, … }.');
  }
  const aliases = Object.entries(clusters).map(([alias, entry]) => [alias, readAlias(file, alias, entry)]);
  return { file, aliases: Object.fromEntries(aliases) };
}

/**
 * @param {string} file
 * @returns {unknown}
 */
function readJson(file) {
  const hint = "Check --clusters and CONSUL_PEERING_CLUSTERS.";
  const text = readInputText(file, `The clusters file ${file}`, { hint });
  try {
    const clusters = JSON.parse(text);
    refuseRepeated(file, text);
    return clusters;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    // Not the parser's own message, which quotes the text around the mistake.
    const { line, column } = findMistake(text);
    throw new UsageError(
      `${file} is not valid JSON: error at line ${line}, column ${column}.`,
      "Check the quotes, commas and brackets.",
    );
  }
}

/**
 * JSON.parse silently keeps the last of repeated keys.
 * @param {string} file
 * @param {string} text  JSON
 */
function refuseRepeated(file, text) {
  const repeated = findRepeatedKey(text);
  if (!repeated) return;
  const { key, depth, line, column } = repeated;
  const what = depth === 1 ? "the alias" : "the key";
  const name = looksSecret(key) ? "" : ` ${JSON.stringify(key)}`;
  throw new UsageError(
    `${file}: ${what}${name} is repeated at line ${line}, column ${column}.`,
    depth === 1 ? "Use a different alias for each cluster." : "Remove one of them.",
  );
}

/**
 * @param {string} file
 * @param {string} alias
 * @param {unknown} entry
 * @returns {Entry} what was checked to be one
 */
function readAlias(file, alias, entry) {
  if (looksSecret(alias)) {
    throw new UsageError(
      `An alias in ${file} looks like a token.`,
      "Use a name for the cluster as the alias, and put the ACL token into a separate file.",
    );
  }
  const where = `${file}: "${alias}"`;
  if (!isObject(entry)) throw new UsageError(`${where} is not an object.`, 'Use { "address": "https://…" }.');
  for (const [key, value] of Object.entries(entry)) {
    if (!KEYS.includes(key)) refuseKey(where, key);
    if (TEXT_KEYS.includes(key)) checkText(where, key, value);
  }
  if (!entry.address) throw new UsageError(`${where} has no address.`, 'Add "address": "https://…".');
  if (entry.token_env && entry.token_file) {
    throw new UsageError(`${where} has both token_env and token_file.`, "Remove one of them.");
  }
  const { meta = {}, server_external_addresses: addresses = [] } = entry;
  if (!isTextRecord(meta)) {
    throw new UsageError(`${where}: meta is not an object of strings.`, 'Use "meta": { "team": "payments" }.');
  }
  // A UUID is a valid label, such as the ID of a team.
  const labels = Object.entries(meta).flat();
  if (labels.some((text) => !isUuid(text) && looksSecret(text))) refuseSecret(where, "meta", REMOVE);
  if (!Array.isArray(addresses) || !addresses.every(isText)) {
    throw new UsageError(`${where}: server_external_addresses is not a list of strings.`, 'Use ["host:port"].');
  }
  if (addresses.some(looksSecret)) refuseSecret(where, "server_external_addresses", REMOVE);
  // Paths are relative to the file, so that it means the same from any directory.
  const paths = FILE_KEYS.filter((key) => entry[key]).map((key) => [key, resolve(dirname(file), String(entry[key]))]);
  return /** @type {Entry} */ ({ ...entry, ...Object.fromEntries(paths) });
}

/**
 * @param {string} where
 * @param {string} key
 * @returns {never}
 */
function refuseKey(where, key) {
  if (looksSecret(key))
    throw new UsageError(`${where} has a key that looks like a token.`, `Valid keys: ${KEYS.join(", ")}.`);
  if (SECRET_KEY.test(key)) {
    throw new UsageError(
      `${where}: "${key}" is refused, because secrets do not belong in this file.`,
      "Reference the ACL token with token_env (a variable) or token_file (a file) instead.",
    );
  }
  throw new UsageError(`${where} has an unknown key "${key}".`, `Valid keys: ${KEYS.join(", ")}.`);
}

/**
 * @param {string} where
 * @param {string} key
 * @param {unknown} value
 */
function checkText(where, key, value) {
  if (!isText(value) || !value) throw new UsageError(`${where}: ${key} is not a string.`, `Use "${key}": "…".`);
  if (looksSecret(value)) refuseSecret(where, key, "Put the secret into a variable or a file and reference it.");
  if (key === "token_env" && !/^[A-Za-z_]\w*$/.test(value)) {
    throw new UsageError(`${where}: token_env is not the name of a variable.`, 'Use "token_env": "EAST_TOKEN".');
  }
}

/**
 * @param {string} where
 * @param {string} key
 * @param {string} hint
 * @returns {never}
 */
function refuseSecret(where, key, hint) {
  throw new UsageError(`${where}: ${key} contains a secret.`, hint);
}

/** @param {unknown} value @returns {value is string} */
const isText = (value) => typeof value === "string";
/** @param {unknown} value @returns {value is Record<string, string>} */
const isTextRecord = (value) => isObject(value) && Object.values(value).every(isText);
/** @param {unknown} value @returns {value is Record<string, unknown>} */
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
