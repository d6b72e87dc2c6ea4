// Why a cluster could not be read, by codes and statuses; never by what a text says. Pure.

/**
 * What came instead of an answer.
 * @typedef {object} Failure
 * @property {string} code      as the package has it
 * @property {number} [status]  of the response
 * @property {string} [cause]   the system's code for it, as the server of this page gives it: "ECONNREFUSED"
 */

/** Said by the server of this page, of a cluster that it could not reach. */
const CAUSE = "Consul-Peering-Cause";
const NO_RESPONSE = [502, 503, 504];

/** What is known of a failed request besides the package's error. */
export const detailsOf = ({ status, headers }) => ({ status, cause: headers.get(CAUSE) ?? undefined });

/** Whether the cluster did not respond at all; otherwise it responded with an error. */
export const isSilent = ({ code, status, cause }) =>
  code === "network" || code === "timeout" || (cause !== undefined && NO_RESPONSE.includes(status));

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

/** The kind of a silence, as the page has a text for it; or the system's own code, where it has none. */
export function causeOf({ code, cause }) {
  if (cause === undefined) return code === "timeout" ? "timedOut" : "network";
  return Object.keys(CAUSES).find((kind) => CAUSES[kind].includes(cause)) ?? cause;
}
