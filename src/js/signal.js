import { cancellable } from "./task.js";
import { tried } from "./value.js";

/**
 * Resolves once a signal, of any implementation, aborts.
 * @param {import("../../pkg/index.js").SignalLike} signal
 */
export const aborted = (signal) =>
  cancellable((/** @type {(aborted: true) => void} */ resolve) => {
    const onAbort = () => resolve(true);
    tried(() => (signal.aborted ? onAbort() : signal.addEventListener("abort", onAbort)));
    return () => tried(() => signal.removeEventListener("abort", onAbort));
  });
