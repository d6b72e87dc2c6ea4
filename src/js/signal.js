import { awaited } from "./task.js";
import { tried } from "./value.js";

/**
 * Comes once a signal, of any make, is aborted.
 * @param {import("../../pkg/index.js").SignalLike} signal
 */
export const aborted = (signal) =>
  awaited((/** @type {(aborted: true) => void} */ come) => {
    const heard = () => come(true);
    tried(() => (signal.aborted ? heard() : signal.addEventListener("abort", heard)));
    return () => tried(() => signal.removeEventListener("abort", heard));
  });
