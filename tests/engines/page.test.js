// The admin page in each browser engine, served by the project's own server in front of two simulated clusters.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { peeringToken } from "../node/secrets.js";
import { servePage } from "../page/browser.js";
import { behind, simulate } from "../page/scenes.js";
import { checkTable } from "../package/table.js";
import { ENGINES } from "./engines.js";
import { brightness, fits, journey } from "./journey.js";

const WHAT = "connect, token, establish, delete; phone width; dark mode";
const PHONE = { width: 390, height: 800 };
const screenshots = fileURLToPath(new URL("../../target/engines/", import.meta.url));
mkdirSync(screenshots, { recursive: true });
const rows = [];

for (const [name, start] of Object.entries(ENGINES)) {
  test(`${name}: ${WHAT}`, async (t) => {
    const simulator = await simulate(t, { clusters: ["east", "west"], speed: 20 });
    const open = () => servePage(t, behind(simulator));
    const engine = await start();
    t.after(() => engine.close());

    const tab = await engine.open();
    peeringToken(await journey(tab, await open()));
    await tab.screenshot(`${screenshots}${name}.png`);
    const light = await brightness(tab);
    await tab.close();

    const phone = await engine.open(PHONE);
    await phone.goto(await open());
    assert.ok(await fits(phone), "wider than a phone");
    await phone.screenshot(`${screenshots}${name}-phone.png`);
    await phone.close();

    const night = await darkTab(t, engine, start);
    await night.goto(await open());
    assert.ok((await brightness(night)) < 80 && light > 200, "dark, and light before");
    await night.screenshot(`${screenshots}${name}-dark.png`);
    await night.close();
    rows.push([name, WHAT, engine.version, "passed"]);
  });
}

/** A browser that takes its colours from the desktop is restarted for other ones. */
async function darkTab(t, engine, start) {
  if (!engine.startsDark) return engine.open({ dark: true });
  const dark = await start({ dark: true });
  t.after(() => dark.close());
  return dark.open();
}

test("docs/runtimes.md has these results", () => checkTable("page", rows));
