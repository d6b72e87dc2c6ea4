// Certificates and keys from files, tried out at once, so that a bad file is named before anything is sent or served.

import { createSecureContext } from "node:tls";
import { decodeText, readInputFile } from "./input-file.js";
import { publishExposed } from "./secrets.js";
import { systemError } from "./system-error.js";
import { UsageError } from "./usage-error.js";

/**
 * The text of a file.
 * @param {string} file
 * @param {string} what  it is, for an error
 * @param {"CERTIFICATE" | "PRIVATE KEY"} label
 */
export function readPem(file, what, label) {
  const { bytes, mode } = readInputFile(file, `The ${what} file ${file}`);
  if (label === "PRIVATE KEY") publishExposed(`The ${what}`, file, mode);
  const text = decodeText(bytes);
  if (text.includes(`${label}-----`)) return text;
  throw new UsageError(`The ${what} file ${file} holds no ${label}.`, "It must be in PEM format: -----BEGIN …-----.");
}

/**
 * @template {import("node:tls").SecureContextOptions} T
 * @param {T} options
 */
export function checkTls(options) {
  try {
    createSecureContext(options);
  } catch (error) {
    throw new UsageError(
      `The TLS files cannot be used: ${systemError(error).message}.`,
      "The key must belong to the certificate and have no passphrase.",
    );
  }
  return options;
}
