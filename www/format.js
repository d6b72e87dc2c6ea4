// Numbers and times as people read them. Words are in the page's language, figures as the reader's own settings have them.

const LANGUAGE = "en";
/** Of a peer's name. */
const NAME_MAX = 63;
const HALF = 31;
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
/** Seconds are told in steps of so many: a text that is another each second draws the eye for nothing. */
const CALM_S = 5;

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
 * A name without its middle, where it is longer than Consul takes one: ends of names often tell them apart.
 * @param {string} name
 */
export const shortened = (name) => (name.length > NAME_MAX ? `${name.slice(0, HALF)}…${name.slice(-HALF)}` : name);
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
  return relative.format(unit === "second" ? Math.trunc(amount / CALM_S) * CALM_S || 0 : amount, unit);
}
/**
 * "12 s", for what is under way.
 * @param {number} ms
 */
export const seconds = (ms) => `${number(Math.floor(ms / 1000))} s`;
