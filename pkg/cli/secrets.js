// Where secrets come from: a file or stdin. They are never printed, and no message repeats one.

import { readFileSync } from "node:fs";
import { fromStdin } from "./stdin.js";
import { UsageError } from "./usage-error.js";

const LONGEST = 1024 * 1024; // a peering token has a few kB
const [CTRL_C, CTRL_D, BACKSPACE] = ["\x03", "\x04", "\x7f"];

/** Whether a text that should be a name or a path is a token: a UUID, or the base64 of `{"`…. */
export function looksSecret(text) {
  return /^\s*(eyJ[\w+/=\s-]{40,}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\s*$)/i.test(text);
}

/** The one secret in a file, white space around it removed. `setting` is what named the file. */
export function readSecretFile(file, setting) {
  let text;
  try {
    text = readFileSync(file, "utf8").trim();
  } catch (error) {
    throw new UsageError(
      `${setting}: the file ${file} cannot be read (${error.code}).`,
      "Check the path and its rights.",
    );
  }
  if (!text) throw new UsageError(`${setting}: the file ${file} is empty.`, "Write the secret into it.");
  return text;
}

/**
 * The peering token from a file, or from stdin when that is undefined or `-`. On a terminal it is asked for, and not
 * shown.
 * @param {string | undefined} file
 * @param {{ stdin: NodeJS.ReadStream, stderr: NodeJS.WriteStream, signal: AbortSignal }} from
 */
export async function readPeeringToken(file, { stdin, stderr, signal }) {
  if (file !== undefined && file !== "-") return readSecretFile(file, "The peering token");
  const text = await fromStdin({ stdin, signal }, () => (stdin.isTTY ? typed(stdin, stderr) : piped(stdin)));
  if (text.trim()) return text.trim();
  throw new UsageError(
    "No peering token came on stdin.",
    "Pipe it in, or name a file: `consul-peering establish NAME --token-file FILE`.",
  );
}

async function piped(stdin) {
  let text = "";
  for await (const chunk of stdin.setEncoding("utf8")) {
    text += chunk;
    if (text.length > LONGEST)
      throw new UsageError("stdin is longer than any peering token.", "Pipe in the token alone.");
  }
  return text;
}

/** Key by key: a line of a terminal ends at 4096 characters, and a token can be longer. */
async function typed(stdin, stderr) {
  stderr.write("Paste the peering token (it is not shown), then press Enter: ");
  stdin.setRawMode(true);
  let text = "";
  try {
    for await (const chunk of stdin.setEncoding("utf8").iterator({ destroyOnReturn: false })) {
      if (chunk.includes(CTRL_C)) process.kill(process.pid, "SIGINT"); // which a raw terminal leaves to us
      text = chunk === BACKSPACE ? text.slice(0, -1) : text + chunk;
      // Line breaks inside what was pasted belong to it; one at the end of it is Enter.
      if (/[\r\n]$/.test(chunk) || chunk.includes(CTRL_D)) break;
    }
  } finally {
    if (!stdin.destroyed) stdin.setRawMode(false);
    stderr.write("\n");
  }
  return text.replaceAll(CTRL_D, "");
}
