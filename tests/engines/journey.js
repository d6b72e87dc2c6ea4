// A user's way through the admin page in any engine: connect two clusters, generate a token and establish with it,
// delete. It finds controls by visible text, and clicks and types as a user does.
import assert from "node:assert/strict";

const PATIENCE_MS = 120_000;
/** The most characters of a text that are typed key by key. */
const TYPED = 20;

/** @param {import("./engines.js").Tab} tab */
export async function journey(tab, url) {
  await tab.goto(url);
  await until(tab, () => document.querySelector("h1") !== null, "the page");
  await tab.evaluate(() => {
    globalThis.violations = [];
    addEventListener("securitypolicyviolation", ({ violatedDirective }) =>
      globalThis.violations.push(violatedDirective),
    );
  });

  await press(tab, "Connect", "header, main");
  await press(tab, "Show the plan", "dialog");
  await press(tab, "Connect", "dialog");
  await observed(tab, "are connected: ACTIVE on both sides.");
  await press(tab, "Done", "dialog");
  await until(tab, () => /ACTIVE/.test(document.querySelector("main").innerText), "an ACTIVE peering in the list");

  await show(tab, "#/east");
  await press(tab, "Generate a peering token", "main");
  await type(tab, "Peer name of the other cluster on east", "spare");
  await press(tab, "Generate a peering token", "dialog");
  await until(tab, () => document.querySelector("dialog textarea[readonly]") !== null, "the made token");
  await press(tab, "Reveal", "dialog");
  const token = await tab.evaluate(() => {
    const area = [...document.querySelectorAll("dialog textarea")].find((each) => each.value.startsWith("eyJ"));
    const { width, height } = area.getBoundingClientRect();
    return area.checkVisibility() && width > 100 && height > 20 ? area.value : "";
  });
  assert.match(token, /^eyJ/, "the token is visible");
  await press(tab, "Copy the peering token", "dialog");
  // Copied, or, if the browser does not allow it, shown and selected: never lost without confirmation.
  await until(
    tab,
    () => {
      const { innerText } = document.querySelector("dialog[open]");
      return /Copied: the peering token|The peering token is selected/.test(
        innerText + document.querySelector("[role=status]")?.textContent,
      );
    },
    "whether it was copied",
  );
  await tab.evaluate(() => {
    document.querySelector("dialog[open] .close").click();
  });
  if (await tab.evaluate(() => Boolean(document.querySelector("dialog[open]")))) {
    await press(tab, "Close without copying", "dialog");
  }

  await show(tab, "#/west");
  await press(tab, "Establish", "main");
  await type(tab, "Peering token from the other cluster", token);
  await type(tab, "Peer name of the other cluster on west", "reserve");
  await press(tab, "Establish", "dialog");
  await observed(tab, "“reserve” on west is ACTIVE.");
  await press(tab, "Done", "dialog");

  await show(tab, "#/west/reserve");
  await press(tab, "Delete", "main");
  await tab.evaluate(() => {
    [...document.querySelectorAll("dialog[open] label")]
      .find((label) => /Only the side/.test(label.innerText))
      ?.click();
  });
  await type(tab, "Type reserve to confirm", "reserve");
  await press(tab, "Delete", "dialog");
  await observed(tab, "“reserve” on west was deleted.");
  await press(tab, "Done", "dialog");

  assert.deepEqual(await tab.evaluate(() => globalThis.violations), [], "violations of the Content-Security-Policy");
  return token;
}

/** Whether the page is exactly as wide as its window. */
export const fits = (tab) =>
  tab.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth);

/** The page's background, from 0 (black) to 255. */
export const brightness = (tab) =>
  tab.evaluate(() => {
    const [red, green, blue] = getComputedStyle(document.body)
      .backgroundColor.match(/[\d.]+/g)
      .map(Number);
    return (red + green + blue) / 3;
  });

const show = (tab, hash) => tab.evaluate((to) => void (location.hash = to), hash);

/** Clicks the button of that name. */
async function press(tab, name, within) {
  await mark(tab, { name, within, kind: "button" });
  await tab.click("[data-next]");
}

/** Types a text; of a long one, such as a pasted token, only the end. */
async function type(tab, label, text) {
  await mark(tab, { name: label, within: "dialog", kind: "input, textarea" });
  await tab.evaluate(
    (pasted) => {
      const field = document.querySelector("[data-next]");
      field.value = pasted;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.setSelectionRange(pasted.length, pasted.length);
    },
    text.slice(0, -TYPED),
  );
  await tab.type("[data-next]", text.slice(-TYPED));
}

const observed = (tab, text) =>
  until(tab, (text) => document.querySelector("dialog[open]")?.innerText.includes(text) ?? false, `“${text}”`, text);

/** Marks the only visible control of that name, once it exists and is enabled. */
const mark = (tab, what) =>
  until(
    tab,
    ({ name, within, kind }) => {
      const visible = [...document.querySelectorAll(`:is(${within}) :is(${kind})`)].filter(
        (each) => each.checkVisibility() && !each.disabled && each.ariaDisabled !== "true",
      );
      const nameOf = (each) => (each.ariaLabel ?? each.labels?.[0]?.innerText ?? each.innerText).trim();
      const found = visible.find((each) => nameOf(each) === name);
      document.querySelector("[data-next]")?.removeAttribute("data-next");
      found?.setAttribute("data-next", "");
      return found !== undefined;
    },
    `${what.kind} “${what.name}”`,
    what,
  );

async function until(tab, condition, what, argument) {
  const end = performance.now() + PATIENCE_MS;
  while (!(await tab.evaluate(condition, argument))) {
    if (performance.now() > end)
      assert.fail(`never observed: ${what}\n${await tab.evaluate(() => document.body.innerText)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
