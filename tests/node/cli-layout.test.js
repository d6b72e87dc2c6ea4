// Tables and texts within the width of a terminal, and colours.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { columns, cut, displayWidth, paragraphs, wrap, wrapCommand } from "../../pkg/cli/layout.js";
import { createOutput, facts, table } from "../../pkg/cli/output.js";
import { createProgress } from "../../pkg/cli/progress.js";
import { colours } from "../../pkg/cli/terminal.js";
import { run, terminal } from "./command-line.js";

const lines = (text) => stripVTControlCharacters(text).trimEnd().split("\n");
const narrow = (width, env = {}) => colours(terminal({ columns: width }), env);

describe("width", () => {
  test("wide characters take two columns, marks none, colours none", () => {
    const expected = [
      ["eu", 2],
      ["größe", 5],
      ["日本", 4],
      ["ｅｕ", 4],
      ["ｱ", 1],
      ["한국", 4],
      ["🚀", 2],
      ["👩‍💻", 2],
      ["🇩🇪", 2],
      ["e\u0301", 1],
      ["…–", 2],
      ["\x1b[31meu\x1b[39m", 2],
      ["", 0],
    ];
    for (const [text, width] of expected) assert.equal(displayWidth(text), width, JSON.stringify(text));
  });

  test("a text is cut between characters", () => {
    assert.equal(cut("日本語", 5), "日本");
    assert.equal(cut("abc", 2), "ab");
    assert.equal(cut("abc", 9), "abc");
  });

  test("texts are wrapped between words", () => {
    assert.deepEqual(wrap("one two three", 7), ["one two", "three"]);
    assert.deepEqual(wrap("a-long-word b", 4), ["a-long-word", "b"]);
    assert.deepEqual(wrap("日本 語", 4), ["日本", "語"]);
    assert.equal(paragraphs("one\ntwo three\n\nfour", 10, "  "), "  one two\n  three\n\n  four");
  });

  test("a colour ends with its column", () => {
    const [first, second] = wrap("\x1b[31mone two\x1b[39m three", 3);
    assert.deepEqual([first, second], ["\x1b[31mone\x1b[0m", "\x1b[31mtwo\x1b[39m"]);
  });

  test("a wrapped command remains valid for a shell", () => {
    const command = `consul-peering list --json | jq -r '.[] | select(.state != "ACTIVE").peer_name'`;
    const wrapped = wrapCommand(command, 40, "  ");
    assert.ok(wrapped.includes("\n"));
    assert.equal(wrapped.replaceAll(/ \\\n +/g, " ").trim(), command);
  });
});

describe("tables", () => {
  const head = ["PEER", "STATE", "WHY"];
  const rows = [
    ["us", "ACTIVE", "a heartbeat older than two minutes, and a certificate authority that expires within 30 days"],
    ["日本", "FAILING", "short"],
  ];

  test("wide enough: a line each, aligned", () => {
    const text = lines(table(head, rows, narrow(200)));
    assert.equal(text.length, 3);
    assert.equal(displayWidth(text[2].slice(0, text[2].indexOf("FAILING"))), text[1].indexOf("ACTIVE"));
  });

  test("in a pipe, lines are not wrapped", () => {
    assert.equal(lines(table(head, rows, colours({ isTTY: false }, {}))).length, 3);
  });

  for (const width of [80, 40]) {
    test(`${width} columns: cells are wrapped between words`, () => {
      const text = lines(table(head, rows, narrow(width)));
      assert.ok(text.length > 3);
      assert.ok(
        text.every((line) => displayWidth(line) <= width),
        text.join("\n"),
      );
      assert.ok(text.join("\n").includes("FAILING"));
      assert.deepEqual(text.join(" ").split(/\s+/).sort(), [...head, ...rows.flat()].join(" ").split(" ").sort());
    });
  }

  test("too narrow for columns: a list of names and values", () => {
    const wide = [["onprem-eu-west-1.example", "ACTIVE", "acceptor", "onprem-us-east-1.example"]];
    const text = lines(table(["PEER", "STATE", "ROLE", "REMOTE"], [...wide, ...wide], narrow(40)));
    assert.deepEqual(text.slice(0, 6), [
      "PEER    onprem-eu-west-1.example",
      "STATE   ACTIVE",
      "ROLE    acceptor",
      "REMOTE  onprem-us-east-1.example",
      "",
      "PEER    onprem-eu-west-1.example",
    ]);
  });

  test("facts with a long value: the value below its name", () => {
    const id = "11111111-2222-3333-4444-555555555555";
    assert.deepEqual(
      lines(
        facts(
          [
            ["ID", id],
            ["State", "ACTIVE"],
          ],
          narrow(40),
        ),
      ),
      [
        // prettier-ignore
        "ID",
        `    ${id}`,
        "State",
        "    ACTIVE",
      ],
    );
    assert.deepEqual(columns([["a", "b"]], { width: 10 }), "a  b\n");
  });

  test("a line of progress fits, whatever its characters", () => {
    const stream = terminal({ columns: 40 });
    const progress = createProgress(stream, colours(stream, {}), true);
    progress.show("日本語".repeat(20));
    progress.clear();
    const [line] = stripVTControlCharacters(stream.text()).replaceAll("\r", "\n").trim().split("\n");
    assert.ok(displayWidth(line) <= 40, line);
  });
});

describe("colours", { concurrency: true }, () => {
  const bold = (stdout, env) => createOutput({ stdout, stderr: terminal(), env }, {}).colour.bold("x");

  test("on a terminal that supports them, and not with NO_COLOR", () => {
    assert.equal(bold(terminal(), { TERM: "xterm" }), "\x1b[1mx\x1b[22m");
    assert.equal(bold(terminal(), { TERM: "xterm", NO_COLOR: "" }), "\x1b[1mx\x1b[22m");
    assert.equal(bold(terminal(), { TERM: "xterm", NO_COLOR: "1" }), "x");
    assert.equal(bold(terminal(), { TERM: "dumb" }), "x");
    assert.equal(bold(Object.assign(terminal(), { isTTY: false }), { TERM: "xterm" }), "x");
  });

  test("FORCE_COLOR: enables colours in a pipe; 0 disables them; overrides NO_COLOR, without a warning", async () => {
    const [plain, forced, none, both] = await Promise.all(
      [{}, { FORCE_COLOR: "1" }, { FORCE_COLOR: "0" }, { FORCE_COLOR: "1", NO_COLOR: "1" }].map((env) =>
        run(["validate", "EU"], { env }),
      ),
    );
    assert.equal(plain.out, none.out);
    assert.doesNotMatch(plain.out, /\x1b/);
    assert.match(forced.out, /\x1b\[31minvalid\x1b\[39m/);
    assert.equal(stripVTControlCharacters(forced.out), plain.out);
    assert.deepEqual([both.out, both.err], [forced.out, ""]);
    const error = await run(["lits"], { env: { FORCE_COLOR: "1" } });
    assert.match(error.err, /^\x1b\[31mError:\x1b\[39m /);
    const json = await run(["validate", "EU", "--json"], { env: { FORCE_COLOR: "1" } });
    JSON.parse(json.out);
  });
});
