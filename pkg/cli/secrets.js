// The sources of secrets: a file or stdin. They are never printed.

import { channel } from "node:diagnostics_channel";
import { closeSync, fsyncSync, openSync, unlinkSync, writeFileSync } from "node:fs";
import { decodeText, readInputFile } from "./input-file.js";
import { fromStdin, readUpTo } from "./stdin.js";
import { systemError } from "./system-error.js";
import { HIDDEN } from "./terminal.js";
import { UsageError } from "./usage-error.js";

/**
 * @typedef {{ setting: string, file: string }} Exposed  a file with a secret that every user of the machine may read or
 *   change, and what named it
 * @typedef {{ stdin: NodeJS.ReadStream, stderr: NodeJS.WriteStream, signal: AbortSignal }} From
 */

const LONGEST = 1024 * 1024; // a peering token has a few kB
const [CTRL_C, CTRL_D, BACKSPACE] = ["\x03", "\x04", "\x7f"];
const BY_OTHERS = 0o007;
const UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
/** A whole UUID, and the beginning of the base64 of `{"` (a peering token, a JWT), encoded once or twice. */
const SECRET = new RegExp(`^["'\\s]*${UUID}["'\\s]*$|(?:ey[AJ]|ZXl[BK])[\\w+/=.-]{40,}|-----BEGIN`, "i");
/** Variables that hold a secret; other variables of Consul and of the package contain names. */
const SECRET_VARIABLES = ["CONSUL_HTTP_TOKEN", "CONSUL_HTTP_AUTH", "CONSUL_PEERING_PASSWORD"];

/** Publishes each {@link Exposed}. */
export const exposedFiles = channel("consul-peering:exposed-file");

/**
 * Whether a text in place of a name, a path or an address is, or contains, a token or a key.
 * @param {string} text
 */
export function looksSecret(text) {
  return SECRET.test(text.replace(HIDDEN, ""));
}

/**
 * Whether a text is a UUID and nothing else.
 * @param {string} text
 */
export const isUuid = (text) => new RegExp(`^${UUID}$`, "i").test(text);

/**
 * Whether a text contains a UUID.
 * @param {string} text
 */
export const holdsUuid = (text) => new RegExp(UUID, "i").test(text.replace(HIDDEN, ""));

/**
 * Rejects a variable for a name that contains a secret: messages contain names.
 * @param {NodeJS.ProcessEnv} env
 */
export function refuseSecretVariables(env) {
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith("CONSUL_") || SECRET_VARIABLES.includes(name) || !value || !looksSecret(value)) continue;
    throw new UsageError(
      `${name} contains a token or a key.`,
      "Put an ACL token into CONSUL_HTTP_TOKEN, or into a file that CONSUL_HTTP_TOKEN_FILE names.",
    );
  }
}

/**
 * The one secret in a file, without surrounding white space.
 * @param {string} file
 * @param {string} setting  what named the file
 * @param {{ repeat?: boolean }} [how] `repeat: false`: an option, which may contain the secret itself by mistake
 */
export function readSecretFile(file, setting, { repeat = true } = {}) {
  const subject = `${setting}: the file${repeat ? ` ${file}` : ""}`;
  const { bytes, mode } = readInputFile(file, subject);
  publishExposed(setting, file, mode);
  const text = decodeText(bytes).trim();
  if (!text) throw new UsageError(`${subject} is empty.`, "Write the secret into it.");
  return text;
}

/**
 * Windows has no such permissions.
 * @param {string} setting
 * @param {string} file
 * @param {number} [mode]
 */
export function publishExposed(setting, file, mode = 0) {
  if (process.platform !== "win32" && mode & BY_OTHERS) exposedFiles.publish({ setting, file });
}

/**
 * A new file that only its owner can read, created before the secret is generated, so that errors come first.
 * @param {string} file
 * @param {string} setting
 * @returns {{ write(text: string): void, discard(): void }} `discard` instead of `write`, or after it has failed, removes
 *   the file
 */
export function createSecretFile(file, setting) {
  const descriptor = openNew(file, setting);
  let open = true;
  const close = () => {
    if (open) closeSync(descriptor);
    open = false;
  };
  return {
    write(text) {
      writeFileSync(descriptor, text);
      fsyncSync(descriptor); // reports a full disk, on some file systems
      close();
    },
    discard() {
      close();
      unlinkSync(file);
    },
  };
}

/**
 * @param {string} file
 * @param {string} setting
 */
function openNew(file, setting) {
  try {
    return openSync(file, "wx", 0o600);
  } catch (error) {
    const { code } = systemError(error);
    if (code === "EEXIST") {
      throw new UsageError(
        `${setting}: the file already exists.`,
        "Pass another file, or remove the existing one first.",
      );
    }
    throw new UsageError(`${setting}: the file cannot be created (${code}).`, "Check the path and its permissions.");
  }
}

/**
 * The peering token from a file, or from stdin if that is undefined or `-`. On a terminal it is prompted for without
 * echo.
 * @param {string | undefined} file
 * @param {From} from
 * @param {string} [setting]  what named the file
 */
export async function readPeeringToken(file, { stdin, stderr, signal }, setting = "The peering token") {
  if (file !== undefined && file !== "-") return readSecretFile(file, setting, { repeat: false });
  const text = await fromStdin({ stdin, signal }, () => (stdin.isTTY ? typed(stdin, stderr) : piped(stdin)));
  if (text.trim()) return text.trim();
  throw new UsageError("No peering token on stdin.", "Use a pipe, or a file with --peering-token-file FILE.");
}

/** @param {NodeJS.ReadStream} stdin */
async function piped(stdin) {
  const bytes = await readUpTo(LONGEST, stdin);
  if (bytes.length <= LONGEST) return decodeText(bytes);
  throw new UsageError("stdin is longer than any peering token.", "Pass only the token.");
}

/**
 * Key by key: a line of a terminal ends at 4096 characters, and a token can be longer.
 * @param {NodeJS.ReadStream} stdin
 * @param {NodeJS.WriteStream} stderr
 */
async function typed(stdin, stderr) {
  stderr.write("Paste the peering token (it is not shown), then press Enter: ");
  stdin.setRawMode(true);
  let text = "";
  try {
    /** @type {NodeJS.AsyncIterator<string>} */
    const chunks = stdin.setEncoding("utf8").iterator({ destroyOnReturn: false });
    for await (const chunk of chunks) {
      if (chunk.includes(CTRL_C)) process.kill(process.pid, "SIGINT"); // which a raw terminal does not handle
      text = chunk === BACKSPACE ? text.slice(0, -1) : text + chunk;
      // Line breaks inside a pasted text belong to it; one at its end is Enter.
      if (/[\r\n]$/.test(chunk) || chunk.includes(CTRL_D)) break;
    }
  } finally {
    if (!stdin.destroyed) stdin.setRawMode(false);
    stderr.write("\n");
  }
  return text.replaceAll(CTRL_D, "");
}
