// Documents, help, messages and code use the field's own terms. AVOIDED lists words that readers stumble over, each with
// what to write instead; SCOPE lists the texts that are searched for them.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { COMMANDS } from "../../pkg/cli/commands/index.js";
import { commandHelp, groupHelp, mainHelp } from "../../pkg/cli/help.js";
import { colours } from "../../pkg/cli/terminal.js";
import { documents, REFERENCE, ROOT } from "./documents.js";
import { read } from "./examples.js";

const AVOIDED = [
  [/\b(stands?|stood|standing)\b/, "exists, existing"],
  [/\b(that|which|what|where there) (is|are|was|were) none\b/, "does not exist, missing; invalid"],
  [/\b(says? no|a no|wants? a look|in the way|goodbye)\b/, "error, refused; needs attention; existing"],
  [/\b(trouble|(what|goes|go|went|gone) wrong)\b/, "error, failure, failed"],
  [/\b(anew|once more|tr(y|ies|ied) again)\b/, "retry, recreate, again"],
  [/\b(look(s|ed|ing)? (at|on|after)|peek(s|ed|ing)?|glance|lookout)\b/, "read, fetch, check"],
  [/\b(told|hears?|(?<!un)heard)\b/, "report, notify, document"],
  [/\b(as|is|are|was|were) asked\b/, "requested"],
  [/\b(go|goes|going|went) on\b/, "continue"],
  [/\b(whoever|somebody|nobody|anybody|everybody|strangers?)\b/, "name the person or the program"],
  [/\b(ours|theirs)\b/, "name the owner"],
  [/\b(who (it|a cluster) is|whose it is)\b/, "identity, owner"],
  [/\b(judge(s|d|ment)?|judging|last sure)\b/, "validate, check, verify; last checked"],
  [/\bby hand\b/, "manually, hand-written"],
  [/\bof (its|their) own accord\b/, "by itself, automatically"],
  [/\bbeside\b/, "next to, compared with"],
  [/\b(slots?|lanes?)\b/, "concurrency limit"],
  [/\b(for ever|for good)\b/, "permanently"],
  [/\b(wish(es|ed)?|half a link|the house)\b/, "request; one-sided; the project"],
  [/\b(the other way round|at most ways|on its way out)\b/, "in the opposite direction; at most; DELETING"],
  [
    /\b(befalls?|befallen|unsaid|seen from|held against|in hand|pictures)\b/,
    "apply, affect; unreported; on; compare; image",
  ],
  [/\b(bad[- ]days?|moody|in the same breath)\b/, "outages, failures; in the same tick"],
  [/\b(lasting|survey(s|ed)?|mishaps?)\b/, "permanent, duration; fetch; failure"],
  [/\b(seen|saw)\b/, "read, observed, found"],
  [
    /\b(half of (a|the) (link|pair|peering)|(other|this|both|one|existing) hal(f|ves)|half a (link|disconnect|pair))\b/,
    "side",
  ],
  [/\bwhat will happen\b/, "preview, dry run, plan"],
  [/\b(nothing|none|undefined) where\b/, "None if, undefined if"],
  [/diall(ed|ing)/, "dialed, dialing: Consul's spelling"],
  [/—/, "a colon, a comma or a new sentence"],
];

/** Correct uses of these words, each with the reason; `where` is a file or a folder. */
const ALLOWED = [
  { where: "benches/", text: "ours", why: "a key of the stored results" },
  { where: "src/simulator/fault.rs", text: "try again", why: "a text of Consul" },
  { where: "tests/node/bench.test.js", text: "ours", why: "a key of the stored results" },
  { where: "tests/conformance/replay.js", text: "seen", why: "a key of the recordings" },
  { where: "tests/recorder/", text: "seen", why: "a key of the recordings" },
  { where: "tests/recorder/cases-settings.js", text: "once more", why: "a note in recordings" },
  { where: "tests/simulator/poll.rs", text: "seen", why: "a key of the recordings" },
  { where: "tests/simulator/poll.rs", text: "Seen", why: "a key of the recordings" },
];

const SELF = "tests/docs/words.test.js"; // its patterns
const isExample = (name) => /\.(js|html|yml|capnp)$/.test(name) && !name.includes("node_modules");
const below = (folder, isWanted) =>
  readdirSync(join(ROOT, folder), { recursive: true })
    .filter(isWanted)
    .map((name) => `${folder}/${name}`);

