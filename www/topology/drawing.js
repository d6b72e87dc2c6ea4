// The SVG drawing: nodes, edges and keyboard navigation.
import { setAttribute, svg } from "../elements/dom.js";
import { namesOf } from "../clusters/links.js";
import { graphOf, hrefOfLink, LINE } from "./graph.js";
import { arrowAt, branch, curve, NARROW, placer, samplesOf } from "./layout.js";
import { shape } from "../elements/state.js";
import { texts } from "./texts.js";
import { texts as all } from "../texts.js";

/**
 * @import { Link } from "../clusters/links.js"
 * @import { Edge, GraphOptions, Node } from "./graph.js"
 * @import { Line, Point, Rectangle } from "./layout.js"
 *
 * @typedef {Edge & Line & { isWide: boolean, arrow: Point & { angle: number } }} DrawnEdge  an edge with its position
 * @typedef {ReturnType<typeof placer>} Placer
 *
 * @typedef {object} Sign  the label of a link with its state
 * @property {string} state
 * @property {boolean} isWord  shows the word as well as the shape
 * @property {number[]} [positions]  candidates on the line, from 0 to 1
 */

/** Up to this number of links, each sign has a word. */
const WORDS_MAX = 12;
/** Up to this number of links, each has a sign; beyond it, only those that are not ACTIVE. */
const SIGNS_MAX = 60;
const LETTER = 8; // the approximate width of a letter
const SIGN = 22;
const ARROW = 10;
/** The font of the style sheet, in units of the drawing. */
const FONT = "600 13px system-ui, sans-serif";

/** @param {Link} link */
const labelOf = (link) => {
  const { acceptor, dialer } = link;
  const states = [...new Set([dialer.state, acceptor.state].filter((state) => state !== null))];
  const [from, to] = namesOf(link);
  return texts.edge(from, to, states.join(" / "), all.link.missing(link));
};

export class Drawing {
  element = svg("svg", { class: "mesh", role: "group" });
  #onDescribe;
  #context = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
  #current = 0;
  /** @type {Edge[]} */
  #edges = [];
  #key = ""; // identifies the current content

