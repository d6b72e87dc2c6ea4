// What the host provides. Each is undefined if it is missing or not permitted.
/* global location, process -- if the host has them */
import { tried } from "./value.js";

/** @param {unknown} value */
const text = (value) => (typeof value === "string" && value !== "" ? value : undefined);

/**
 * An environment variable that is set and not empty; none in a page.
 * @param {string} name
 */
export const variable = (name) => tried(() => text(globalThis.process?.env?.[name]));

/** The origin of the page or worker. */
export const origin = () => tried(() => (/^https?:/.test(location.origin) ? location.origin : undefined));

const MEGABYTE = 1024 * 1024;
const SHELL_PIPE = /^\/dev\/(stdin|fd\/\d+)$/;

/**
 * The text of a file, on hosts with Node's file system. Reading a device may never end, a named pipe never begin.
 * @param {string} path
 */
export const file = (path) =>
  tried(() => {
    const { readFileSync, statSync } = process.getBuiltinModule("node:fs");
    const found = statSync(path);
    const readable = found.isFile() ? found.size <= MEGABYTE : found.isFIFO() && SHELL_PIPE.test(path);
    return readable ? readFileSync(path, "utf8").replace(/^\ufeff/, "") : undefined;
  });
