// How many instructions each pure rule takes, natively, as valgrind counts them: the count does not depend on what else
// the machine does. It is compared with instructions.json. The program is compiled as the tests are, whose crates it
// shares: the count shows that a rule takes more steps than before, not how quick the released module is.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compiler, compareWithBaseline } from "./baseline.js";

const TIMES = 20;

function build() {
  const words = [
    "bench",
    "-q",
    "--locked",
    "--no-run",
    "--profile=test",
    "--bench=instructions",
    "--message-format=json",
  ];
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  const output = execFileSync("cargo", words, { cwd, encoding: "utf8", maxBuffer: 2 ** 26 });
  const messages = output.trim().split("\n").map(JSON.parse);
  return messages.findLast(({ executable, target }) => executable && target.name === "instructions").executable;
}

/** The instructions of each rule: valgrind counts inside `measured`, and writes a file each time that returns. */
function count(program) {
  const folder = mkdtempSync(join(tmpdir(), "instructions-"));
  try {
    const counts = join(folder, "counts");
    const measured = "instructions::measured";
    const words = ["--tool=callgrind", `--toggle-collect=${measured}`, `--dump-after=${measured}`];
    const { status, stdout, stderr } = spawnSync(
      "valgrind",
      [...words, `--callgrind-out-file=${counts}`, program, String(TIMES)],
      {
        encoding: "utf8",
      },
    );
    if (status !== 0) throw new Error(`valgrind failed: ${stderr}`);
    return stdout
      .trim()
      .split("\n")
      .map((rule, i) => {
        const [, total] = /^totals: (\d+)$/m.exec(readFileSync(`${counts}.${i + 1}`, "utf8"));
        return [rule, Math.round(total / TIMES)];
      });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (process.platform === "linux" && process.arch === "x64") {
  const figures = Object.fromEntries(count(build()));
  compareWithBaseline(new URL("instructions.json", import.meta.url), { rustc: compiler(), figures, share: 0.05 });
} else {
  console.log(`not counted: the figures are of Linux on x64, and this is ${process.platform} on ${process.arch}`);
}