  /** @param {(text?: string) => void} onDescribe  called with the description of the element under the pointer or with focus */
  constructor(onDescribe) {
    this.#onDescribe = onDescribe;
    this.#context.font = FONT;
    this.element.addEventListener("keydown", (event) => this.#move(event));
    for (const kind of ["pointerover", "focusin"]) {
      this.element.addEventListener(kind, ({ target }) =>
        this.#highlight(/** @type {SVGElement} */ (target).closest("a")),
      );
    }
    for (const kind of ["pointerleave", "focusout"]) this.element.addEventListener(kind, () => this.#highlight(null));
  }

  /**
   * Highlights a link with its clusters, or a cluster with its links, and reports its description.
   * @param {Element | null} target
   */
  #highlight(target) {
    const { key, node } = /** @type {SVGElement | null} */ (target)?.dataset ?? {};
    const edges = this.#edges.filter(({ link, from, to }) => link.key === key || node === from || node === to);
    const isAny = key !== undefined || node !== undefined;
    const highlighted = new Set([node ?? "", ...edges.flatMap(({ link, from, to }) => [link.key, from, to])]);
    this.element.classList.toggle("has-highlight", isAny);
    for (const each of /** @type {Iterable<SVGElement>} */ (this.element.children)) {
      each.classList.toggle("highlighted", isAny && highlighted.has(each.dataset.key ?? each.dataset.node ?? ""));
    }
    const described = this.#links.find((each) => each === target || (key && each.dataset.key === key));
    this.#onDescribe(described?.ariaLabel ?? undefined);
  }

  /**
   * @param {string[]} aliases
   * @param {Link[]} links
   * @param {Omit<GraphOptions, "measure"> & { unit: number }} options  `width` in CSS pixels; `unit`: a sixteenth of the font
   *   size, in CSS pixels
   */
  draw(aliases, links, { width: pixels, unit, kinds, statuses }) {
    const width = pixels / unit;
    /** @param {string} text */
    const measure = (text) => this.#context.measureText(text).width;
    const { height, nodes, edges } = graphOf(aliases, links, { width, kinds, statuses, measure });
    const key = JSON.stringify([pixels, unit, nodes, edges.map(({ link, ...rest }) => [rest, labelOf(link)])]);
    if (key === this.#key) return;
    this.#key = key;
    this.#edges = edges;
    setAttribute(this.element, "viewBox", `0 0 ${Math.round(width)} ${Math.round(height)}`);
    setAttribute(this.element, "height", Math.round(height * unit));
    setAttribute(this.element, "class", edges.length > SIGNS_MAX ? "mesh dense" : "mesh");
    setAttribute(this.element, "aria-label", texts.label(aliases.length, links.length));
    const active = this.#links.findIndex((link) => link === document.activeElement);
    const taken = placer();
    for (const node of nodes) {
      const [own, ...below] = boxesOf(node);
      for (const box of [{ ...own, w: own.w + 8, h: own.h + 6 }, ...below]) taken.add(box);
    }
    const centre = { x: width / 2, y: height / 2 };
    const byKey = new Map(nodes.map((node) => [node.key, node]));
    const lines = edges.map((edge) => lineOf(edge, byKey, centre, width >= NARROW));
    for (const { arrow } of lines) taken.add({ ...arrow, w: ARROW, h: ARROW });
    // If there are few signs, keep them away from the other lines.
    const points = lines.length <= WORDS_MAX ? lines.map(samplesOf) : [];
    const signs = lines.flatMap((line, i) => drawSigns(line, taken, edges.length, points.toSpliced(i, 1).flat()));
    this.element.replaceChildren(
      ...lines.map(drawLine),
      ...signs, // above all lines
      ...nodes.map((node) => drawNode(node, links)),
    );
    this.#rove(Math.max(0, active));
    if (active >= 0) this.#links[Math.min(active, this.#links.length - 1)]?.focus();
  }

  get #links() {
    /** @type {NodeListOf<SVGAElement>} */
    const links = this.element.querySelectorAll("a:not(.sign)");
    return [...links];
  }

  /**
   * A roving tabindex: Tab focuses the current link, the arrow keys move to the others.
   * @param {number} index
   */
  #rove(index) {
    this.#current = index;
    this.#links.forEach((link, i) => setAttribute(link, "tabindex", i === index ? 0 : -1));
  }

  /** @param {KeyboardEvent} event */
  #move(event) {
    const count = this.#links.length;
    /** @type {Record<string, number | undefined>} */
    const steps = {
      ArrowRight: 1,
      ArrowDown: 1,
      ArrowLeft: -1,
      ArrowUp: -1,
      Home: -this.#current,
      End: count - 1 - this.#current,
    };
    const step = steps[event.key];
    if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.#rove((this.#current + step + count) % count);
    this.#links[this.#current].focus();
  }
}

/**
 * @param {Node} node
 * @param {Link[]} links
 */
function drawNode({ key, text, label, href, isKnown, kind, below, w, h, at }, links) {
  const own = links.filter(({ acceptor, dialer }) => [acceptor.alias, dialer.alias].includes(key));
  const name = [text, ...below].join(" ");
  const states = own.map(({ state }) => state);
  return svg(
    "a",
    {
      href,
      class: isKnown ? "node known" : "node",
      "data-node": key,
      "data-freshness": kind,
      "aria-label": isKnown ? texts.known(name, states) : texts.peer(name),
      transform: `translate(${at.x.toFixed(1)} ${at.y.toFixed(1)})`,
    },
    label === text ? null : svg("title", {}, text),
    svg("rect", { x: -w / 2, y: -h / 2, width: w, height: h, rx: h / 2 }),
    svg("text", { dy: "0.35em" }, label),
    below.map((line, i) => svg("text", { class: "more", y: h / 2 + (i + 0.9) * LINE }, ` ${line}`)),
  );
}

/**
 * The rectangles that a node covers: itself and the text below it.
 * @param {Node} node
 * @returns {Rectangle[]}
 */
function boxesOf({ at, w, h, below, textWidth = 0 }) {
  const own = { ...at, w, h };
  const height = below.length * LINE;
  return height > 0 ? [own, { x: at.x, y: at.y + (h + height) / 2, w: textWidth, h: height }] : [own];
}

