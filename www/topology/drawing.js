// The drawing itself: nodes, edges, and the way through them by key.
import { setAttribute, svg } from "../elements/dom.js";
import { alone, together } from "./graph.js";
import { knownState } from "../clusters/freshness.js";
import { branch, curve, NARROW, places } from "./layout.js";
import { hrefOf } from "../route.js";
import { shape } from "../elements/state.js";
import { texts } from "../texts.js";

/** Up to so many links each has its word; up to so many each has its sign. Beyond, those that are not ACTIVE have. */
const WORDS_MAX = 12;
const SIGNS_MAX = 60;
const NAME_MAX = 16;
const LETTER = 8; // about as wide as a letter is
const SIGN = 22;
const MORE_WIDTH = 96;

const short = (name) => (name.length > NAME_MAX ? `${name.slice(0, NAME_MAX - 1)}…` : name);
const labelOf = ({ a, b }) => {
  const [one, other] = [a, b ?? a].map(knownState);
  const states = one === other ? one : `${one} / ${other}`;
  return texts.topology.edge(a.alias, b?.alias ?? a.peering.peer_name, states, !b);
};

export class Drawing {
  element = svg("svg", { class: "mesh", role: "group" });
  #tell;
  #current = 0;

  /** @param {(text: string | null) => void} tell  what is pointed at, or has the focus */
  constructor(tell) {
    this.#tell = tell;
    this.element.addEventListener("keydown", (event) => this.#move(event));
    for (const kind of ["pointerover", "focusin"]) {
      this.element.addEventListener(kind, ({ target }) => this.#light(target.closest("a")));
    }
    for (const kind of ["pointerleave", "focusout"]) this.element.addEventListener(kind, () => this.#light(null));
  }

  /** Tells of a link, and lets it stand out, with its signs. */
  #light(link) {
    const key = link?.dataset.key;
    this.element.classList.toggle("telling", key !== undefined);
    for (const each of this.element.querySelectorAll("[data-key]")) {
      each.classList.toggle("lit", each.dataset.key === key);
    }
    this.#tell(this.#links.find((each) => each === link || (key && each.dataset.key === key))?.ariaLabel ?? null);
  }

  /** @param {Map<string, Freshness["kind"]>} kinds  by alias, how far what is known of a cluster can be relied on */
  draw(aliases, links, width, kinds) {
    const {
      height,
      places: where,
      nodes,
      edges,
    } = aliases.length === 1 ? alone(aliases[0], links, width) : together(aliases, links, width);
    const key = JSON.stringify([
      width,
      height,
      nodes,
      [...kinds],
      edges.map(({ link, ...rest }) => [rest, labelOf(link)]),
    ]);
    if (key === this.element.key) return;
    this.element.key = key;
    setAttribute(this.element, "viewBox", `0 0 ${Math.round(width)} ${Math.round(height)}`);
    setAttribute(this.element, "height", Math.round(height));
    setAttribute(this.element, "class", edges.length > SIGNS_MAX ? "mesh dense" : "mesh");
    setAttribute(this.element, "aria-label", texts.topology.label(aliases.length, links.length));
    const active = this.#links.indexOf(document.activeElement);
    const free = places();
    for (const node of nodes) node.below = belowOf(node, kinds.get(node.key));
    for (const { key, text, below } of nodes) {
      const { x, y } = where.get(key);
      free.take({ x, y, w: widthOf(text) + 8, h: 42 });
      if (below) free.take({ x, y: y + 30, w: MORE_WIDTH, h: 20 });
    }
    const centre = { x: width / 2, y: height / 2 };
    const drawn = edges.map((edge) => drawEdge(edge, where, centre, free, { count: edges.length, width }));
    this.element.replaceChildren(
      ...drawn.map(({ line }) => line),
      ...drawn.flatMap(({ signs }) => signs), // above every line, not its own alone
      ...nodes.map((node) => drawNode(node, where.get(node.key), kinds.get(node.key))),
    );
    this.#rove(Math.max(0, active));
    if (active >= 0) this.#links[Math.min(active, this.#links.length - 1)]?.focus();
  }

  get #links() {
    return [...this.element.querySelectorAll("a:not(.sign)")];
  }

  /** One of the links can be reached by Tab, the others from it. */
  #rove(index) {
    this.#current = index;
    this.#links.forEach((link, i) => setAttribute(link, "tabindex", i === index ? 0 : -1));
  }

