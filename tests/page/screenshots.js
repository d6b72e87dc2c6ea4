// Creates docs/screenshots, with every view of the page: `make screenshots`.
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { generateToken } from "../../pkg/node.js";
import { PHONE, openPage, servePage, startBrowser } from "./browser.js";
import { act, dialogOf, field, outcome, press } from "./dialogs.js";
import { behindCatalogs, BROKEN, DENIED, serving, WORKING } from "./catalog.js";
import { behind, crowded, motley, simulate, uneven } from "./scenes.js";

const OUT = fileURLToPath(new URL("../../docs/screenshots/", import.meta.url));
const WIDE = { viewport: { width: 1280, height: 800 } };
const DARK = { ...WIDE, colorScheme: "dark" };
const NARROW = { viewport: { width: 320, height: 640 } };
const ON_A_PHONE = { viewport: PHONE };
const FORCED = { ...WIDE, forcedColors: "active" };
const SETTLED_MS = 1_000;

/** Shows what connecting two clusters would do. */
async function planned(page) {
  await act(page, "Connect");
  await dialogOf(page).getByLabel("Cluster").first().selectOption("us");
  await dialogOf(page).getByLabel("Cluster").last().selectOption("ap");
  const more = dialogOf(page).getByText("Name, meta and external addresses");
  await more.click();
  await dialogOf(page).getByLabel("None: the servers are").check();
  await more.click();
  await press(page, "Show the plan");
  await page.waitForTimeout(SETTLED_MS);
}

/** Pastes a peering token, and shows its contents; the token itself is masked. */
async function pasted(page) {
  await act(page, "Establish");
  const peering_token = await generateToken(tokens.clusters.far, { peer_name: "us" });
  await field(page, "Peering token from the other cluster").fill(peering_token);
}

/** Connects two clusters, and shows each step. */
async function connected(page) {
  await act(page, "Connect");
  await press(page, "Show the plan");
  await press(page, "Connect");
  await outcome(page);
  await page.locator("tbody tr", { hasText: "Healthy" }).waitFor(); // behind the dialog
}

/** Generates a peering token, which is masked. */
async function made(page) {
  await act(page, "Generate a peering token");
  await field(page, "Peer name of the other cluster on eu").fill("ap");
  await press(page, "Generate a peering token");
  await outcome(page);
}

/** Runs Troubleshoot, and shows the result. */
async function troubleshot(page) {
  await act(page, "Troubleshoot");
  await page.locator(".checks[open]").waitFor();
}

/** Shows the DNS names and the upstream of a service. */
async function inUse(page) {
  await page.locator(".progress", { hasText: /^Checked/ }).waitFor();
  await act(page, "DNS, upstream: web in us");
}