/** Code is searched as a whole: comments, messages, names, and titles of tests. */
const CODE = [".ci", "benches", "examples", "fuzz", "pkg", "src", "tests", "tools", "wit", "www", "Makefile", "*.toml"];
const isCode = (path) => /\.(rs|[cm]?[jt]s|toml|wit)$|^Makefile$|^(\.ci|tools)\/[^.]+$/.test(path);

/** Each part of the project that is searched: its texts by name. */
const SCOPE = {
  documents: () => [
    ...documents()
      .filter((path) => !path.startsWith(REFERENCE))
      .map((path) => [path, prose(read(path))]),
    ["examples/README.md", prose(read("examples/README.md"))],
  ],
  "help of the command line": () => {
    const colour = colours({ isTTY: false }, {});
    return [
      ["--help", mainHelp(COMMANDS, colour)],
      ["token --help", groupHelp("token", COMMANDS, colour)],
      ...COMMANDS.map((command) => [`${command.name} --help`, commandHelp(command, colour)]),
    ];
  },
  "texts of the command line": () =>
    below("pkg/cli", (name) => name.endsWith(".js")).map((path) => [path, strings(read(path))]),
  code: () =>
    execFileSync("git", ["ls-files", "--", ...CODE], { cwd: ROOT, encoding: "utf8" })
      .split("\n")
      .filter((path) => isCode(path) && path !== SELF)
      .map((path) => [path, `${read(path)}\n${path}`]),
  "programs of examples": () => below("examples", isExample).map((path) => [path, read(path)]),
};

/** A document without code, comments, addresses of links, and titles of tests, which are quoted in italics. */
function prose(markdown) {
  const blank = (text) => text.replaceAll(/[^\n]/g, " ");
  return markdown
    .replaceAll(/^( *)```[^]*?^\1```/gm, blank)
    .replaceAll(/<!--[^]*?-->/g, blank)
    .replaceAll(/`[^`]*`/g, blank)
    .replaceAll(/\]\([^)]*\)/g, blank)
    .replaceAll(/(?<![\w\\])_(?:\\_|[^_])+_(?!\w)/g, blank);
}

/** The string literals of a JavaScript file; line breaks keep the numbers of the lines. */
function strings(source) {
  const code = source.replaceAll(/^\s*(\/\/|\/?\*).*$/gm, "");
  let text = "";
  let at = 0;
  for (const { 0: literal, index } of code.matchAll(/"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g)) {
    text += `${code.slice(at, index).replaceAll(/[^\n]/g, "")} ${literal.replaceAll(/\$\{[^}]*\}/g, "…")}`;
    at = index + literal.length;
  }
  return text;
}

/** A line with the words of its names apart, snake_case and camelCase: `\b` finds no boundary in them. */
const apart = (line) => line.replaceAll("_", " ").replaceAll(/(?<=[a-z\d])(?=[A-Z])/g, " ");

/** Each avoided word in a text, with its place. */
function search(name, text) {
  const found = [];
  const allowed = ALLOWED.filter(({ where }) => name.startsWith(where)).map(({ text }) => text);
  for (const [at, line] of text.split("\n").entries()) {
    const searched = allowed.reduce((rest, quoted) => rest.replaceAll(quoted, ""), line);
    for (const [word, instead] of AVOIDED) {
      const [match] = new RegExp(word, "i").exec(apart(searched)) ?? [];
      if (match) found.push(`${name}:${at + 1}: "${match}" (write: ${instead})`);
    }
  }
  return found;
}

for (const [part, texts] of Object.entries(SCOPE)) {
  test(part, () => {
    const found = texts().flatMap(([name, text]) => search(name, text));
    assert.equal(found.length, 0, `\n${found.join("\n")}`);
  });
}

test("a pattern finds words in comments, messages and names, in any case", () => {
  const text =
    "// What Stands there\nthrow new Error(`${name} is TOLD`);\nconst wasTold = standing;\nfn nothing_stands() {}\nconst threshold = sold;";
  const places = search("file.js", text).map((found) => found.split(" (")[0]);
  assert.deepEqual(places, [
    'file.js:1: "Stands"',
    'file.js:2: "TOLD"',
    'file.js:3: "standing"',
    'file.js:3: "Told"',
    'file.js:4: "stands"',
  ]);
});

test("every allowed use exists", () => {
  const all = Object.values(SCOPE).flatMap((part) => part());
  for (const { where, text } of ALLOWED)
    assert.ok(
      all.some(([name, searched]) => name.startsWith(where) && searched.includes(text)),
      `${where}: "${text}" is not there`,
    );
});
