// Creates and updates elements. Nothing here parses markup: the page runs under Trusted Types.

/**
 * @typedef {Node | string | false | null | undefined | Child[]} Child  null, undefined and false are ignored
 * @typedef {string | number | boolean | null | undefined} Value  of an attribute
 * @typedef {Record<string, unknown>} Props  attributes; `on…` are listeners, `value` and `checked` properties
 */

const SVG = "http://www.w3.org/2000/svg";

/**
 * `h("button", { type: "button", onclick }, "Copy")`
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Props} props
 * @param {Child[]} children
 */
export const h = (tag, props, ...children) => fill(document.createElement(tag), props, children);
/**
 * Like `h`, for SVG.
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Props} props
 * @param {Child[]} children
 */
export const svg = (tag, props, ...children) => fill(document.createElementNS(SVG, tag), props, children);

/**
 * @template {Element} E
 * @param {E} element
 * @param {Props} props
 * @param {Child[]} children
 */
function fill(element, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else if (name === "value" || name === "checked") Object.assign(element, { [name]: value });
    else setAttribute(element, name, /** @type {Value} */ (value));
  }
  element.append(...present(children));
  return element;
}

/**
 * @param {Child[]} children
 * @returns {(Node | string)[]}
 */
const present = (children) =>
  children.flatMap((child) =>
    Array.isArray(child) ? present(child) : child == null || child === false ? [] : [child],
  );

/**
 * An element of index.html.
 * @param {string} id
 */
export const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/**
 * Sets an attribute if its value differs. null and false remove it, true sets it to "".
 * @param {Element} element
 * @param {string} name
 * @param {Value} value
 */
export function setAttribute(element, name, value) {
  const text = value === true ? "" : String(value);
  if (value == null || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

/**
 * Sets a text if it differs, so that an unchanged text keeps its selection and the position of screen readers.
 * @param {Node} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Replaces the children of an element if `key` differs from that of the last call.
 * @param {Element & { contentKey?: string }} element
 * @param {unknown} key  plain data
 * @param {() => Child} children
 */
export function setContent(element, key, children) {
  const text = JSON.stringify(key) ?? "";
  if (element.contentKey === text) return;
  element.contentKey = text;
  element.replaceChildren(...present([children()]));
}

/**
 * Updates the children of `parent` to match `items`, in the same order. Existing elements are kept, with their focus; only
 * missing ones are created, and obsolete ones removed.
 * @template Item
 * @template {Element} E
 * @param {Element & { keyedChildren?: Map<string, Element> }} parent
 * @param {Item[]} items
 * @param {(item: Item) => string} keyOf
 * @param {(item: Item) => E} make
 * @param {(element: E, item: Item, index: number) => void} [update]
 */
export function keyed(parent, items, keyOf, make, update) {
  const existing = /** @type {Map<string, E>} */ (parent.keyedChildren ??= new Map());
  const active = /** @type {HTMLElement | null} */ (document.activeElement);
  const wanted = new Map(items.map((item) => [keyOf(item), item]));
  for (const [key, element] of existing) {
    if (wanted.has(key)) continue;
    element.remove();
    existing.delete(key);
  }
  let next = parent.firstElementChild;
  let index = 0;
  for (const [key, item] of wanted) {
    let element = existing.get(key);
    if (!element) existing.set(key, (element = make(item)));
    update?.(element, item, index++);
    if (element === next) next = next.nextElementSibling;
    // An element that is moved by `insertBefore` loses the focus for a moment.
    else if (element.isConnected && parent.moveBefore) parent.moveBefore(element, next);
    else parent.insertBefore(element, next);
  }
  if (active !== document.activeElement && active?.isConnected) active.focus({ preventScroll: true });
}