/** By scene: the file name, the address, the context options, the element to wait for, the preparation. */
const SHOTS = {
  motley: [
    ["list", "#/", WIDE, "tbody tr"],
    ["list-dark", "#/", DARK, "tbody tr"],
    ["list-narrow", "#/", NARROW, "tbody tr"],
    ["list-phone", "#/", ON_A_PHONE, "tbody tr"],
    ["list-forced-colours", "#/", FORCED, "tbody tr"],
    ["list-filtered", "#/", WIDE, "tbody tr", (page) => page.getByRole("button", { name: /^FAILING/ }).click()],
    ["cluster", "#/us", WIDE, ".panel dd"],
    ["cluster-token", "#/closed", WIDE, ".notice"],
    ["topology", "#topology", WIDE, ".edge", (page) => page.locator(".sign", { hasText: "FAILING" }).hover()],
    ["topology-dark", "#topology", DARK, ".edge"],
    ["topology-narrow", "#topology", NARROW, ".edge"],
    ["topology-forced-colours", "#topology", FORCED, ".edge"],
    ["peering", "#/us/eu", WIDE, ".facts"],
    ["peering-dark", "#/us/sa", DARK, ".facts"],
    ["peering-narrow", "#/us/eu", NARROW, ".facts"],
    ["peering-unknown", "#/us/unknown", WIDE, ".empty"],
    ["connect", "#/", WIDE, "tbody tr", planned],
    ["connect-narrow", "#/", NARROW, "tbody tr", (page) => act(page, "Connect")],
    ["establish", "#/us", DARK, "tbody tr", pasted],
    ["generate-a-token", "#/us", WIDE, "tbody tr", (page) => act(page, "Generate a peering token")],
    ["rotate", "#/us/eu", WIDE, ".facts", (page) => act(page, "Rotate")],
    ["delete", "#/us/eu", WIDE, ".facts", (page) => act(page, "Delete")],
    ["print", "#/us/eu", WIDE, ".facts", (page) => page.emulateMedia({ media: "print" })],
  ],
  empty: [
    ["empty", "#/", WIDE, ".empty"],
    ["connected", "#/", WIDE, ".empty", connected],
    ["token-made", "#/eu", WIDE, "tbody tr", made],
  ],
  working: [["services", "#/us/eu", WIDE, ".facts", inUse]],
  broken: [
    ["troubleshoot", "#/us/eu", WIDE, ".facts", troubleshot],
    ["troubleshoot-dark", "#/us/eu", DARK, ".facts", troubleshot],
    ["troubleshoot-phone", "#/us/eu", ON_A_PHONE, ".facts", troubleshot],
    ["troubleshoot-forced-colours", "#/us/eu", FORCED, ".facts", troubleshot],
    ["nothing-exported", "#/ap/eu", WIDE, ".facts", troubleshot],
  ],
  denied: [["troubleshoot-skipped", "#/us/eu", WIDE, ".facts", troubleshot]],
  alone: [["topology-one-cluster", "#topology", WIDE, ".edge"]],
  twelve: [
    ["topology-twelve-clusters", "#topology?view=topology", WIDE, ".edge"],
    ["topology-cluster", "#topology?view=topology", DARK, ".edge", (page) => page.locator("[data-node=dc05]").hover()],
    ["matrix", "#topology", WIDE, ".cell"],
    ["matrix-dark", "#topology", DARK, ".cell"],
    ["matrix-phone", "#topology", ON_A_PHONE, ".cell"],
    ["matrix-forced-colours", "#topology", FORCED, ".cell"],
  ],
  fifty: [
    ["matrix-fifty-clusters", "#topology", WIDE, ".cell"],
    ["matrix-fifty-clusters-dark", "#topology", DARK, ".cell"],
    ["matrix-fifty-clusters-phone", "#topology", ON_A_PHONE, ".cell"],
    ["matrix-fifty-clusters-forced-colours", "#topology", FORCED, ".cell"],
  ],
};
const SCENES = {
  motley: async () => {
    const [some, closed] = await Promise.all([
      motley(t),
      simulate(t, { clusters: [{ name: "closed", acl: true }] }),
      simulate(t, { clusters: ["far"] }).then((simulator) => (tokens = simulator)),
    ]);
    return { ...behind(some), ...behind(closed) };
  },
  working: async () => behindCatalogs(await serving(t), WORKING),
  broken: async () => behindCatalogs(await serving(t), BROKEN),
  denied: async () => behindCatalogs(await serving(t), DENIED),
  empty: async () => behind(await simulate(t, { clusters: ["eu", "us"] })),
  alone: async () => behind(await crowded(t, 24), ["hub"]),
  twelve: async () => behind(await uneven(t, 12)),
  fifty: async () => behind(await uneven(t, 50)),
};

const only = process.argv.slice(2); // names of some; none: all of them
const ends = [];
const t = { after: (end) => ends.unshift(end) };
let tokens; // where peering tokens come from
mkdirSync(OUT, { recursive: true });
const browser = await startBrowser(t);
for (const [scene, all] of Object.entries(SHOTS)) {
  const shots = all.filter(([name]) => only.length === 0 || only.includes(name));
  if (shots.length === 0) continue;
  const clusters = await SCENES[scene]();
  for (const shot of shots) await take(clusters, shot, scene === "motley");
}

/** Takes one screenshot, and closes its page: open pages keep polling. */
async function take(clusters, [name, hash, look, there, act], isShort) {
  const ends = [];
  const own = { after: (end) => ends.unshift(end) };
  const page = await openPage(own, browser, await servePage(own, clusters), { hash, ...look });
  await page.locator(there).first().waitFor({ state: "attached" });
  await read(page);
  await page.waitForTimeout(SETTLED_MS);
  await act?.(page);
  await read(page);
  const isModal = await page.evaluate(() => document.querySelector("dialog[open]") !== null); // what is behind it ends with the window
  await page.screenshot({
    path: `${OUT}${name}.png`,
    fullPage:
      ((look === NARROW || name.startsWith("troubleshoot")) && !isModal) ||
      (hash === "#topology" && isShort) ||
      name === "print",
    animations: "disabled",
  });
  console.log(`docs/screenshots/${name}.png`);
  for (const end of ends) await end();
}

/** Waits until the status of every cluster is known; on a busy machine, some are slow at first. */
async function read(page) {
  await page.waitForFunction(() => !document.querySelector("#clusters :is([data-status=reading], [data-status=slow])"));
}
for (const end of ends) await end();
