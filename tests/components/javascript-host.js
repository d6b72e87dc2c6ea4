// Calls functions of an interface in jco: node javascript-host.js COMPONENT.wasm INTERFACE [ADDRESS…], a JSON list of calls
// on stdin, results on stdout. With addresses, the component can send requests to them alone.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { HOSTS, ROOT } from "./place.js";

const require = createRequire(`${HOSTS}package.json`);
const load = (name) => import(pathToFileURL(require.resolve(name)).href);
const [component, name, ...allowed] = process.argv.slice(2);

const { transpileBytes } = await load("@bytecodealliance/jco-transpile");
const { files } = await transpileBytes(readFileSync(component), { name: "component", instantiation: { tag: "async" } });
const folder = mkdtempSync(`${HOSTS}transpiled-`);
for (const [file, bytes] of Object.entries(files)) {
  mkdirSync(dirname(`${folder}/${file}`), { recursive: true });
  writeFileSync(`${folder}/${file}`, bytes);
}
try {
  const { instantiate } = await import(pathToFileURL(`${folder}/component.js`).href);
  const { [name]: functions } = await instantiate(compile, await imports());
  const results = JSON.parse(readFileSync(0, "utf8")).map(([name, given]) => call(functions[camel(name)], given));
  process.stdout.write(JSON.stringify(results), () => process.exit());
} finally {
  rmSync(folder, { recursive: true });
}

function compile(file) {
  return WebAssembly.compile(readFileSync(`${folder}/${file}`));
}

async function imports() {
  const { WASIShim } = await load("@bytecodealliance/preview2-shim/instantiation");
  if (allowed.length === 0) return new WASIShim().getImportObject();
  const { restrictedHttp } = await import(pathToFileURL(`${ROOT}examples/components/restricted-http.mjs`).href);
  const { http } = await load("@bytecodealliance/preview2-shim");
  return new WASIShim({ http: restrictedHttp(http, allowed) }).getImportObject();
}

function call(function_, given) {
  try {
    return snakeCase(function_(...given.map(toArgument)));
  } catch (error) {
    if (error instanceof Error && !("payload" in error)) throw error;
    return snakeCase(error.payload ?? error);
  }
}

function camel(name) {
  return name.replace(/[-_](\w)/g, (_, letter) => letter.toUpperCase());
}

function toArgument(value) {
  if (typeof value === "number") return BigInt(value);
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.map(toArgument);
  if (typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [camel(key), toArgument(member)]));
}

/** Members that have no value are null in the package; only `path` is left out. */
function snakeCase(value) {
  if (Array.isArray(value)) return value.map(snakeCase);
  if (value === undefined) return null;
  if (value === null || typeof value !== "object") return value;
  const members = Object.entries(value).map(([key, member]) => [
    key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    snakeCase(member),
  ]);
  return Object.fromEntries(members.filter(([key, member]) => key !== "path" || member !== null));
}
