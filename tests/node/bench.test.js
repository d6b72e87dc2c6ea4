// The figures of the benchmarks are right. At full length, every row is measured once in its quick form, which needs no
// Consul, and has plausible figures. No time is asserted.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { inTurns } from "../../benches/pair.js";
import { chart } from "../../benches/chart.js";
import { exponent, spread } from "../../benches/statistics.js";
import { table } from "../../benches/table.js";
import { atLength } from "../extent.js";

const FAMILIES = ["weight", "offline", "read", "list", "start", "memory", "mesh", "page", "growth"];
const folder = mkdtempSync(join(tmpdir(), "consul-peering-bench-"));
after(() => rmSync(folder, { recursive: true }));

describe("quickly", { skip: !atLength && "takes long: make test-all" }, () => {
  let run, rows;
  before(() => {
    const [script, file] = [
      fileURLToPath(new URL("../../benches/run.js", import.meta.url)),
      join(folder, "quick.json"),
    ];
    execFileSync(process.execPath, [script, "--quick", "--json", file], { stdio: ["ignore", "ignore", "inherit"] });
    run = JSON.parse(readFileSync(file, "utf8"));
    rows = Object.values(run.families).flatMap((family) => family.rows);
  });
  const named = (name) => rows.find((row) => row.name === name);

  test("every family is measured, and names its machine", () => {
    assert.deepEqual(Object.keys(run.families), FAMILIES);
    assert.deepEqual([run.quick, run.versions.node], [true, process.versions.node]);
    assert.ok(Math.abs(Date.now() - Date.parse(run.date)) < 3_600_000);
    assert.equal(new Set(rows.map(({ name, growth }) => name + growth?.of)).size, rows.length);
  });

  test("every figure is plausible", () => {
    for (const { name, ours, raw, ratio, bar, growth } of rows) {
      for (const one of [ours, raw, ratio].filter(Boolean)) {
        assert.ok(0 < one.low && one.low <= one.median && one.median <= one.high && one.high < 1e12, name);
      }
      if (raw) assert.ok(ratio.low <= ours.high / raw.low && ratio.high >= ours.low / raw.high, name);
      if (bar) assert.ok(bar.most > 0 && ["ours", "ratio", "difference"].includes(bar.of), name);
      if (!growth) continue;
      assert.ok(growth.points.length >= 3 && growth.points.every(([size, cost]) => size > 0 && cost > 0), name);
      assert.ok(Math.abs(growth.exponent) < 5, name);
    }
  });

  test("figures are in their order", () => {
    const [module, zipped] = [named("the module").ours.median, named("the module, gzip").ours.median];
    assert.equal(module, statSync(new URL("../../pkg/consul_peering_bg.wasm", import.meta.url)).size);
    assert.ok(zipped < module && zipped < named("module, glue and loader, gzip").ours.median);
    for (const side of ["ours", "raw"]) {
      const [one, all] = [named("`list` of 1"), named("`list` of 10,000")].map((row) => row[side].median);
      assert.ok(all > one, `${side}: ${one} ms for one, ${all} ms for 10,000`);
      const [call, check] = [named("`read`"), named("`validatePeerName`: valid, 20 characters")];
      assert.ok(call[side].median > check[side].median, side);
    }
  });

  test("the tables and the diagram have every row, and mark a missed limit", () => {
    for (const { rows } of Object.values(run.families)) {
      assert.equal(table(rows, rows).split("\n").length, rows.length + 2);
    }
    const drawn = chart(run);
    for (const { name, ratio } of rows) if (ratio) assert.ok(drawn.includes(`>${name.replaceAll("`", "")}<`), name);
    const row = { ...named("`read`"), name: "missed", bar: { of: "ratio", most: 0.01 } };
    assert.match(table([row]), /✗ ≤ 0\.01 ×/);
    assert.match(chart({ families: { one: { rows: [row] } } }), /class="over"/);
  });
});

test("half of all values are within the quartiles", () => {
  assert.deepEqual(spread([5, 1, 4, 2, 3]), { median: 3, low: 2, high: 4 });
  assert.deepEqual(spread([2, 1]), { median: 1.5, low: 1.25, high: 1.75 });
});

test("growth: the exponent of a line is 1, of a square 2, with any offset", () => {
  const points = (cost) => [3, 10, 50].map((size) => [size, cost(size)]);
  assert.equal(exponent(points((size) => 7 * size)).toFixed(6), "1.000000");
  assert.equal(exponent(points((size) => size ** 2 / 9)).toFixed(6), "2.000000");
});

test("ratio: unaffected by a machine that gets slower", async () => {
  let slowness = 1;
  const takes = (ms) => async () => ms * slowness++;
  const { ratio, blocks } = await inTurns(takes(30), takes(10), 40);
  assert.equal(blocks, 40);
  assert.ok(Math.abs(ratio.median - 3) < 1e-9, `${ratio.median}`);
});
