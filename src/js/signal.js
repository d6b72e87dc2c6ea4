import { awaited } from "./task.js";
import { tried } from "./value.js";

/**
 * Resolves once a signal, of any implementation, aborts.
 * @param {import("../../pkg/index.js").SignalLike} signal
 */
export const aborted = (signal) =>
  awaited((/** @type {(aborted: true) => void} */ come) => {
    const aborted = () => come(true);
    tried(() => (signal.aborted ? aborted() : signal.addEventListener("abort", aborted)));
    return () => tried(() => signal.removeEventListener("abort", aborted));
  });
