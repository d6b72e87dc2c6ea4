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

const STEPS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];
/** Seconds are told in steps of so many: a text that is another each second draws the eye for nothing. */
const CALM_S = 5;

export const number = (value) => figures.format(value);
/** "1 peering", "2 peerings" */
export const count = (value, one, other) => `${number(value)} ${plurals.select(value) === "one" ? one : other}`;
/** A name without its middle, where it is longer than Consul takes one: ends of names often tell them apart. */
export const shortened = (name) => (name.length > NAME_MAX ? `${name.slice(0, HALF)}…${name.slice(-HALF)}` : name);
/** "a, b, and c" */
export const list = (words) => lists.format(words);
/** Date, time and zone. */
export const moment = (time) => moments.format(new Date(time));
export const day = (time) => days.format(new Date(time));
/** Time of day. */
export const clock = (time) => clocks.format(new Date(time));
/** "in 3 years", "2 minutes ago", "now" */
export function ago(time, now = Date.now()) {
  const seconds = (new Date(time) - now) / 1000;
  const [unit, size] = STEPS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  const amount = Math.trunc(seconds / size);
  return relative.format(unit === "second" ? Math.trunc(amount / CALM_S) * CALM_S || 0 : amount, unit);
}
/** "12 s", for what is under way. */
export const seconds = (ms) => `${number(Math.floor(ms / 1000))} s`;
