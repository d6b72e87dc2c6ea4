// A release is built with exactly the pinned Rust, Node and npm.
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT, run } from "./place.js";

const pinned = Object.fromEntries(
  readFileSync(`${ROOT}tools/release-toolchain`, "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split(" ")),
);

/** `tools/need release` on a machine with these versions. */
async function need(t, versions) {
  const folder = mkdtempSync(join(tmpdir(), "consul-peering-release-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const said = {
    rustc: `rustc ${versions.rust} (0123456789 2026-01-01)`,
    node: `v${versions.node}`,
    npm: versions.npm,
  };
  for (const [tool, text] of Object.entries(said)) {
    writeFileSync(join(folder, tool), `#!/bin/sh\necho '${text}'\n`);
    chmodSync(join(folder, tool), 0o700);
  }
  return run(`${ROOT}tools/need`, ["release"], { env: { ...process.env, PATH: `${folder}:${process.env.PATH}` } });
}

test("the versions are exact", () => {
  assert.deepEqual(Object.keys(pinned), ["rust", "node", "npm"]);
  for (const version of Object.values(pinned)) assert.match(version, /^\d+\.\d+\.\d+$/);
});

test("a machine with these versions may build a release", (t) => need(t, pinned));

for (const tool of ["rust", "node", "npm"]) {
  test(`a machine with another ${tool} is refused`, async (t) => {
    await assert.rejects(need(t, { ...pinned, [tool]: "1.2.3" }), ({ code, stderr }) => {
      const line = `missing: ${tool} ${pinned[tool]}, which releases are built with (here is 1.2.3)\n`;
      assert.deepEqual([code, stderr], [1, line]);
      return true;
    });
  });
}
