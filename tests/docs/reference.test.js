// docs/api is the output of `make reference` from the shipped types; every function documents its parameters and its
// result, and every example compiles.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { REFERENCE, ROOT, tool } from "./documents.js";

const { ReflectionKind } = await tool("typedoc");

const folder = mkdtempSync(join(tmpdir(), "consul-peering-reference-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const typedoc = (...words) => {
  const { status, stdout } = spawnSync("tools/docs/node_modules/.bin/typedoc", ["--options", "tools/docs", ...words], {
    ...{ cwd: ROOT, encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } },
  });
  assert.equal(status, 0, stdout);
};

const fresh = join(folder, "api");
const described = join(folder, "api.json");
typedoc("--out", fresh, "--json", described);

test("docs/api is current: `make reference` regenerates it", () => {
  const kept = join(ROOT, REFERENCE);
  const names = (place) => readdirSync(place, { recursive: true }).sort();
  assert.deepEqual(names(kept), names(fresh));
  for (const name of names(fresh).filter((name) => name.endsWith(".md"))) {
    assert.equal(readFileSync(join(kept, name), "utf8"), readFileSync(join(fresh, name), "utf8"), name);
  }
});

const modules = JSON.parse(readFileSync(described, "utf8")).children;
const textOf = (parts) => (parts ?? []).map(({ text }) => text).join("");
const tag = ({ comment }, name) => textOf(comment?.blockTags?.find((each) => each.tag === name)?.content);
const signatures = modules.flatMap(({ children }) => children.flatMap(({ signatures = [] }) => signatures));

describe("every function documents its parameters, result, endpoint, version and errors", () => {
  for (const signature of signatures) {
    const names = (signature.parameters ?? []).map(({ name }) => name);
    test(`${signature.name}(${names.join(", ")})`, () => {
      for (const { name, comment } of signature.parameters ?? []) {
        assert.notEqual(textOf(comment?.summary), "", `what ${name} is`);
      }
      assert.notEqual(tag(signature, "@returns"), "", "what it gives back");
      const onConsul = ["cluster", "clusters", "acceptor", "a"].includes(names[0]);
      if (!onConsul) return;
      const summary = textOf(signature.comment.summary);
      assert.match(summary, /^Consul\b[^]*(`(GET|POST|DELETE) \/v1\/|as connect)/m, "which endpoint it calls");
      assert.match(summary, /since\sConsul\s1\.\d+/i, "since which version");
      assert.notEqual(tag(signature, "@throws"), "", "what it rejects with");
    });
  }
});

/** Names that examples may use without declaring them, apart from the package's own exports. */
const GIVEN = `
declare global {
  const east: Cluster, west: Cluster, north: Cluster, spec: PeeringSpec, form: unknown, text: string, bytes: Uint8Array;
  const peering_token: string, ca: string, cert: string, key: string;
}
export {};
`;

test("every example compiles", () => {
  const examples = [];
  const visit = (reflection) => {
    for (const part of reflection.comment?.summary ?? []) collect(reflection.name, part);
    for (const { tag, content } of reflection.comment?.blockTags ?? []) {
      if (tag === "@example") content.forEach((part) => collect(reflection.name, part));
    }
    for (const each of [...(reflection.children ?? []), ...(reflection.signatures ?? [])]) visit(each);
  };
  const collect = (name, { kind, text }) => {
    const [, code] = (kind === "code" && /^```ts\n([^]*)\n```$/.exec(text)) || [];
    if (code) examples.push({ name, code });
  };
  modules.forEach(visit);
  const types = ["index", "policy", "simulator"].map((name) => readFileSync(join(ROOT, `pkg/${name}.d.ts`), "utf8"));
  const written = types.join("\n").match(/^ \* ```ts$/gm).length;
  assert.equal(examples.length, written, "examples in the types");

  const own = modules[0].children.filter(({ name }) => name !== "delete"); // no name for a constant
  const exported = own.map(({ name, kind }) =>
    [ReflectionKind.Interface, ReflectionKind.TypeAlias].includes(kind)
      ? `  type ${name} = import("consul-peering").${name};`
      : `  const ${name}: typeof import("consul-peering").${name};`,
  );
  writeFileSync(join(folder, "given.d.ts"), `declare global {\n${exported.join("\n")}\n}\n${GIVEN}`);
  for (const [at, { name, code }] of examples.entries()) {
    writeFileSync(join(folder, `${at}-${name.replaceAll("/", "-")}.ts`), `${code}\nexport {};\n`);
  }
  const paths = {
    "consul-peering": "index",
    "consul-peering/policy": "policy",
    "consul-peering/simulator": "simulator",
  };
  const inTree = (path) => [join(ROOT, path)];
  const config = {
    extends: join(ROOT, "tests/types/base.json"),
    compilerOptions: {
      ...{ module: "nodenext", lib: ["es2022"], types: ["node"] },
      // Strict, as `strict` alone is: examples are short.
      ...{ noUnusedLocals: false, noUncheckedIndexedAccess: false, noPropertyAccessFromIndexSignature: false },
      typeRoots: inTree("node_modules/@types"),
      paths: {
        ...Object.fromEntries(Object.entries(paths).map(([name, file]) => [name, inTree(`pkg/${file}.d.ts`)])),
        undici: inTree("node_modules/undici-types/index.d.ts"),
      },
    },
    include: ["*.ts"],
  };
  writeFileSync(join(folder, "package.json"), `{ "type": "module" }`);
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const { status, stdout } = spawnSync(join(ROOT, "node_modules/.bin/tsc"), ["-p", folder], { encoding: "utf8" });
  assert.equal(status, 0, stdout);
});
