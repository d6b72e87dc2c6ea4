// A caught value as an error: its message, and the system's code, if any (ENOENT, EPIPE).

/**
 * @param {unknown} caught  may be of another realm, or no Error at all
 * @returns {NodeJS.ErrnoException}
 */
export const systemError = (caught) =>
  typeof caught === "object" && caught !== null
    ? /** @type {NodeJS.ErrnoException} */ (caught)
    : new Error(String(caught));