/**
 * The line of an edge and its arrow. Branches between a cluster and a peer around it have the arrow at the peer.
 * @param {Edge} edge
 * @param {Map<string, Node>} byKey
 * @param {Point} centre
 * @param {boolean} isWide
 * @returns {DrawnEdge}
 */
function lineOf(edge, byKey, centre, isWide) {
  const { link, from, to, nth, isBranch = false } = edge;
  const isReversed = isBranch && from === link.key;
  const [start, end] = (isReversed ? [to, from] : [from, to]).map((key) => /** @type {Node} */ (byKey.get(key)));
  const line = isBranch ? branch(start.at, end.at, isWide) : curve(start.at, end.at, centre, nth);
  return { ...edge, ...line, isWide, arrow: arrowAt(line, boxesOf(end), isReversed) };
}

/** @param {DrawnEdge} line */
function drawLine({ link, path, arrow }) {
  const { x, y, angle } = arrow;
  return svg(
    "a",
    {
      href: hrefOfLink(link),
      class: "edge",
      "data-state": link.state,
      "data-key": link.key,
      "aria-label": labelOf(link),
    },
    svg("path", { class: "reach", d: path }),
    svg("path", { class: "line", d: path }),
    svg("path", {
      class: "arrow",
      d: `M0 0L${-ARROW} ${-ARROW / 2}V${ARROW / 2}z`,
      transform: `translate(${x.toFixed(1)} ${y.toFixed(1)}) rotate(${angle.toFixed(1)})`,
    }),
  );
}

/**
 * @param {DrawnEdge} line
 * @param {Placer} taken
 * @param {number} count  of all edges
 * @param {Point[]} others  points of the other lines
 */
function drawSigns({ link, at, isBranch, isWide }, taken, count, others) {
  return signsOf(link, { count, isBranch, isWide }).flatMap(({ state, positions, isWord }) => {
    const width = isWord ? SIGN + state.length * LETTER + 6 : SIGN;
    const position = taken.place({ at }, width, SIGN, { positions, others });
    if (position) return [drawSign(link, state, position, width)];
    // Without space for the word, only the shape is drawn; if the state is not ACTIVE, even over other elements.
    const small = taken.place({ at }, SIGN, SIGN) ?? (state === "ACTIVE" ? undefined : at(0.5));
    return small ? [drawSign(link, state, small, SIGN)] : [];
  });
}

/**
 * One sign if both sides have the same state, otherwise one near each end.
 * @param {Link} link
 * @param {{ count: number, isBranch?: boolean, isWide: boolean }} options
 * @returns {Sign[]}
 */
function signsOf({ acceptor, dialer, state }, { count, isBranch, isWide }) {
  if (isBranch) return [{ state, isWord: isWide, positions: isWide ? [0.5, 0.45, 0.55] : [0.1] }];
  const isActive = state === "ACTIVE";
  if (isActive && count > SIGNS_MAX) return [];
  const isWord = count <= WORDS_MAX || (!isActive && count <= SIGNS_MAX);
  const [from, to] = [dialer.state, acceptor.state];
  if (from === null || to === null || from === to) return [{ state, isWord }];
  return [
    { state: from, positions: [0.28, 0.34, 0.22, 0.4], isWord },
    { state: to, positions: [0.72, 0.66, 0.78, 0.6], isWord },
  ];
}

/**
 * The sign of a line. Hidden from screen readers, which read the label of the line.
 * @param {Link} link
 * @param {string} state
 * @param {Point} position
 * @param {number} width
 */
function drawSign(link, state, { x, y }, width) {
  const left = -width / 2;
  const at = `translate(${x.toFixed(1)} ${y.toFixed(1)})`;
  return svg(
    "a",
    {
      href: hrefOfLink(link),
      class: "sign",
      "data-state": state,
      "data-key": link.key,
      transform: at,
      tabindex: -1,
      "aria-hidden": "true",
    },
    svg("rect", { x: left, y: -SIGN / 2, width, height: SIGN, rx: SIGN / 2 }),
    svg("g", { transform: `translate(${left + 4} -7) scale(.875)` }, shape(state)),
    width > SIGN ? svg("text", { x: left + SIGN, dy: "0.35em" }, state) : null,
  );
}
