// What was caught, as an error: its message, and the system's code where it has one (ENOENT, EPIPE).

/**
 * @param {unknown} caught
 * @returns {NodeJS.ErrnoException}
 */
export const systemError = (caught) => (caught instanceof Error ? caught : new Error(String(caught)));
