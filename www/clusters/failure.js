// Classifies why a cluster could not be read, by codes, never by texts. Pure.

/**
 * A failed request.
 * @typedef {object} Failure
 * @property {string} code     of the package's error
 * @property {string} [cause]  the code that `consul-peering serve` reports if it has no response to forward
 */

/** Causes for which the cluster has responded, but the server does not forward the response. */
const UNUSABLE = ["redirected", "invalid_status", "too_large", "busy"];

/**
 * Whether the cluster did not respond at all, as opposed to responding with an error.
 * @param {Failure} failure
 */
export const isSilent = ({ code, cause = "" }) => ["network", "timeout"].includes(code) && !UNUSABLE.includes(cause);

/** @type {Record<string, string[]>} by the key of their text */
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
 * The key of a failure's text, or its code if the page has no text for it.
 * @param {Failure} failure
 */
export function causeOf({ code, cause = code }) {
  return Object.keys(CAUSES).find((kind) => CAUSES[kind].includes(cause)) ?? cause;
}
