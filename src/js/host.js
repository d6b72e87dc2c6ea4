// What a host brings along. Each of these is undefined where there is no such thing, or no leave to look at it.
import { tried } from "./value.js";

const text = (value) => (typeof value === "string" && value !== "" ? value : undefined);

/** An environment variable that is set and not empty; none in a page. */
export const variable = (name) => tried(() => text(globalThis.process?.env?.[name]));

/** The origin of the page or worker. */
export const origin = () => tried(() => (/^https?:/.test(location.origin) ? location.origin : undefined));

/** The text of a file, on hosts that have Node's file system. */
export const file = (path) => tried(() => process.getBuiltinModule("node:fs").readFileSync(path, "utf8"));
