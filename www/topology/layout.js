// Where the nodes and edges of the drawing go. Pure: figures in, figures out, in CSS pixels, so that letters stay as large
// as anywhere else, however wide the page is.

const ROW = 36; // between two peers above each other
/** Narrower than this, things stand above each other. */
export const NARROW = 640;
const MARGIN = 24;
const BEND = 0.18;
const BOW = 14;
const TILT = -Math.PI / 2; // the first of a ring is at the top

/** One cluster and its peers: in a column at each side of it; where there is no room, in one column below it. */
export function star(peers, width) {
  const isNarrow = width < NARROW;
  const half = Math.ceil(peers.length / 2);
  const columns = isNarrow ? [peers] : [peers.slice(0, half), peers.slice(half)];
  const rows = Math.max(1, columns[0].length);
  const height = isNarrow ? rows * ROW + 2 * ROW : Math.max(160, rows * ROW + 2 * MARGIN);
  const centre = isNarrow ? { x: 60, y: ROW } : { x: width / 2, y: height / 2 };
  const places = columns.flatMap((column, c) =>
    column.map((peer, i) => {
      const x = isNarrow ? width - 90 : c === 0 ? 110 : width - 110;
      const y = isNarrow ? 2 * ROW + i * ROW : height / 2 + (i - (column.length - 1) / 2) * ROW;
      return [peer, { x, y }];
    }),
  );
  return { height, centre, places: new Map(places) };
}

/** A line from a cluster to a peer beside it, which arrives there level; in one column, as a branch of one stem. */
export function branch(a, b, isWide) {
  const mid = { x: a.x + (b.x - a.x) * 0.35, y: b.y };
  if (isWide) return { path: `M${round(a)}Q${round(mid)} ${round(b)}`, at: (t) => onCurve(a, mid, b, t) };
  const path = `M${round(a)}V${b.y - BOW}Q${a.x} ${b.y} ${a.x + BOW} ${b.y}H${b.x}`;
  return { path, at: () => ({ x: a.x + 2 * BOW, y: b.y }) };
}

/** Several clusters: on an oval, two of them beside each other; where there is no room, on a tall one, step by step. */
export function ring(clusters, width, hasOuter = false) {
  const count = clusters.length;
  const { height, points } = width < NARROW ? tall(count, width) : wide(count, width, hasOuter);
  return { height, places: new Map(clusters.map((cluster, i) => [cluster, points[i]])) };
}

function wide(count, width, hasOuter) {
  const height = count === 2 ? 240 : Math.max(340, Math.min(width * 0.56, 620));
  const [rx, ry] = [width / 2 - (hasOuter ? 250 : 84), height / 2 - (hasOuter ? 96 : 44)];
  const start = count === 2 ? Math.PI : TILT;
  const angles = Array.from({ length: count }, (_, i) => start + (2 * Math.PI * i) / count);
  // An odd number is not as low as it is high: what is drawn is put in the middle.
  const sines = angles.map(Math.sin);
  const middle = height / 2 - (ry * (Math.max(...sines) + Math.min(...sines))) / 2;
  return {
    height,
    points: angles.map((angle, i) => ({ x: width / 2 + rx * Math.cos(angle), y: middle + ry * sines[i] })),
  };
}

/** Each as far below the last as the others, down on the right and up on the left. */
function tall(count, width) {
  const steps = count / 2;
  const height = Math.max(280, steps * (count > 8 ? 48 : 96) + 80);
  const [rx, ry] = [width / 2 - 56, height / 2 - 40];
  const points = Array.from({ length: count }, (_, i) => {
    const down = Math.min(i, count - i) / steps; // from 0 at the top to 1
    const x = rx * Math.sqrt(1 - (2 * down - 1) ** 2) * (i > steps ? -1 : 1);
    // An odd number has nobody at the very bottom.
    return { x: width / 2 + x, y: height / 2 + ry * ((2 * down * steps) / Math.floor(steps) - 1) };
  });
  return { height, points };
}

/** The place of the nth peer of a cluster in a ring, on its outer side. */
export function outside({ x, y }, centre, nth) {
  const aside = Math.ceil(nth / 2) * (nth % 2 ? 1 : -1);
  const isBeside = Math.abs(x - centre.x) > 1;
  if (isBeside) return { x: x + Math.sign(x - centre.x) * 165, y: y + aside * 44 };
  return { x: x + (nth + 1) * 150, y: y + Math.sign(y - centre.y) * 52 };
}

/** A curve from a to b that bends towards `centre`; of several between the same two, each bends otherwise. */
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

const onCurve = (a, over, b, t) => {
  const [p, q, r] = [(1 - t) ** 2, 2 * t * (1 - t), t ** 2];
  return { x: p * a.x + q * over.x + r * b.x, y: p * a.y + q * over.y + r * b.y };
};
const round = ({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`;

/** Places on a curve for something, in the order in which they are tried. */
const TRIED = [0.5, 0.42, 0.58, 0.34, 0.66, 0.27, 0.73];

/** Finds places that do not cover each other: give it a curve and a size, and it remembers what it gave away. */
export function places() {
  const taken = [];
  const isFree = (box) =>
    !taken.some(
      (other) => Math.abs(other.x - box.x) < (other.w + box.w) / 2 && Math.abs(other.y - box.y) < (other.h + box.h) / 2,
    );
  const take = (box) => (taken.push(box), box);
  return {
    take,
    /** Where on the curve; undefined where all is taken. */
    find({ at }, w, h, tried = TRIED) {
      const box = tried.map((t) => ({ ...at(t), w, h })).find(isFree);
      return box && take(box);
    },
  };
}
