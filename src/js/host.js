// What a host brings along. Each of these is undefined where there is no such thing, or no leave to look at it.

function found(look) {
  try {
    return look();
  } catch {
    return undefined;
  }
}

const text = (value) => (typeof value === "string" && value !== "" ? value : undefined);

/** An environment variable that is set and not empty; none in a page. */
export const variable = (name) => found(() => text(globalThis.process?.env?.[name]));

/** The origin of the page or worker. */
export const origin = () => found(() => (/^https?:/.test(location.origin) ? location.origin : undefined));

/** The text of a file, on hosts that have Node's file system. */
export const file = (path) => found(() => process.getBuiltinModule("node:fs").readFileSync(path, "utf8"));

/** The host's fetch, looked up each time: tests and tools put others in its place. */
export const hostFetch = () => (typeof globalThis.fetch === "function" ? globalThis.fetch : undefined);

/** A way to give a request up, which every host with a fetch has. */
export const abortController = () => found(() => new AbortController());
