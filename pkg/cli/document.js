// A JSON document from a file, or from stdin.

import { readFile } from "node:fs/promises";
import { fromStdin } from "./stdin.js";
import { UsageError } from "./usage-error.js";

const isStdin = (file) => file === undefined || file === "-";

/** What to call it. */
export const documentName = (file) => (isStdin(file) ? "stdin" : file);

/**
 * @param {string | undefined} file undefined or `-`: stdin
 * @param {{ stdin: NodeJS.ReadStream, signal: AbortSignal }} from
 */
export async function readDocument(file, from) {
  const name = documentName(file);
  const text = decode(isStdin(file) ? await readStdin(from) : await readBytes(file, from));
  try {
    return JSON.parse(text);
  } catch {
    // Not the parser's own message, which quotes the text around the mistake.
    throw new UsageError(
      `${name} is not JSON.`,
      "A plan file is read by Terraform alone: give what `terraform show -json PLANFILE` prints.",
    );
  }
}

async function readBytes(file, { signal }) {
  try {
    return await readFile(file, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw new UsageError(`The file ${file} cannot be read (${error.code}).`, "Check the path and its rights.");
  }
}

async function readStdin(from) {
  if (from.stdin.isTTY) {
    throw new UsageError(
      "No file is named, and stdin is a terminal.",
      "Name a file, or pipe: terraform show -json PLANFILE | consul-peering check",
    );
  }
  return Buffer.concat(await fromStdin(from, (stdin) => stdin.toArray()));
}

/** UTF-8, or what a redirection in Windows PowerShell writes. */
function decode(bytes) {
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return new TextDecoder(isUtf16 ? "utf-16le" : "utf-8").decode(bytes);
}
