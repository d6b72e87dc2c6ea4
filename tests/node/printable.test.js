// The same characters are escaped in two places that cannot share code: the rules in Rust, and the command line, which
// prints before the module is loaded.
import assert from "node:assert/strict";
import { test } from "node:test";
import { printable } from "../../pkg/cli/terminal.js";
import { validatePeerName } from "../../pkg/node.js";

/** Every character of the planes that have more than ideographs, without surrogates. */
function* characters() {
  for (const plane of [0, 1, 14]) {
    for (let low = 0; low < 0x10000; low++) {
      if (plane > 0 || low < 0xd800 || low > 0xdfff) yield String.fromCodePoint(plane * 0x10000 + low);
    }
  }
}

/** The name in the finding about a name that begins with the character. */
const inFinding = (character) => /"(.*)é"/su.exec(validatePeerName(`${character}é`)[0].message)[1];

test("the command line and findings escape the same characters", () => {
  let hidden = 0;
  for (const character of characters()) {
    const shown = printable(character);
    if (shown !== character) hidden++;
    if (shown !== inFinding(character)) {
      assert.match(
        character,
        /\p{Cn}/u,
        `U+${character.codePointAt().toString(16)}: newer than this runtime's Unicode`,
      );
    }
  }
  assert.ok(hidden > 200, `${hidden} are hidden`);
});

test("escapes are JSON's, and other texts are unchanged", () => {
  const text = "a\x1b\x9b\u202e\u200b\u2028\u{e0041}\n\r\tz";
  assert.equal(printable(text), "a\\u001b\\u009b\\u202e\\u200b\\u2028\\udb40\\udc41\\n\\r\\tz");
  assert.equal(JSON.parse(`"${printable(text)}"`), text);
  assert.equal(printable(text, { lines: true }).includes("\n"), true);
  for (const plain of ["", "eu-west-1", "Grüße, 東京 😀 – „so“"]) assert.equal(printable(plain), plain);
});
