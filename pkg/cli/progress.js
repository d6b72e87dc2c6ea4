// Live progress, on a terminal only: mostly one line, or one for each of several things.

import { cut } from "./layout.js";
import { printable } from "./terminal.js";

/**
 * @import { Colours } from "./terminal.js"
 *
 * @typedef {{ text: string, since: number, ended?: number }} Line  the times on the monotonic clock
 */

const FRAMES = [..."⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"];
const FRAME_MS = 80;
const ERASE = "\r\x1b[2K";
const UP = "\x1b[1A";
const TO_END_OF_LINE = "\x1b[K";
const ALL_BELOW = "\x1b[J";

/**
 * @param {NodeJS.WriteStream} stream
 * @param {Colours} colour
 * @param {boolean} enabled
 */
export function createProgress(stream, colour, enabled) {
  /** @type {Map<string, Line>} by subject */
  const lines = new Map();
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  let frame = 0;
  let drawn = 0; // how many lines are on the screen

  const draw = () => {
    const spinner = FRAMES[frame++ % FRAMES.length];
    const shown = choose([...lines.values()], (stream.rows || 24) - 1);
    const text = shown.map((line) => paint(line, spinner) + TO_END_OF_LINE).join("\n");
    stream.write("\r" + UP.repeat(Math.max(0, drawn - 1)) + text + ALL_BELOW);
    drawn = shown.length;
  };
  /**
   * @param {Line} line
   * @param {string} spinner
   */
  const paint = ({ text, since, ended }, spinner) => {
    const seconds = (((ended ?? performance.now()) - since) / 1000).toFixed(1);
    // Cut to the width: a line that wraps could not be erased.
    const line = cut(`${ended ? "✔" : spinner} ${text}`, (stream.columns || 80) - 9);
    return `${(ended ? colour.green : colour.cyan)(line)} ${colour.dim(`${seconds} s`)}`;
  };

  return {
    /**
     * Shows another text; the time continues, unless a start is passed. `about` identifies the line.
     * @param {string} next
     * @param {number} [began]
     * @param {string} [about]
     */
    show(next, began, about = "") {
      if (!enabled) return;
      const since = began ?? lines.get(about)?.since ?? performance.now();
      lines.set(about, { text: printable(next), since });
      timer ??= setInterval(draw, FRAME_MS).unref();
      draw();
    },
    /**
     * As `show`, for the last time: the line keeps its time until all are erased.
     * @param {string} last
     * @param {string} [about]
     */
    end(last, about = "") {
      if (!enabled) return;
      lines.set(about, {
        text: printable(last),
        since: lines.get(about)?.since ?? performance.now(),
        ended: performance.now(),
      });
      draw();
    },
    /** Erases the lines, before anything else is printed or at the end. */
    clear() {
      if (!lines.size) return;
      clearInterval(timer);
      timer = undefined;
      stream.write(ERASE + (UP + ERASE).repeat(Math.max(0, drawn - 1)));
      lines.clear();
      drawn = 0;
    },
  };
}

/**
 * As many lines as fit: running ones first.
 * @param {Line[]} lines
 * @param {number} room
 */
function choose(lines, room) {
  if (lines.length <= room) return lines;
  const running = lines.filter(({ ended }) => !ended);
  return [...running, ...lines.filter(({ ended }) => ended)].slice(0, Math.max(1, room));
}
