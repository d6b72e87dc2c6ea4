// Why a cluster could not be read, by codes; never by what a text says. Pure.

/**
 * What came instead of an answer.
 * @typedef {object} Failure
 * @property {string} code     as the package has it
 * @property {string} [cause]  where the server of this page has no response to pass on: why, as it or its system calls it
 */

/** Of these, the cluster has responded, and the server does not pass it on. */
const UNUSABLE = ["redirected", "invalid_status", "too_large", "busy"];

/**
 * Whether the cluster did not respond at all; otherwise it responded with an error.
 * @param {Failure} failure
 */
export const isSilent = ({ code, cause = "" }) => ["network", "timeout"].includes(code) && !UNUSABLE.includes(cause);

/** @type {Record<string, string[]>} by what the page has a text for */
const CAUSES = {
  refused: ["ECONNREFUSED"],
  unknownHost: ["ENOTFOUND", "EAI_AGAIN"],
  closed: ["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"],
  timedOut: ["ETIMEDOUT", "TimeoutError", "UND_ERR_CONNECT_TIMEOUT", "UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT"],
  noRoute: ["EHOSTUNREACH", "ENETUNREACH"],
  wrongName: ["ERR_TLS_CERT_ALTNAME_INVALID"],
  untrusted: [
    "CERT_HAS_EXPIRED",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "SELF_SIGNED_CERT_IN_CHAIN",
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  ],
};

/**
 * The kind of a failure, as the page has a text for it; or the code itself, where it has none.
 * @param {Failure} failure
 */
export function causeOf({ code, cause = code }) {
  return Object.keys(CAUSES).find((kind) => CAUSES[kind].includes(cause)) ?? cause;
}
