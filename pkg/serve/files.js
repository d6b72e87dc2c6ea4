// The page's files: read once, and no others are served.

import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { systemError } from "../cli/system-error.js";
import { UsageError } from "../cli/usage-error.js";

/** @typedef {{ type: string, plain: Buffer, zipped: Buffer }} PageFile */

/** @type {Record<string, string | undefined>} */
const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};

/**
 * @param {string} folder
 * @returns {Map<string, PageFile>} by name; "": the page
 */
export function readFiles(folder) {
  const names = namesIn(folder);
  const files = new Map(names.filter((name) => !isZipped(name)).map((name) => [name, readFile(folder, name, names)]));
  const page = files.get("index.html");
  if (page) return files.set("", page);
  throw new UsageError(
    `The page is missing: ${folder} has no index.html.`,
    "In a checkout of the project, `make build` makes it; in the package it comes along.",
  );
}

/**
 * @param {PageFile} file
 * @param {string} [accepted]  encodings
 * @returns {import("./pages.js").Reply}
 */
export function fileAnswer({ type, plain, zipped }, accepted = "") {
  const zip = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:,|\s|$))/.test(accepted);
  const headers = { "Content-Type": type, Vary: "Accept-Encoding", ...(zip && { "Content-Encoding": "gzip" }) };
  return { status: 200, headers, body: zip ? zipped : plain };
}

/**
 * Built with the page, smaller than compressed here.
 * @param {string} name
 */
const isZipped = (name) => name.endsWith(".gz");

/**
 * @param {string} folder
 * @param {string} name
 * @param {string[]} names
 * @returns {PageFile}
 */
function readFile(folder, name, names) {
  const plain = readFileSync(join(folder, name));
  const zipped = names.includes(`${name}.gz`) ? readFileSync(join(folder, `${name}.gz`)) : gzipSync(plain);
  return { type: TYPES[extname(name)] ?? "application/octet-stream", plain, zipped };
}

/** @param {string} folder */
function namesIn(folder) {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  } catch (error) {
    if (systemError(error).code === "ENOENT") return [];
    throw error;
  }
}
