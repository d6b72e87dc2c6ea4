// The ACL token of a file is read again for each request: it may be rotated while a command runs.

import { readInputText } from "./input-file.js";
import { UsageError } from "./usage-error.js";

/** @import { Fetch } from "./transport.js" */

const TOKEN = /^[!-~]+$/;

/**
 * A fetch that sends the token that `file` holds now. While the file cannot be read, or is being written, the former token
 * holds. Pipes are read once.
 * @param {string} file
 * @param {Fetch} [fetch]
 * @returns {Fetch | undefined}
 */
export function withTokenOf(file, fetch) {
  if (file.startsWith("/dev/")) return fetch;
  return (url, init) => {
    const token = read(file);
    const headers = {
      .../** @type {Record<string, string>} */ (init?.headers),
      ...(token && { "X-Consul-Token": token }),
    };
    return (fetch ?? /** @type {Fetch} */ (globalThis.fetch))(url, { ...init, headers });
  };
}

/** @param {string} file */
function read(file) {
  try {
    const token = readInputText(file, "The token file").trim();
    return TOKEN.test(token) ? token : undefined;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return undefined;
  }
}
