// Copies the documents for users into pkg/, so that their links work in an installed package. A link to a file that is
// not packed becomes an absolute one if `repository` is set in pkg/package.json, and plain text otherwise.
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const pkg = join(root, "pkg");
const LINK = /(!?)\[((?:[^[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)/g;
const FENCE = /^( *)```[^]*?^\1```/gm;

const documents = [
  ...["README.md", "CHANGELOG.md", "SECURITY.md"],
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];
const { repository, version } = JSON.parse(readFileSync(join(pkg, "package.json"), "utf8"));
const source = repository?.url.replace(/^git\+|\.git$/g, "");
/** @type {Set<string>} */
const images = new Set();

rmSync(join(pkg, "docs"), { recursive: true, force: true });
for (const path of documents) {
  const text = readFileSync(join(root, path), "utf8");
  mkdirSync(join(pkg, dirname(path)), { recursive: true });
  writeFileSync(
    join(pkg, path),
    outsideFences(text, (prose) => prose.replace(LINK, (...match) => link(path, match))),
  );
}
for (const path of images) {
  mkdirSync(join(pkg, dirname(path)), { recursive: true });
  copyFileSync(join(root, path), join(pkg, path));
}

/**
 * @param {string} text
 * @param {(prose: string) => string} change
 */
function outsideFences(text, change) {
  const fences = text.match(FENCE) ?? [];
  return text
    .split(FENCE)
    .filter((_, at) => at % 2 === 0) // the odd ones are the fences' indentation
    .map((prose, at) => change(prose) + (fences[at] ?? ""))
    .join("");
}

/**
 * @param {string} from  the document's path
 * @param {string[]} match  of LINK
 */
function link(from, [whole, mark, text, target]) {
  if (/^([a-z]+:|#)/.test(target)) return whole;
  const [path, anchor] = posix.join(posix.dirname(from), target).split("#");
  if (documents.includes(path)) return whole;
  if (mark) {
    images.add(path);
    return whole;
  }
  return source ? `[${text}](${source}/blob/v${version}/${path}${anchor ? `#${anchor}` : ""})` : text;
}
