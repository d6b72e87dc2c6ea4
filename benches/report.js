// What is kept of a run: docs/benchmarks has the last two, with a picture; docs/benchmarks.md their tables. By itself,
// `node benches/report.js` makes the picture and the tables anew.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { format } from "prettier";
import { picture } from "./picture.js";
import { table } from "./table.js";

const docs = new URL("../docs/", import.meta.url);
const [first, second] = ["first", "second"].map((name) => new URL(`benchmarks/${name}.json`, docs));
const page = new URL("benchmarks.md", docs);
const [BEGIN, END] = ["<!-- measured: what stands here is written by make bench -->", "<!-- measured: end -->"];

/** The last two runs are kept: this is the second, and what was that is the first. */
export async function keep(results) {
  if (existsSync(second)) renameSync(second, first);
  const text = await format(JSON.stringify(results), { parser: "json", printWidth: 120 });
  writeFileSync(existsSync(first) ? second : first, text);
  await report();
}

async function report() {
  const runs = [second, first].filter((file) => existsSync(file)).map((file) => JSON.parse(readFileSync(file, "utf8")));
  writeFileSync(new URL("benchmarks/ratios.svg", docs), picture(runs[0]));
  const [before, rest] = readFileSync(page, "utf8").split(BEGIN);
  const after = rest.split(END)[1];
  const text = `${before}${BEGIN}\n\n${sections(runs)}\n\n${END}${after}`;
  writeFileSync(page, await format(text, { parser: "markdown", printWidth: 120 }));
}

function sections([run, other]) {
  const { machine, versions } = run;
  const names = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const on = `${machine.processor}, ${machine.cores} cores, ${machine.memory}, ${machine.system}`;
  const begun = (each) =>
    `${each.date.slice(0, 16).replace("T", " ")} UTC at a load of ${each.machine.load.toFixed(1)}`;
  const when = other ? `Begun ${begun(run)}; the other run ${begun(other)}.` : `Begun ${begun(run)}.`;
  const tables = Object.entries(run.families).map(
    ([name, { title, rows }]) => `### ${title}\n\n${table(rows, other?.families[name]?.rows)}`,
  );
  return [`On ${on}; ${names.join(", ")}.\n${when}`, ...tables].join("\n\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await report();
