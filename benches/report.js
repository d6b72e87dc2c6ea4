// Stores the last two runs in docs/benchmarks, and writes the chart and the tables of docs/benchmarks.md.
// `node benches/report.js` writes the chart and the tables from the stored runs.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { format } from "prettier";
import { chart } from "./chart.js";
import { table } from "./table.js";

const docs = new URL("../docs/", import.meta.url);
const [first, second] = ["first", "second"].map((name) => new URL(`benchmarks/${name}.json`, docs));
const page = new URL("benchmarks.md", docs);
const [BEGIN, END] = ["<!-- measured: written by make bench -->", "<!-- measured: end -->"];

/** Stores a run as the second; the previous second run becomes the first. */
export async function keep(results) {
  if (existsSync(second)) renameSync(second, first);
  const text = await format(JSON.stringify(results), { parser: "json", printWidth: 120 });
  writeFileSync(existsSync(first) ? second : first, text);
  await report();
}

async function report() {
  const runs = [second, first].filter((file) => existsSync(file)).map((file) => JSON.parse(readFileSync(file, "utf8")));
  writeFileSync(new URL("benchmarks/ratios.svg", docs), chart(runs[0]));
  const [before, rest] = readFileSync(page, "utf8").split(BEGIN);
  const after = rest.split(END)[1];
  const text = `${before}${BEGIN}\n\n${sections(runs)}\n\n${END}${after}`;
  writeFileSync(page, await format(text, { parser: "markdown", printWidth: 124, proseWrap: "always" }));
}

function sections([run, other]) {
  const { machine, versions } = run;
  const names = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const on = `${machine.processor}, ${machine.cores} cores, ${machine.memory}, ${machine.system}`;
  const begun = (each) =>
    `${each.date.slice(0, 16).replace("T", " ")} UTC at a load average of ${each.machine.load.toFixed(1)}`;
  const when = other ? `Started ${begun(run)}; the other run started ${begun(other)}.` : `Started ${begun(run)}.`;
  const tables = Object.entries(run.families).map(
    ([name, { title, rows }]) => `### ${title}\n\n${table(rows, other?.families[name]?.rows)}`,
  );
  return [`On ${on}; ${names.join(", ")}.\n${when}`, ...tables, `### Size by part\n\n${parts()}`].join("\n\n");
}

/** The parts of the module that are larger than a hundredth of it, uncompressed, as `make budget` has recorded them. */
function parts() {
  const { figures } = JSON.parse(readFileSync(new URL("budget.json", import.meta.url), "utf8"));
  const sizes = new Map();
  for (const [name, bytes] of Object.entries(figures)) {
    if (!name.startsWith("wasm ")) continue;
    const part = partOf(name.slice("wasm ".length));
    sizes.set(part, (sizes.get(part) ?? 0) + bytes);
  }
  const all = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
  const large = [...sizes].filter(([, bytes]) => bytes > all / 100).sort(([, a], [, b]) => b - a);
  const rest = all - large.reduce((sum, [, bytes]) => sum + bytes, 0);
  const rows = [...large, ["smaller parts", rest]].map(([part, bytes]) => {
    return `| ${part} | ${(bytes / 1_000).toFixed(1)} kB | ${((bytes / all) * 100).toFixed(1)} % |`;
  });
  return ["| part | size | share |", "| --- | ---: | ---: |", ...rows].join("\n");
}

/** Its subject: the same in every folder of src. */
function partOf(name) {
  if (name === "data") return "texts and other data";
  if (["core", "alloc", "std"].includes(name)) return "the standard library";
  return name.includes("/") ? `\`${name.split("/")[1]}\`` : `\`${name}\``;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await report();
