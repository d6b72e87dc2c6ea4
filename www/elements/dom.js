// Elements, made and changed piece by piece. Nothing here parses markup: the page runs under Trusted Types.

const SVG = "http://www.w3.org/2000/svg";

/** `h("button", { type: "button", onclick }, "Copy")`. Children that are null, undefined or false are left out. */
export const h = (tag, props, ...children) => fill(document.createElement(tag), props, children);
/** As `h`, in a drawing. */
export const svg = (tag, props, ...children) => fill(document.createElementNS(SVG, tag), props, children);

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked") element[name] = value;
    else setAttribute(element, name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return element;
}

/** Writes what is another; null and false take the attribute away, true leaves it empty. */
export function setAttribute(element, name, value) {
  if (value == null || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value === true ? "" : value)) {
    element.setAttribute(name, value === true ? "" : value);
  }
}

/** Writes a text where it is another, so that a selection in it and a reader's place outlast what did not change. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Puts `children` in place of what an element has, where `key` is not the one of the last time. */
export function setContent(element, key, children) {
  const text = JSON.stringify(key) ?? "";
  if (element.contentKey === text) return;
  element.contentKey = text;
  element.replaceChildren(...[children()].flat(Infinity).filter((child) => child != null && child !== false));
}

/**
 * Makes the children of `parent` those of `items`, in their order. What is there already stays the same element, with its
 * focus; only what is new is made, what is gone removed.
 * @param {(item) => string} keyOf
 * @param {(item) => Element} make
 * @param {(element, item, index: number) => void} [update]
 */
export function keyed(parent, items, keyOf, make, update) {
  const standing = (parent.keyedChildren ??= new Map());
  const active = document.activeElement;
  const wanted = new Map(items.map((item) => [keyOf(item), item]));
  for (const [key, element] of standing) {
    if (wanted.has(key)) continue;
    element.remove();
    standing.delete(key);
  }
  let next = parent.firstElementChild;
  let index = 0;
  for (const [key, item] of wanted) {
    let element = standing.get(key);
    if (!element) standing.set(key, (element = make(item)));
    update?.(element, item, index++);
    if (element === next) next = next.nextElementSibling;
    // An element that is moved by `insertBefore` loses the focus for a moment.
    else if (element.isConnected && parent.moveBefore) parent.moveBefore(element, next);
    else parent.insertBefore(element, next);
  }
  if (active !== document.activeElement && active?.isConnected) active.focus({ preventScroll: true });
}
