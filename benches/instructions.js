// How many instructions each pure rule takes, natively, as valgrind counts them: that does not depend on what else a
// machine does. Held against instructions.json.
import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { compiler, hold } from "./known.js";

const TIMES = 200;

function build() {
  const given = ["bench", "-q", "--locked", "--no-run", "--bench", "instructions", "--message-format=json"];
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  const told = execFileSync("cargo", given, { cwd, encoding: "utf8", maxBuffer: 2 ** 26 });
  const messages = told.trim().split("\n").map(JSON.parse);
  return messages.findLast(({ executable, target }) => executable && target.name === "instructions").executable;
}

/** What one time takes: of twice as many, less once, so that what a process does before and after falls out. */
function count(program, rule) {
  const of = (times) => {
    const given = ["--tool=callgrind", "--callgrind-out-file=/dev/null", program, rule, String(times)];
    const { status, stderr } = spawnSync("valgrind", given, { encoding: "utf8" });
    if (status !== 0) throw new Error(`valgrind, for ${rule}: ${stderr}`);
    return Number(/Collected : (\d+)/.exec(stderr)[1]);
  };
  return Math.round((of(2 * TIMES) - of(TIMES)) / TIMES);
}

if (process.platform === "linux" && process.arch === "x64") {
  const program = build();
  const rules = execFileSync(program, { encoding: "utf8" }).trim().split("\n");
  const figures = Object.fromEntries(rules.map((rule) => [rule, count(program, rule)]));
  hold(new URL("instructions.json", import.meta.url), { rustc: compiler(), figures, share: 0.05 });
} else {
  console.log(`not counted: the figures are of Linux on x64, and this is ${process.platform} on ${process.arch}`);
}
