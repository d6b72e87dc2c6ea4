// Draws a run as an SVG chart for light and dark backgrounds: the ratios to the hand-written code and the shares of the
// limits, with the quartiles.
import { isWithin } from "./table.js";

const [LABELS, WIDTH, ROW, VALUES] = [460, 400, 24, 80];
const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600; font-size: 15px }
  .quiet { fill: #59636e; font-size: 12px }
  .paper { fill: #fff } .ours { fill: #3d56c9 } .over { fill: #c2410c }
  .grid { stroke: #d1d9e0 } .one { stroke: #59636e } .spread { stroke: #1f2328 } .bar { stroke: #15803d; stroke-width: 3 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .quiet { fill: #9198a1 } .paper { fill: #0d1117 } .ours { fill: #8b9df5 } .over { fill: #fb923c }
    .grid { stroke: #30363d } .one { stroke: #9198a1 } .spread { stroke: #e6edf3 } .bar { stroke: #4ade80 }
  }`;

/** @param {{ families: Record<string, { rows: import("./table.js").Row[] }> }} run */
export function chart(run) {
  const rows = Object.values(run.families).flatMap((family) => family.rows);
  const ratios = panel({
    title: "Compared with the equivalent hand-written code",
    legend: "bars: the ratio; lines: its quartiles; green: the limit; orange: over the limit",
    rows: rows.filter(({ ratio }) => ratio).map((row) => ({ ...row, value: row.ratio, most: asRatio(row) })),
    unit: "×",
    ticks: [0.01, 0.1, 1, 10, 100, 1000],
    from: 1,
    top: 0,
  });
  const bars = panel({
    title: "Compared with the limits",
    legend: "bars: the share of the limit; lines: the quartiles",
    rows: rows
      .filter(({ bar, ratio }) => bar && !ratio)
      .map((row) => ({ ...row, value: scaled(row[row.bar.of], 100 / row.bar.most), most: 100 })),
    unit: "%",
    ticks: [0, 50, 100, 150, 200],
    from: 0,
    top: ratios.bottom + 30,
  });
  const [width, height] = [LABELS + WIDTH + VALUES, bars.bottom + 10];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Cost of the module compared with the equivalent hand-written code">
<style>${STYLE}</style>
<rect class="paper" width="100%" height="100%" rx="6"/>
${ratios.text}
${bars.text}
</svg>
`;
}

const scaled = ({ median, low, high }, by) => ({ median: median * by, low: low * by, high: high * by });

/** The limit of a row, as a ratio to the hand-written code. */
function asRatio({ bar, raw }) {
  if (!bar) return undefined;
  const { of, most } = bar;
  return { ratio: most, ours: most / raw.median, difference: (raw.median + most) / raw.median }[of];
}

function panel({ title, legend, rows, unit, ticks, from, top }) {
  const scale = from === 0 ? (value) => value : Math.log10;
  const [least, most] = [scale(ticks[0]), scale(ticks.at(-1))];
  const x = (value) => {
    const share = (scale(Math.min(Math.max(value, ticks[0]), ticks.at(-1))) - least) / (most - least);
    return (LABELS + share * WIDTH).toFixed(1);
  };
  const [head, bottom] = [top + 70, top + 76 + rows.length * ROW];
  const line = (kind, a, b, y1, y2) => `<line class="${kind}" x1="${a}" x2="${b}" y1="${y1}" y2="${y2}"/>`;
  const text = (kind, at, y, what, anchor = "start") =>
    `<text class="${kind}" x="${at}" y="${y}" text-anchor="${anchor}">${escape(what)}</text>`;
  const parts = [text("title", 16, top + 28, title), text("quiet", 16, top + 48, legend)];
  for (const tick of ticks) {
    parts.push(text("quiet", x(tick), head - 6, `${tick} ${unit}`, "middle"));
    parts.push(line(tick === from ? "one" : "grid", x(tick), x(tick), head, bottom));
  }
  for (const [i, row] of rows.entries()) {
    const y = head + 6 + i * ROW;
    const { median, low, high } = row.value;
    const [a, b] = [Number(x(from)), Number(x(median))].sort((one, other) => one - other);
    const kind = row.bar && !isWithin(row) ? "over" : "ours";
    parts.push(text("", 16, y + 13, row.name.replaceAll("`", "")));
    parts.push(
      `<rect class="${kind}" x="${a}" width="${Math.max(1, b - a).toFixed(1)}" y="${y + 2}" height="14" rx="2"/>`,
    );
    parts.push(line("spread", x(low), x(high), y + 9, y + 9));
    if (row.most !== undefined) parts.push(line("bar", x(row.most), x(row.most), y, y + 18));
    const shown = median.toFixed(unit === "%" || median >= 100 ? 0 : 2);
    parts.push(text("", LABELS + WIDTH + VALUES - 12, y + 13, `${shown} ${unit}`, "end"));
  }
  return { text: parts.join("\n"), bottom };
}

const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
