// Rows as a table, for a terminal and for Markdown alike.

/**
 * @typedef {import("./statistics.js").Spread} Spread
 * @typedef {object} Row
 * @property {string} name
 * @property {"ms" | "bytes"} [unit]   ms by default
 * @property {Spread} ours
 * @property {Spread} [raw]            hand-written, with `ratio` and `difference`
 * @property {{ of: "ours" | "ratio" | "difference", most: number }} [bar]
 * @property {{ of: string, points: [size: number, cost: number][], exponent: number }} [growth]
 */

const TIMES = [
  [1e3, "s", 1e-3],
  [1, "ms", 1],
  [1e-3, "µs", 1e3],
  [0, "ns", 1e6],
];
const BYTES = [
  [1e6, "MB", 1e-6],
  [1e3, "kB", 1e-3],
  [0, "B", 1],
];

/** Three significant digits. */
const digits = (value) => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3));

export function amount(value, unit = "ms") {
  const [, name, factor] = (unit === "bytes" ? BYTES : TIMES).find(([least]) => Math.abs(value) >= least);
  return `${digits(value * factor)} ${name}`;
}

/** Whether a row is within its limit. */
export const isWithin = ({ bar, ...row }) => row[bar.of].median <= bar.most;

function held(row) {
  if (!row.bar) return "";
  const { of, most } = row.bar;
  const limit = { ratio: `${most.toFixed(2)} ×`, difference: `+${amount(most)}`, ours: amount(most, row.unit) }[of];
  return `${isWithin(row) ? "✓" : "✗"} ≤ ${limit}`;
}

const hundredths = (value) => value.toFixed(value >= 100 ? 0 : 2);
const times = ({ median }) => `${hundredths(median)} ×`;

const PAIRED = [
  ["", ({ name }) => name],
  ["package", ({ ours, unit }) => amount(ours.median, unit)],
  ["hand-written", ({ raw, unit }) => (raw ? amount(raw.median, unit) : "")],
  ["ratio", ({ ratio }) => (ratio ? times(ratio) : "")],
  ["quartiles", ({ ratio }) => (ratio ? `${hundredths(ratio.low)}–${hundredths(ratio.high)}` : "")],
  ["limit", held],
  ["other run", (_, other) => (other.ratio ? times(other.ratio) : amount(other.ours.median, other.unit))],
];

const at = (place) => (row) => {
  const [size, cost] = row.growth.points.at(place);
  return `${amount(cost, row.unit)} at ${size.toLocaleString("en")}`;
};
/** A fitted exponent deviates a little from 1 even for linear cost. */
const LINEAR = 1.2;
const exponent = ({ growth }) => growth.exponent.toFixed(2);
const GROWN = [
  ["", ({ name }) => name],
  ["with the number of", ({ growth }) => growth.of],
  ["least", at(0)],
  ["most", at(-1)],
  ["exponent", exponent],
  ["growth", ({ growth }) => (growth.exponent <= LINEAR ? "linear or better" : "more than linear")],
  ["other run", (_, other) => exponent(other)],
];

/**
 * @param {Row[]} rows  either all have `growth` or none
 * @param {Row[]} [others]  of another run
 */
export function table(rows, others) {
  const columns = (rows[0].growth ? GROWN : PAIRED).slice(0, others ? undefined : -1);
  const filled = rows.map((row) => {
    const other = others?.find(({ name }) => name === row.name);
    return columns.map(([title, cell]) => (title === "other run" && !other ? "" : cell(row, other)));
  });
  const cells = [columns.map(([title]) => title), ...filled];
  const widths = columns.map((_, column) => Math.max(3, ...cells.map((line) => line[column].length)));
  const lines = cells.map((line) => `| ${line.map((cell, column) => pad(cell, widths[column], column)).join(" | ")} |`);
  lines.splice(1, 0, `| ${widths.map((width, column) => (column ? ":" : "-").padStart(width, "-")).join(" | ")} |`);
  return lines.join("\n");
}

const pad = (cell, width, column) => (column ? cell.padStart(width) : cell.padEnd(width));
