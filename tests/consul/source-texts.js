// The texts of errors in a file of Consul's source, each with its function.

const FUNCTION = /^func (?:\([^)]*\) )?(\w+)/;
const MAKES_ERROR = String.raw`(?:Errorf|errors\.New|status\.Errorf?)\(\s*(?:codes\.\w+,\s*)?`;
const LITERAL = String.raw`"((?:[^"\\]|\\.)+)"`;
const NAMED = String.raw`^\s*(?:err\w*|errMsg)\s*:?=\s*`;
const TEXT = new RegExp(`(?:${MAKES_ERROR}|Reason:\\s*(?:fmt\\.Sprintf\\()?|${NAMED})${LITERAL}`, "g");
const ON_THE_NEXT_LINE = new RegExp(`${MAKES_ERROR}$`);

/** @returns {{ function: string, says: string }[]} `function` is "" outside of any. */
export function textsIn(source) {
  const texts = [];
  let name = "";
  let isOpen = false;
  for (const line of source.split("\n")) {
    if (line.startsWith("}")) name = "";
    name = FUNCTION.exec(line)?.[1] ?? name;
    const code = line.replace(/^\s*\/\/.*/, "");
    const found = isOpen ? [new RegExp(`^\\s*${LITERAL}`).exec(code)].filter(Boolean) : [...code.matchAll(TEXT)];
    isOpen = ON_THE_NEXT_LINE.test(code);
    texts.push(...found.map(([, says]) => ({ function: name, says: says.replace(/\\(.)/g, "$1") })));
  }
  return texts;
}
