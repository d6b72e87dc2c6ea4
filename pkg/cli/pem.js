// Certificates and keys from files, tried out at once, so that a bad file is named before anything is sent or served.

import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { UsageError } from "./usage-error.js";

/** @returns {string | undefined} the file's text; nothing where no file is named */
export function readPem(file, what, label) {
  if (!file) return undefined;
  let text;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`The ${what} file ${file} cannot be read (${error.code}).`, "Check the path and its rights.");
  }
  if (text.includes(`${label}-----`)) return text;
  throw new UsageError(`The ${what} file ${file} holds no ${label}.`, "It must be in PEM format: -----BEGIN …-----.");
}

/** @param {import("node:tls").SecureContextOptions} options */
export function checkTls(options) {
  try {
    createSecureContext(options);
  } catch (error) {
    throw new UsageError(
      `The TLS files cannot be used: ${error.message}.`,
      "The key must belong to the certificate and have no passphrase.",
    );
  }
  return options;
}
