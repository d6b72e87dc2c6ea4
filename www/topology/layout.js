// Positions of the nodes and edges. Pure. A unit is a sixteenth of the font size, so that the drawing scales with it.

/** Narrower drawings use one column. */
export const NARROW = 640;
const ROW = 40; // the vertical distance of two nodes
const MARGIN = 12;
const BEND = 0.18;
const BOW = 14;
const TILT = -Math.PI / 2; // the first node of a ring is at the top
const GAP = 8;
/** A ring of more clusters has two of them on each level. */
const OVAL_MAX = 8;
/** The same for a ring with peers next to it. */
const OVAL_MAX_WITH_PEERS = 4;
const NAME_MAX = 220;
const NODE_MAX = 156; // in narrow drawings and next to peers
/** The minimum width for a column of peers at each side of a ring. */
export const ASIDE_FROM = 760;

/**
 * @typedef {{ x: number, y: number }} Point
 * @typedef {{ key: string, w: number, h: number }} Box
 * @typedef {{ x: number, y: number, w: number, h: number }} Rectangle  x and y of its centre
 * @typedef {{ path: string, at(t: number): Point }} Line  `t` from 0 to 1
 * @typedef {{ box: Box, of: string }} Outer  a peer, and the key of its cluster
 * @typedef {{ height: number, points: Map<string, Point> }} Layout
 */

/**
 * The maximum width of a node without overlaps.
 * @param {{ count: number, width: number, isAlone?: boolean, hasOuter?: boolean }} options
 */
export function maxWidthOf({ count, width, isAlone, hasOuter }) {
  if (isAlone) return width < NARROW ? Math.min(NODE_MAX, width / 2 - MARGIN) : Math.min(NAME_MAX, width / 3 - 40);
  if (width < NARROW) return Math.min(NODE_MAX, (width - GAP) / 2 - MARGIN);
  if (hasOuter) return NODE_MAX;
  return count > OVAL_MAX ? Math.min(NAME_MAX, width / 4) : Math.min(NAME_MAX, (width / 2 - 84) * 0.66);
}

/**
 * One cluster with its peers in a column at each side, or in one column below it if the drawing is narrow.
 * @param {Box} hub
 * @param {Box[]} peers
 * @param {number} width
 * @returns {Layout}
 */
export function star(hub, peers, width) {
  const isNarrow = width < NARROW;
  const half = Math.ceil(peers.length / 2);
  const columns = isNarrow ? [peers] : [peers.slice(0, half), peers.slice(half)];
  const rows = Math.max(1, columns[0].length);
  const top = MARGIN + hub.h / 2;
  const height = isNarrow ? top + hub.h / 2 + rows * ROW + 2 * MARGIN : Math.max(160, rows * ROW + 2 * MARGIN);
  const centre = isNarrow ? { x: MARGIN + hub.w / 2, y: top } : { x: width / 2, y: height / 2 };
  /** @type {Map<string, Point>} */
  const points = new Map([[hub.key, centre]]);
  for (const [c, column] of columns.entries()) {
    column.forEach(({ key, w }, i) => {
      const isLeft = !isNarrow && c === 0;
      const x = isLeft ? MARGIN + w / 2 : width - MARGIN - w / 2;
      const y = isNarrow ? height - MARGIN - (rows - i - 0.5) * ROW : height / 2 + (i - (column.length - 1) / 2) * ROW;
      points.set(key, { x, y });
    });
  }
  return { height, points };
}

/**
 * A line from a cluster to a peer: a curve that arrives horizontally, or a branch of a stem if there is one column.
 * @param {Point} a
 * @param {Point} b
 * @param {boolean} isWide
 * @returns {Line}
 */
export function branch(a, b, isWide) {
  const mid = { x: a.x + (b.x - a.x) * 0.35, y: b.y };
  if (isWide) return { path: `M${round(a)}Q${round(mid)} ${round(b)}`, at: (t) => onCurve(a, mid, b, t) };
  const stem = 2 * MARGIN;
  const path = `M${stem} ${a.y}V${b.y - BOW}Q${stem} ${b.y} ${stem + BOW} ${b.y}H${b.x}`;
  return { path, at: (t) => ({ x: stem + BOW + (b.x - stem - BOW) * t, y: b.y }) };
}

