// A JSON document from a file, or from stdin.

import { stripVTControlCharacters } from "node:util";
import { decodeText, readInputFile } from "./input-file.js";
import { fromStdin, readUpTo } from "./stdin.js";
import { UsageError } from "./usage-error.js";

const MEGABYTE = 1024 * 1024;
const LARGEST = 256 * MEGABYTE; // the largest plans have tens of megabytes

/** @typedef {{ stdin: NodeJS.ReadStream, signal: AbortSignal }} From */

/** @param {string} [file] @returns {file is undefined | "-"} */
const isStdin = (file) => file === undefined || file === "-";

/**
 * Its name in messages.
 * @param {string} [file]
 */
export const documentName = (file) => (isStdin(file) ? "stdin" : file);

/**
 * @param {string | undefined} file undefined or `-`: stdin
 * @param {From} from
 * @returns {Promise<unknown>}
 */
export async function readDocument(file, from) {
  const name = documentName(file);
  const text = decodeText(isStdin(file) ? await readStdin(from) : readBytes(file));
  try {
    return JSON.parse(text);
  } catch {
    // Not the parser's own message, which quotes the text around the mistake.
    const [what, fix] = recognise(text);
    throw new UsageError(`${name} ${what}.`, fix);
  }
}

const SHOW = "pass the output of `terraform show -json PLANFILE`";
const PLAN_AND_SHOW = "Run `terraform plan -out=tfplan`, then `terraform show -json tfplan | consul-peering check`.";

/**
 * What a text that is not JSON may be, and what to do.
 * @param {string} text
 */
function recognise(text) {
  const plain = stripVTControlCharacters(text).trim();
  if (!plain) return ["is empty", "Check that the command before the pipe succeeds: `terraform show -json PLANFILE`."];
  if (plain.startsWith("PK")) {
    return [
      "is a plan file, which only Terraform can read",
      "Run `terraform show -json PLANFILE | consul-peering check`.",
    ];
  }
  if (isLog(plain)) return ["is the log of `terraform plan -json`, which does not contain the plan", PLAN_AND_SHOW];
  if (/^(Terraform|OpenTofu) (used the selected|will perform)|^No changes\.|^Plan: \d+ to add/m.test(plain)) {
    return ["is the text output of `terraform plan`", PLAN_AND_SHOW];
  }
  if (/^(resource|data|provider|module|variable|terraform|locals) [^]*\{/m.test(plain)) {
    return ["is a Terraform configuration, not a plan", PLAN_AND_SHOW];
  }
  if (/^[{[]/.test(plain)) return ["is not complete JSON", `It was truncated or changed: ${SHOW}.`];
  return ["is not JSON", `Only Terraform can read a plan file: ${SHOW}.`];
}

/**
 * JSON lines that begin like Terraform's log.
 * @param {string} text
 */
function isLog(text) {
  try {
    return "@level" in JSON.parse(text.split("\n", 1)[0]);
  } catch {
    return false;
  }
}

/** @param {string} file */
const readBytes = (file) => readInputFile(file, `The file ${file}`, { limit: LARGEST }).bytes;

/** @param {From} from */
async function readStdin(from) {
  if (from.stdin.isTTY) {
    throw new UsageError(
      "No file was given, and stdin is a terminal.",
      "Pass a file, or use a pipe: terraform show -json PLANFILE | consul-peering check",
    );
  }
  const bytes = await fromStdin(from, (stdin) => readUpTo(LARGEST, stdin));
  if (bytes.length <= LARGEST) return bytes;
  throw new UsageError(`stdin is larger than ${LARGEST / MEGABYTE} MB.`, "Check that it is a plan.");
}
