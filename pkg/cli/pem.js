// Certificates and keys from files, tested at once, so that an invalid file is reported before anything is sent or
// served.

import { createPrivateKey, X509Certificate } from "node:crypto";
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
  const subject = `The ${what} file ${file}`;
  if (!text.includes(`${label}-----`)) {
    throw new UsageError(`${subject} contains no ${label}.`, "It must be in PEM format: -----BEGIN …-----.");
  }
  try {
    if (label === "CERTIFICATE") new X509Certificate(text);
    else createPrivateKey(text);
  } catch {
    // Not OpenSSL's own message, which names neither the file nor the mistake.
    if (label === "PRIVATE KEY" && text.includes("ENCRYPTED")) {
      throw new UsageError(`${subject} is encrypted with a passphrase.`, "Use a key without one.");
    }
    throw new UsageError(`${subject} is damaged: its ${label} cannot be read.`, "Copy the whole file again.");
  }
  return text;
}

/**
 * @template {import("node:tls").SecureContextOptions} T
 * @param {T} options  each of which was read by {@link readPem}
 * @param {{ cert?: string | null, key?: string | null }} files  that they come from
 */
export function checkTls(options, { cert, key }) {
  try {
    createSecureContext(options);
  } catch (error) {
    const { code, message } = systemError(error);
    if (code === "ERR_OSSL_X509_KEY_VALUES_MISMATCH") {
      throw new UsageError(
        `The key in ${key} does not belong to the certificate in ${cert}.`,
        "Pass a certificate and its own key.",
      );
    }
    const reason = /** @type {{ reason?: string }} */ (error).reason ?? message;
    throw new UsageError(`The TLS files cannot be used: ${reason}.`, "Check that OpenSSL accepts them.");
  }
  return options;
}
