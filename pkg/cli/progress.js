// What is going on, as one line that changes, on a terminal only.

import { printable } from "./terminal.js";

const FRAMES = [..."⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"];
const FRAME_MS = 80;
const CLEAR = "\r\x1b[2K";

export function createProgress(stream, colour, enabled) {
  let text;
  let since;
  let timer;
  let frame = 0;
  const draw = () => {
    const seconds = ((Date.now() - since) / 1000).toFixed(1);
    // Cut to the width: a line that wraps could not be taken back.
    const line = `${FRAMES[frame++ % FRAMES.length]} ${text}`.slice(0, (stream.columns || 80) - 9);
    stream.write(`${CLEAR}${colour.cyan(line)} ${colour.dim(`${seconds} s`)}`);
  };
  return {
    /** Shows another text; the time runs on, unless told since when it runs. */
    show(next, began = since ?? Date.now()) {
      if (!enabled) return;
      text = printable(next);
      since = began;
      timer ??= setInterval(draw, FRAME_MS).unref();
      draw();
    },
    /** Takes the line back, before anything else is printed or at the end. */
    clear() {
      if (text === undefined) return;
      clearInterval(timer);
      timer = text = since = undefined;
      stream.write(CLEAR);
    },
  };
}
