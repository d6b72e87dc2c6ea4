// The documents of the repository, as whoever browses it sees them: their code blocks, their headings, their links.
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { read } from "./examples.js";

const { default: GithubSlugger } = await tool("github-slugger");
const { default: MarkdownIt } = await tool("markdown-it");

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** Written by `make reference` from the types, whose examples have a test of their own. */
export const REFERENCE = "docs/api/";
const markdown = new MarkdownIt({ html: true });

/** One of the packages that tools/docs has for writing and reading documents. */
export function tool(name) {
  return import(createRequire(new URL("../../tools/docs/package.json", import.meta.url)).resolve(name));
}

const tokensOf = (path) => markdown.parse(read(path), {});

/** Every document in the root and below docs/, the reference last. */
export function documents() {
  const isDocument = (name) => name.endsWith(".md");
  const inRoot = readdirSync(ROOT).filter(isDocument);
  const below = readdirSync(join(ROOT, "docs"), { recursive: true }).filter(isDocument);
  return [...inRoot, ...below.map((name) => `docs/${name}`)].sort(
    (a, b) => Number(a.startsWith(REFERENCE)) - Number(b.startsWith(REFERENCE)) || (a < b ? -1 : 1),
  );
}

/** A document's blocks of code, each with the heading that it stands under. */
export function blocks(path) {
  const found = [];
  let heading;
  const tokens = tokensOf(path);
  for (const [at, token] of tokens.entries()) {
    if (token.type === "heading_open") heading = textOf(tokens[at + 1]);
    if (token.type !== "fence" && token.type !== "code_block") continue;
    found.push({ path, heading, language: token.info.trim(), code: token.content, line: token.map[0] + 1 });
  }
  return found;
}

/** What can follow `#` in a link to this document. */
export function anchors(path) {
  const slugger = new GithubSlugger();
  const slugs = headings(path).map((text) => slugger.slug(text));
  const named = [...read(path).matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id);
  return [...slugs, ...named];
}

/** Where a document's links and pictures lead, each with its line. */
export function links(path) {
  const found = [];
  let line;
  for (const { type, children, map } of tokensOf(path)) {
    if (map) line = map[0] + 1; // a cell has none of its own
    if (type !== "inline") continue;
    for (const child of children) {
      const target = child.attrGet("href") ?? child.attrGet("src");
      if (target !== null) found.push({ target: decodeURI(target), line });
    }
  }
  return found;
}

/** The rows of the tables under a heading, each a list of its cells' text; those of the head are left out. */
export function rows(path, heading) {
  const found = [];
  let here;
  let inBody = false;
  const tokens = tokensOf(path);
  for (const [at, { type, content }] of tokens.entries()) {
    if (type === "heading_open") here = textOf(tokens[at + 1]);
    if (type === "tbody_open" || type === "tbody_close") inBody = type === "tbody_open";
    if (here !== heading || !inBody) continue;
    if (type === "tr_open") found.push([]);
    if (type === "inline") found.at(-1).push(content);
  }
  return found;
}

function headings(path) {
  const tokens = tokensOf(path);
  return tokens.flatMap(({ type }, at) => (type === "heading_open" ? [textOf(tokens[at + 1])] : []));
}

/** A heading without its marks. */
const textOf = ({ children }) => children.map(({ content }) => content).join("");