  #move(event) {
    const count = this.#links.length;
    const step = {
      ArrowRight: 1,
      ArrowDown: 1,
      ArrowLeft: -1,
      ArrowUp: -1,
      Home: -this.#current,
      End: count - 1 - this.#current,
    }[event.key];
    if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.#rove((this.#current + step + count) % count);
    this.#links[this.#current].focus();
  }
}

const widthOf = (text) => Math.min(text.length, NAME_MAX) * LETTER + 28;

/** What is said below a node: peers that are not drawn, and why the cluster's own are not confirmed. */
const belowOf = ({ more }, kind) =>
  [texts.topology.freshness[kind], more && texts.topology.others(more)].filter(Boolean).join(" ");

function drawNode({ text, href, isKnown, below }, { x, y }, kind) {
  const width = widthOf(text);
  const height = isKnown ? 36 : 28;
  return svg(
    "a",
    {
      href,
      class: isKnown ? "node known" : "node",
      "data-freshness": kind,
      "aria-label": [below ? `${text} ${below}` : text, isKnown ? texts.topology.known : texts.topology.peer].join(
        ", ",
      ),
      transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`,
    },
    svg("rect", { x: -width / 2, y: -height / 2, width, height, rx: height / 2 }),
    svg("text", { dy: "0.35em" }, short(text)),
    below ? svg("text", { class: "more", y: 34 }, ` ${below}`) : null,
  );
}

function drawEdge({ link, from, to, nth = 0, isBranch }, where, centre, free, { count, width }) {
  const { key, a, state } = link;
  const isWide = width >= NARROW;
  const ends = [where.get(from), where.get(to)];
  const line = isBranch ? branch(...ends, isWide) : curve(...ends, centre, nth);
  const href = hrefOf(a.alias, a.peering.peer_name);
  const signs = signsOf(link, { count, isBranch, isWide }).map(({ state, tried, isWord }) => {
    const width = isWord ? SIGN + state.length * LETTER + 6 : SIGN;
    const place = free.find(line, width, SIGN, tried);
    if (place) return drawSign({ key, href, state }, place, width);
    // No room for the word: the sign alone, over something else if need be, where it is not all well.
    const alone = free.find(line, SIGN, SIGN) ?? (state === "ACTIVE" ? undefined : line.at(0.5));
    return alone && drawSign({ key, href, state }, alone, SIGN);
  });
  return {
    signs: signs.filter(Boolean),
    line: svg(
      "a",
      { href, class: "edge", "data-state": state, "data-key": key, "aria-label": labelOf(link) },
      svg("path", { class: "reach", d: line.path }),
      svg("path", { class: "line", d: line.path }),
    ),
  };
}

/** One sign where both sides say the same, else one near each end. */
function signsOf({ a, b, state }, { count, isBranch, isWide }) {
  if (isBranch) return [{ state, isWord: isWide, tried: [0.5, 0.45, 0.55] }];
  const isQuiet = state === "ACTIVE";
  if (isQuiet && count > SIGNS_MAX) return [];
  const isWord = count <= WORDS_MAX || (!isQuiet && count <= SIGNS_MAX);
  if (!b || knownState(a) === knownState(b)) return [{ state, isWord }];
  return [
    { state: knownState(a), tried: [0.28, 0.34, 0.22, 0.4], isWord },
    { state: knownState(b), tried: [0.72, 0.66, 0.78, 0.6], isWord },
  ];
}

/** Says again what its line says, for those who see it. */
function drawSign({ key, href, state }, { x, y }, width) {
  const left = -width / 2;
  const at = `translate(${x.toFixed(1)} ${y.toFixed(1)})`;
  return svg(
    "a",
    { href, class: "sign", "data-state": state, "data-key": key, transform: at, tabindex: -1, "aria-hidden": "true" },
    svg("rect", { x: left, y: -SIGN / 2, width, height: SIGN, rx: SIGN / 2 }),
    svg("g", { transform: `translate(${left + 4} -7) scale(.875)` }, shape(state)),
    width > SIGN ? svg("text", { x: left + SIGN, dy: "0.35em" }, state) : null,
  );
}
