// Reads texts and values of visible elements only; Playwright also reads those of hidden ones.
import assert from "node:assert/strict";

/** The text of an element that is visible. */
export async function textOf(locator) {
  await assertVisible(locator);
  return locator.evaluate((element) => element.innerText ?? element.textContent); // SVG has no innerText
}

/** The texts of all matching elements, which must be visible. */
export async function textsOf(locators) {
  return Promise.all((await locators.all()).map(textOf));
}

/** The value of a visible field. */
export async function valueOf(locator) {
  await assertVisible(locator);
  return locator.inputValue();
}

export async function assertVisible(locator) {
  const { width, height } = await boxOf(locator);
  assert.ok(width > 1 && height > 1, `${locator} is visible (${width} × ${height})`);
}

/** Waits until the element is visible. An element that the page replaces meanwhile has no box, and its successor is read. */
async function boxOf(locator) {
  for (;;) {
    await locator.waitFor();
    const box = await locator.boundingBox();
    if (box) return box;
  }
}

/** Waits until the element is visible and has the focus, which the page may set only after it has rendered. */
export async function untilFocusOn(locator) {
  await locator.and(locator.page().locator(":focus")).waitFor();
}

/** Asserts that an element has painted content, apart from its border. */
export async function assertPainted(page, locator) {
  await locator.scrollIntoViewIfNeeded();
  await assertVisible(locator);
  const { x, y, width, height } = await boxOf(locator);
  const clip = { x: x + INSET, y: y + INSET, width: width - 2 * INSET, height: height - 2 * INSET };
  const png = await page.screenshot({ clip, animations: "disabled", caret: "hide" });
  const colours = await page.evaluate(countColours, [...png]);
  assert.ok(colours > 1, `something is painted within ${locator}`);
}

const INSET = 4;

async function countColours(bytes) {
  const image = await createImageBitmap(new Blob([new Uint8Array(bytes)], { type: "image/png" }));
  const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  return new Set(new Uint32Array(data.buffer)).size;
}
