// Every block of code in every document is run, each by the story of its document: stories/<document>.js. A block that
// no story takes fails, and so does a document with blocks and without a story.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { basename } from "node:path";
import { describe, test } from "node:test";
import { blocks, documents, REFERENCE } from "./documents.js";

// Three at a time: they mostly wait.
describe("every block is run", { concurrency: 3 }, () => {
  for (const path of documents().filter((path) => !path.startsWith(REFERENCE))) {
    const left = blocks(path);
    if (left.length === 0) continue;
    test(path, async (t) => {
      const story = new URL(`./stories/${basename(path, ".md").toLowerCase()}.js`, import.meta.url);
      assert.ok(existsSync(story), `${path} has blocks of code and no story in tests/docs/stories`);
      /** The next block of this language under this heading. */
      const take = (heading, language) => {
        const at = left.findIndex((block) => block.heading === heading && block.language === language);
        assert.notEqual(at, -1, `${path} has no further block of ${language} under "${heading}"`);
        return left.splice(at, 1)[0].code;
      };
      const { default: run } = await import(story);
      await run(t, take);
      assert.deepEqual(
        left.map(({ line, heading, language }) => `${path}:${line} ${language} under "${heading}"`),
        [],
        "blocks that no story takes",
      );
    });
  }
});
