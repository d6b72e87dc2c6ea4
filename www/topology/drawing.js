// The drawing itself: nodes, edges, and the way through them by key.
import { setAttribute, svg } from "../elements/dom.js";
import { namesOf } from "../clusters/links.js";
import { graphOf, hrefOfLink, LINE } from "./graph.js";
import { arrowAt, branch, curve, NARROW, places, samplesOf } from "./layout.js";
import { shape } from "../elements/state.js";
import { texts } from "./texts.js";
import { texts as all } from "../texts.js";

/**
 * @import { Link } from "../clusters/links.js"
 * @import { Edge, How, Node } from "./graph.js"
 * @import { Line, Point, Place } from "./layout.js"
 *
 * @typedef {Edge & Line & { isWide: boolean, arrow: Point & { angle: number } }} Drawn  an edge where it is
 * @typedef {ReturnType<typeof places>} Free
 *
 * @typedef {object} Sign  the state of a link, beside its line
 * @property {string} state
 * @property {boolean} isWord  the word, not the shape alone
 * @property {number[]} [tried]  where on the line
 */

/** Up to so many links each has its word; up to so many each has its sign. Beyond, those that are not ACTIVE have. */
const WORDS_MAX = 12;
const SIGNS_MAX = 60;
const LETTER = 8; // about as wide as a letter of a word is
const SIGN = 22;
const ARROW = 10;
/** As the style sheet has it, in units of the drawing. */
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
  #tell;
  #context = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
  #current = 0;
  /** @type {Edge[]} */
  #edges = [];
  #key = ""; // of what was drawn last

  /** @param {(text?: string) => void} tell  what is pointed at, or has the focus */
  constructor(tell) {
    this.#tell = tell;
    this.#context.font = FONT;
    this.element.addEventListener("keydown", (event) => this.#move(event));
    for (const kind of ["pointerover", "focusin"]) {
      this.element.addEventListener(kind, ({ target }) => this.#light(/** @type {SVGElement} */ (target).closest("a")));
    }
    for (const kind of ["pointerleave", "focusout"]) this.element.addEventListener(kind, () => this.#light(null));
  }

  /**
   * Highlights a link with its clusters, or a cluster with its links, and reports its description.
   * @param {Element | null} target
   */
  #light(target) {
    const { key, node } = /** @type {SVGElement | null} */ (target)?.dataset ?? {};
    const edges = this.#edges.filter(({ link, from, to }) => link.key === key || node === from || node === to);
    const isAny = key !== undefined || node !== undefined;
    const lit = new Set([node ?? "", ...edges.flatMap(({ link, from, to }) => [link.key, from, to])]);
    this.element.classList.toggle("telling", isAny);
    for (const each of /** @type {Iterable<SVGElement>} */ (this.element.children)) {
      each.classList.toggle("lit", isAny && lit.has(each.dataset.key ?? each.dataset.node ?? ""));
    }
    const told = this.#links.find((each) => each === target || (key && each.dataset.key === key));
    this.#tell(told?.ariaLabel ?? undefined);
  }

  /**
   * @param {string[]} aliases
   * @param {Link[]} links
   * @param {Omit<How, "measure"> & { unit: number }} how  `width` in CSS pixels; `unit`: a sixteenth of the letters' size,
   *   in CSS pixels
   */
  draw(aliases, links, { width: pixels, unit, kinds, doubts }) {
    const width = pixels / unit;
    /** @param {string} text */
    const measure = (text) => this.#context.measureText(text).width;
    const { height, nodes, edges } = graphOf(aliases, links, { width, kinds, doubts, measure });
    const key = JSON.stringify([pixels, unit, nodes, edges.map(({ link, ...rest }) => [rest, labelOf(link)])]);
    if (key === this.#key) return;
    this.#key = key;
    this.#edges = edges;
    setAttribute(this.element, "viewBox", `0 0 ${Math.round(width)} ${Math.round(height)}`);
    setAttribute(this.element, "height", Math.round(height * unit));
    setAttribute(this.element, "class", edges.length > SIGNS_MAX ? "mesh dense" : "mesh");
    setAttribute(this.element, "aria-label", texts.label(aliases.length, links.length));
    const active = this.#links.findIndex((link) => link === document.activeElement);
    const free = places();
    for (const node of nodes) {
      const [own, ...below] = boxesOf(node);
      for (const box of [{ ...own, w: own.w + 8, h: own.h + 6 }, ...below]) free.take(box);
    }
    const centre = { x: width / 2, y: height / 2 };
    const byKey = new Map(nodes.map((node) => [node.key, node]));
    const lines = edges.map((edge) => lineOf(edge, byKey, centre, width >= NARROW));
    for (const { arrow } of lines) free.take({ ...arrow, w: ARROW, h: ARROW });
    // Where signs are few, each is on its own line alone.
    const points = lines.length <= WORDS_MAX ? lines.map(samplesOf) : [];
    const signs = lines.flatMap((line, i) => drawSigns(line, free, edges.length, points.toSpliced(i, 1).flat()));
    this.element.replaceChildren(
      ...lines.map(drawLine),
      ...signs, // above every line, not its own alone
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
   * One of the links can be reached by Tab, the others from it.
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
 * What a node covers: itself, and what is said below it.
 * @param {Node} node
 * @returns {Place[]}
 */
function boxesOf({ at, w, h, below, reach = 0 }) {
  const own = { ...at, w, h };
  const height = below.length * LINE;
  return height > 0 ? [own, { x: at.x, y: at.y + (h + height) / 2, w: reach, h: height }] : [own];
}

/**
 * Where an edge goes, and its arrow; from a cluster to a peer around it, the arrow is beside the peer.
 * @param {Edge} edge
 * @param {Map<string, Node>} byKey
 * @param {Point} centre
 * @param {boolean} isWide
 * @returns {Drawn}
 */
function lineOf(edge, byKey, centre, isWide) {
  const { link, from, to, nth, isBranch = false } = edge;
  const isReversed = isBranch && from === link.key;
  const [start, end] = (isReversed ? [to, from] : [from, to]).map((key) => /** @type {Node} */ (byKey.get(key)));
  const line = isBranch ? branch(start.at, end.at, isWide) : curve(start.at, end.at, centre, nth);
  return { ...edge, ...line, isWide, arrow: arrowAt(line, boxesOf(end), isReversed) };
}

/** @param {Drawn} line */
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
 * @param {Drawn} line
 * @param {Free} free
 * @param {number} count  of all edges
 * @param {Point[]} others  points of the other lines
 */
function drawSigns({ link, at, isBranch, isWide }, free, count, others) {
  return signsOf(link, { count, isBranch, isWide }).flatMap(({ state, tried, isWord }) => {
    const width = isWord ? SIGN + state.length * LETTER + 6 : SIGN;
    const place = free.find({ at }, width, SIGN, { tried, others });
    if (place) return [drawSign(link, state, place, width)];
    // No room for the word: the sign alone, over something else if need be, where it is not all well.
    const alone = free.find({ at }, SIGN, SIGN) ?? (state === "ACTIVE" ? undefined : at(0.5));
    return alone ? [drawSign(link, state, alone, SIGN)] : [];
  });
}

/**
 * One sign where both sides say the same, else one near each end.
 * @param {Link} link
 * @param {{ count: number, isBranch?: boolean, isWide: boolean }} how
 * @returns {Sign[]}
 */
function signsOf({ acceptor, dialer, state }, { count, isBranch, isWide }) {
  if (isBranch) return [{ state, isWord: isWide, tried: isWide ? [0.5, 0.45, 0.55] : [0.1] }];
  const isQuiet = state === "ACTIVE";
  if (isQuiet && count > SIGNS_MAX) return [];
  const isWord = count <= WORDS_MAX || (!isQuiet && count <= SIGNS_MAX);
  const [from, to] = [dialer.state, acceptor.state];
  if (from === null || to === null || from === to) return [{ state, isWord }];
  return [
    { state: from, tried: [0.28, 0.34, 0.22, 0.4], isWord },
    { state: to, tried: [0.72, 0.66, 0.78, 0.6], isWord },
  ];
}

/**
 * Repeats the state of its line for those who see it.
 * @param {Link} link
 * @param {string} state
 * @param {Point} place
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
