// Runs every test in this folder and writes the result of each case to `results`, as JSON and as a document, by date.
// Takes about three minutes.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";
import { format } from "prettier";
import { findConsul } from "../../pkg/cli/find-consul.js";
import { staySecret } from "../node/secrets.js";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const secretsFile = here("../../target/long-test-secrets.txt");

mkdirSync(here("../../target"), { recursive: true });
mkdirSync(here("results"), { recursive: true });
rmSync(secretsFile, { force: true });
process.env.TEST_SECRETS_FILE = secretsFile;

const { version } = await findConsul(process.env);
const cases = [];
/** Results contain nothing of one machine or one run: no port, no address. */
const neutral = (text) => text.replaceAll(/127\.0\.0\.1:\d+(->127\.0\.0\.1:\d+)?/g, "<address>");
const ended = (passed) => (event) => {
  if (event.details.type === "suite") return;
  const seconds = Math.round(event.details.duration_ms / 100) / 10;
  cases.push({ case: event.name, passed, seconds, outcomes: [] });
};

const files = readdirSync(here("."))
  .filter((name) => name.endsWith(".test.js"))
  .map((name) => here(name));
const events = run({ files, concurrency: 1 });
events.on("test:pass", ended(true));
events.on("test:fail", ended(false));
events.on("test:diagnostic", ({ nesting, message }) => nesting > 0 && cases.at(-1)?.outcomes.push(neutral(message)));
let shown = "";
for await (const chunk of events.compose(spec)) {
  shown += chunk;
  process.stdout.write(chunk);
}

const day = new Date().toISOString().slice(0, 10);
const json = await format(JSON.stringify({ day, consul: version, cases }), { parser: "json", printWidth: 120 });
const report = [
  `# Outages of real servers, ${day}`,
  `Consul ${version}, \`make test-all\`.\n`,
  "| case | outcome | seconds |\n| --- | --- | --- |",
  ...cases.map((it) => `| ${it.case} | ${it.passed ? "as promised" : "**not as promised**"} | ${it.seconds} |`),
  "\n## What was observed\n",
  ...cases.flatMap((it) => [`### ${it.case}`, ...it.outcomes.map((outcome) => `- ${outcome}`)]),
].join("\n");
const markdown = await format(report, { parser: "markdown", printWidth: 120 });

const secret = staySecret(shown + json + markdown, secretsFile);
if (secret) {
  writeFileSync(here(`results/${day}.json`), json);
  writeFileSync(here(`results/${day}.md`), markdown);
}
if (cases.length === 0 || cases.some(({ passed }) => !passed) || !secret) process.exitCode = 1;
