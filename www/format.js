// Formats numbers and times: words in the page's language, numbers and dates in the user's locale.

const LANGUAGE = "en";
/** The maximum length of a peer name in Consul. */
const NAME_MAX = 63;
const KEPT_AT_EACH_END = 31;
const figures = new Intl.NumberFormat();
const moments = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });
const days = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const clocks = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const relative = new Intl.RelativeTimeFormat(LANGUAGE, { numeric: "auto" });
const lists = new Intl.ListFormat(LANGUAGE);
const plurals = new Intl.PluralRules(LANGUAGE);

/** @typedef {string | number | Date} Time  ISO text or ms */

/** @type {[unit: Intl.RelativeTimeFormatUnit, seconds: number][]} */
const STEPS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];
/** Seconds are rounded down to a multiple of this: a text that changes every second is distracting. */
const SECONDS_STEP = 5;

/** @param {number} value */
export const number = (value) => figures.format(value);
/**
 * "1 peering", "2 peerings"
 * @param {number} value
 * @param {string} one
 * @param {string} other
 */
export const count = (value, one, other) => `${number(value)} ${plurals.select(value) === "one" ? one : other}`;
/**
 * Omits the middle of a name that is longer than Consul accepts: names often differ at their end.
 * @param {string} name
 */
export const shortened = (name) =>
  name.length > NAME_MAX ? `${name.slice(0, KEPT_AT_EACH_END)}…${name.slice(-KEPT_AT_EACH_END)}` : name;
/**
 * "a, b, and c"
 * @param {string[]} words
 */
export const list = (words) => lists.format(words);
/**
 * Date, time and zone.
 * @param {Time} time
 */
export const moment = (time) => moments.format(new Date(time));
/** @param {Time} time */
export const day = (time) => days.format(new Date(time));
/**
 * Time of day.
 * @param {Time} time
 */
export const clock = (time) => clocks.format(new Date(time));
/**
 * "in 3 years", "2 minutes ago", "now"
 * @param {Time} time
 * @param {number} [now]
 */
export function ago(time, now = Date.now()) {
  const seconds = (new Date(time).getTime() - now) / 1000;
  const [unit, size] = STEPS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  const amount = Math.trunc(seconds / size);
  return relative.format(unit === "second" ? Math.trunc(amount / SECONDS_STEP) * SECONDS_STEP || 0 : amount, unit);
}
/**
 * "12 s", for elapsed times.
 * @param {number} ms
 */
export const seconds = (ms) => `${number(Math.floor(ms / 1000))} s`;