/**
 * Several clusters on an oval, or on levels with two clusters each if the drawing is narrow or they are many.
 * @param {Box[]} clusters
 * @param {number} width
 * @param {Outer[]} [outer]  in a column at each side
 * @returns {Layout}
 */
export function ring(clusters, width, outer = []) {
  const aside = outer.length > 0 ? Math.max(...outer.map(({ box }) => box.w)) + 3 * MARGIN : 0;
  const isLevelled = width < NARROW || clusters.length > (outer.length > 0 ? OVAL_MAX_WITH_PEERS : OVAL_MAX);
  const { height, points } = isLevelled ? levels(clusters, width, aside) : oval(clusters, width, aside);
  return outer.length === 0 ? { height, points } : withOuter(outer, width, height, points);
}

/**
 * @param {Box[]} clusters
 * @param {number} width
 * @param {number} aside  of it, on each side
 * @returns {Layout}
 */
function oval(clusters, width, aside) {
  const count = clusters.length;
  const height = count === 2 ? 240 : Math.max(340, Math.min(width * 0.56, 620));
  const widest = Math.max(...clusters.map(({ w }) => w));
  const tallest = Math.max(...clusters.map(({ h }) => h));
  const [rx, ry] = [width / 2 - aside - MARGIN - widest / 2, height / 2 - MARGIN - tallest / 2];
  const start = count === 2 ? Math.PI : TILT;
  const angles = clusters.map((_, i) => start + (2 * Math.PI * i) / count);
  // An odd number of clusters is not symmetric vertically: centre it.
  const sines = angles.map(Math.sin);
  const middle = height / 2 - (ry * (Math.max(...sines) + Math.min(...sines))) / 2;
  /** @type {Layout["points"]} */
  const points = new Map();
  clusters.forEach(({ key }, i) => {
    points.set(key, { x: width / 2 + rx * Math.cos(angles[i]), y: middle + ry * sines[i] });
  });
  return { height, points };
}

/**
 * @param {Box[]} clusters
 * @param {number} width
 * @param {number} aside  of it, on each side
 * @returns {Layout}
 */
function levels(clusters, width, aside) {
  const count = clusters.length;
  const steps = count / 2;
  const last = Math.floor(steps);
  const widest = Math.max(...clusters.map(({ w }) => w));
  const tallest = Math.max(...clusters.map(({ h }) => h));
  const room = width < NARROW ? (count > OVAL_MAX ? 48 : 96) : Math.min(96, Math.min(width * 0.56, 620) / last);
  const step = Math.max(tallest + GAP, room);
  const height = last * step + tallest + 2 * MARGIN;
  const rx = width / 2 - aside - MARGIN - widest / 2;
  /** @type {Layout["points"]} */
  const points = new Map();
  clusters.forEach(({ key }, i) => {
    const level = Math.min(i, count - i);
    const isAlone = i === 0 || i === steps;
    const away = rx * Math.sqrt(1 - (2 * (level / steps) - 1) ** 2);
    const x = isAlone ? 0 : Math.max((widest + GAP) / 2, away) * (i > steps ? -1 : 1);
    points.set(key, { x: width / 2 + x, y: MARGIN + tallest / 2 + level * step });
  });
  return { height, points };
}

/**
 * Adds peers on the side of their cluster, at about the same height.
 * @param {Outer[]} outer
 * @param {number} width
 * @param {number} ringHeight
 * @param {Layout["points"]} points  of the ring; the points of the peers are added
 * @returns {Layout}
 */
function withOuter(outer, width, ringHeight, points) {
  /** @param {Outer} peer */
  const clusterOf = ({ of }) => points.get(of) ?? { x: 0, y: 0 };
  /** @type {[Outer[], Outer[]]} */
  const columns = [[], []];
  for (const peer of outer) {
    const away = clusterOf(peer).x - width / 2;
    const isRight = Math.abs(away) > 1 ? away > 0 : columns[1].length <= columns[0].length;
    columns[isRight ? 1 : 0].push(peer);
  }
  const height = Math.max(ringHeight, ...columns.map(({ length }) => length * ROW + 2 * MARGIN));
  for (const at of points.values()) at.y += (height - ringHeight) / 2;
  for (const [side, column] of columns.entries()) {
    /** @param {Outer} peer */
    const high = (peer) => clusterOf(peer).y;
    column.sort((a, b) => high(a) - high(b));
    const half = (column.length * ROW) / 2;
    const mean = column.reduce((sum, peer) => sum + high(peer), 0) / column.length;
    const middle = Math.max(MARGIN + half, Math.min(height - MARGIN - half, mean));
    column.forEach(({ box }, i) => {
      const x = side === 0 ? MARGIN + box.w / 2 : width - MARGIN - box.w / 2;
      points.set(box.key, { x, y: middle - half + (i + 0.5) * ROW });
    });
  }
  return { height, points };
}

