// The log of the page's server: a line for each write, sign-in and sign-out, without secrets.

/**
 * @typedef {object} AuditEvent
 * @property {string} action     "generate-token", "establish", "delete", "sign-in", "sign-out" or "wrong-password"
 * @property {{ number: number, address: string }} [session]
 * @property {string} [address]  where there is no session
 * @property {string} [cluster]  an alias
 * @property {string} [peer_name]
 * @property {number} [status]   of the response to a write
 *
 * @typedef {(event: AuditEvent) => void} Audit
 * @typedef {Record<string, string | number>} Entry
 */

/**
 * @param {(entry: Entry) => void} write
 * @param {() => number} [now]
 * @returns {Audit}
 */
export function auditBy(write, now = Date.now) {
  return ({ session, address, status, ...event }) => {
    const entry = {
      time: new Date(now()).toISOString(),
      address: session?.address ?? address,
      session: session?.number,
      ...event,
      outcome: status === undefined ? undefined : outcome(status),
      status,
    };
    /** @type {Entry} */
    const given = {};
    for (const [key, value] of Object.entries(entry)) if (value !== undefined) given[key] = value;
    write(given);
  };
}

/**
 * As logfmt: `key=value`, without values that need quotes.
 * @param {Entry} entry
 */
export const auditLine = (entry) =>
  Object.entries(entry)
    .map(([key, value]) => `${key}=${value}`)
    .join(" ");

/**
 * 502 and 504: no response came, and the write may have been carried out.
 * @param {number} status
 */
function outcome(status) {
  if (status >= 200 && status < 300) return "done";
  return status === 502 || status === 504 ? "unknown" : "refused";
}
