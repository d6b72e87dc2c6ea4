/** The interval of retries after an error, in ms. */
export const RETRY_MS = 5_000;
/** After an error that a retry is unlikely to resolve. */
export const PERMANENT_RETRY_MS = 30_000;