/**
 * A curve from a to b that bends towards `centre`. Several curves between the same points bend differently.
 * @param {Point} a
 * @param {Point} b
 * @param {Point} centre
 * @param {number} [nth]
 * @returns {Line}
 */
export function curve(a, b, centre, nth = 0) {
  const mid = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  const length = Math.hypot(b.x - a.x, b.y - a.y) || 1;
  const across = nth * 34 * (nth % 2 ? 1 : -1);
  const over = {
    x: mid.x + (centre.x - mid.x) * BEND + ((b.y - a.y) / length) * across,
    y: mid.y + (centre.y - mid.y) * BEND - ((b.x - a.x) / length) * across,
  };
  return { path: `M${round(a)}Q${round(over)} ${round(b)}`, at: (t) => onCurve(a, over, b, t) };
}

/** @param {Point} a @param {Point} over @param {Point} b @param {number} t */
const onCurve = (a, over, b, t) => {
  const [p, q, r] = [(1 - t) ** 2, 2 * t * (1 - t), t ** 2];
  return { x: p * a.x + q * over.x + r * b.x, y: p * a.y + q * over.y + r * b.y };
};
/** @param {Point} point */
const round = ({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`;

const SAMPLES = 24; // points of a curve that signs of other curves avoid
/** @param {Line} line */
export const samplesOf = ({ at }) => Array.from({ length: SAMPLES }, (_, i) => at((i + 1) / (SAMPLES + 1)));

const STEPS = 60;
const CLEAR = 3; // the distance between the tip of an arrow and a node

/**
 * The arrow at the end of a curve that leads into `boxes`: its tip, and its angle in degrees.
 * @param {Line} line
 * @param {Rectangle[]} boxes
 * @param {boolean} [isAway]  whether it points out of the boxes instead
 */
export function arrowAt({ at }, boxes, isAway = false) {
  /** @param {Point} point */
  const isInside = (point) =>
    boxes.some(({ x, y, w, h }) => Math.abs(point.x - x) < w / 2 + CLEAR && Math.abs(point.y - y) < h / 2 + CLEAR);
  let t = 1;
  while (t > 0.5 && isInside(at(t))) t -= 1 / STEPS;
  const [near, far] = [at(t), at(t - 2 / STEPS)];
  const angle = (Math.atan2(near.y - far.y, near.x - far.x) * 180) / Math.PI;
  return isAway ? { ...at(t - 3 / STEPS), angle: angle + 180 } : { ...near, angle };
}

/** Candidate positions on a curve, the preferred first. */
const POSITIONS = [0.5, 0.42, 0.58, 0.34, 0.66, 0.27, 0.73];

/** Places rectangles on curves without overlaps. Remembers the rectangles that are taken. */
export function placer() {
  /** @type {Rectangle[]} */
  const taken = [];
  /** @param {Rectangle} box */
  const isFree = (box) =>
    !taken.some(
      (other) => Math.abs(other.x - box.x) < (other.w + box.w) / 2 && Math.abs(other.y - box.y) < (other.h + box.h) / 2,
    );
  /** @param {Rectangle} box */
  const add = (box) => (taken.push(box), box);
  return {
    add,
    /**
     * Places a rectangle on a curve, away from the points of `others` if possible. Undefined if there is no free position.
     * @param {Pick<Line, "at">} line
     * @param {number} w
     * @param {number} h
     * @param {{ positions?: number[], others?: Point[] }} [options]
     */
    place({ at }, w, h, { positions = POSITIONS, others = [] } = {}) {
      const boxes = positions.map((t) => ({ ...at(t), w, h })).filter(isFree);
      /** @param {Point} box */
      const isApart = ({ x, y }) => !others.some((p) => Math.abs(p.x - x) < w / 2 && Math.abs(p.y - y) < h / 2);
      const box = boxes.find(isApart) ?? boxes[0];
      return box && add(box);
    },
  };
}
