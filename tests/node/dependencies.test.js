// What the package brings with it, and what it is built with.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";

describe("dependencies", () => {
  const json = (path) => JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), "utf8"));

  test("the package has no runtime dependencies and no install scripts", () => {
    const { scripts = {}, ...shipped } = json("pkg/package.json");
    const brought = Object.keys(shipped).filter((key) => /dependencies/i.test(key));
    assert.deepEqual([brought, scripts], [[], {}]);
    for (const file of shipped.files.filter((name) => name.endsWith(".js"))) {
      const imported = [
        ...readFileSync(new URL(`../../pkg/${file}`, import.meta.url), "utf8").matchAll(/\bfrom ?"([^"]+)"/g),
      ];
      for (const [, from] of imported) assert.match(from, /^(\.\/|node:)/, file);
    }
  });

  const FREE = ["MIT", "ISC", "BSD-2-Clause", "BSD-3-Clause", "BlueOak-1.0.0", "Apache-2.0", "MPL-2.0"];
  test("build dependencies are pinned, unchanged and freely licensed", () => {
    const { "": own, ...packages } = json("package-lock.json").packages;
    assert.deepEqual(
      Object.keys(own).filter((key) => /dependencies/i.test(key)),
      ["devDependencies"],
    );
    for (const version of Object.values(own.devDependencies)) assert.match(version, /^\d+\.\d+\.\d+$/);
    for (const [name, { license, integrity, dev }] of Object.entries(packages)) {
      assert.ok(FREE.includes(license), `${name} ${license}`);
      assert.match(integrity, /^sha512-/, name);
      assert.equal(dev, true, name);
    }
  });
});
