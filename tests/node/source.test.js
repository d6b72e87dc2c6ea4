// The list of Consul's error texts (../recordings/source.json) is complete: every error in the files that it names is
// classified, or has a reason why it is not. ../refusals.rs tests each classification. Needs the source of the Consul
// that the tests build, from `make need` or `tools/consul`.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { textsIn } from "../consul/source-texts.js";

const read = (path) => readFileSync(new URL(path, import.meta.url), "utf8");
const files = JSON.parse(read("../recordings/source.json")).filter(({ module }) => module);
const requirements = read("../consul/go.mod");

/** Go's folder for the source of a module, in the version that the tests build. */
function folderOf(module) {
  const [, version] = new RegExp(`^\\s*${module} (v\\S+)`, "m").exec(requirements);
  return join(modules, `${module}@${version}`);
}

let modules;
try {
  modules = execFileSync("go", ["env", "GOMODCACHE"], { encoding: "utf8" }).trim();
} catch {
  modules = ""; // no Go
}
const skip = !files.every(({ module }) => existsSync(folderOf(module))) && "Consul's source is not on this machine";

const key = ({ function: name, says }) => `${name || "(file)"}: ${says}`;

describe("every text of an error in Consul's source is known", { skip }, () => {
  for (const { module, file, texts, elsewhere = {} } of files) {
    test(file, () => {
      const source = textsIn(readFileSync(join(folderOf(module), file), "utf8"));
      const reaching = source.filter(({ function: name, says }) => !(name in elsewhere) && !(says in elsewhere));
      assert.deepEqual(new Set(reaching.map(key)), new Set(texts.map(key)));
      const gone = Object.keys(elsewhere).filter(
        (name) => !source.some(({ function: within, says }) => name === within || name === says),
      );
      assert.deepEqual(gone, [], "not in the source any more");
    });
  }
});

test("finds a text on the line of its call, on the next one, and in an assignment", () => {
  const source = [
    'var errPlain = errors.New("plain")',
    "func (s *Server) Call() error {",
    '\t// fmt.Errorf("a comment")',
    '\treturn grpcstatus.Errorf(codes.Internal, "with a \\"code\\": %v", err)',
    "}",
    "func other() {",
    "\treturn fmt.Errorf(",
    '\t\t"on the next line %q", name)',
    '\terrMsg := "assigned"',
    '\tname := "no error"',
    "}",
  ].join("\n");
  assert.deepEqual(textsIn(source), [
    { function: "", says: "plain" },
    { function: "Call", says: 'with a "code": %v' },
    { function: "other", says: "on the next line %q" },
    { function: "other", says: "assigned" },
  ]);
});
