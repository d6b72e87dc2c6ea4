// CONTRIBUTING.md: its targets are the Makefile's, its commands run one test, and its files exist.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ROOT, rows } from "../documents.js";
import { read } from "../examples.js";
import { assertMakes, assertNamesFiles, commands } from "../programs.js";

export default async function story(t, take) {
  await t.test("the targets are the Makefile's", async () => {
    const table = rows("CONTRIBUTING.md", "Set up");
    const makefile = read("Makefile");
    const described = [...makefile.matchAll(/^([a-z-]+):.*## (.*)$/gm)];
    assert.deepEqual(
      table.map(([target, description]) => [target, description]),
      described.map(([, target, description]) => [`\`make ${target}\``, description]),
    );
    const [, phony] = /^\.PHONY: (.*)$/m.exec(makefile);
    const withoutRule = phony.split(" ").filter((target) => !new RegExp(`^${target}:(?! export)`, "m").test(makefile));
    assert.deepEqual(withoutRule, [], "targets without a rule");
    const documented = described.map(([, target]) => `make ${target}`);
    await assertMakes([...commands(take("Set up", "sh")), ...commands(take("Set up", "sh")), ...documented]);
    const parts = [...makefile.matchAll(/^(?:CHAINS|SUITES) := (.*)$/gm)].flatMap(([, list]) => list.split(/[ ,]/));
    assert.ok(parts.includes("native") && parts.includes("node"), parts.join());
    const missing = parts.filter((part) => !documented.includes(`make ${part}`));
    assert.deepEqual(missing, [], "parts of make test");
  });

  await t.test("the command runs one test", () => {
    const [native, build, inNode, ofDocuments] = commands(take("Tests", "sh"));
    const [, target] = /^cargo test --test (\w+)$/.exec(native);
    assert.ok([`${target}.rs`, `${target}/main.rs`].some((path) => existsSync(join(ROOT, "tests", path))));
    assert.equal(build, "make build");
    const [, file] = /^CONSUL="\$\(tools\/consul\)" node --test (\S+)$/.exec(inNode);
    assert.ok(existsSync(join(ROOT, file)));
    // This is the command of this test, for another document.
    const [, pattern, here] = /^node --test --test-name-pattern="(\w+)" (\S+)$/.exec(ofDocuments);
    assert.equal(here, "tests/docs/blocks.test.js");
    assert.ok(existsSync(join(ROOT, `docs/${pattern}.md`)));
    return assertMakes(commands(take("Tests", "sh")));
  });

  await t.test("the files that it names exist", () => assertNamesFiles("CONTRIBUTING.md"));
}
