import { awaited } from "./task.js";
import { tried } from "./value.js";

/** Comes once a signal, which may be anybody's, is aborted. */
export const aborted = (signal) =>
  awaited((come) => {
    const heard = () => come(true);
    tried(() => (signal.aborted ? heard() : signal.addEventListener("abort", heard)));
    return () => tried(() => signal.removeEventListener("abort", heard));
  });
