// CONSUL_HTTP_TOKEN_FILE in the library: a small regular file or a shell's pipe, nothing that blocks.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { list, watch } from "../../pkg/node.js";
import { aclToken } from "./secrets.js";

const folder = mkdtempSync(join(tmpdir(), "consul-peering-token-file-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const TOKEN = aclToken("7d0c2f8e-5b1a-4c3d-9e2f-001122334455");

/** The token that a call sends, with this file; or its error. */
async function sent(file) {
  let token;
  const fetch = async (url, { headers }) => {
    token = new Headers(headers).get("X-Consul-Token");
    return new Response("[]");
  };
  process.env.CONSUL_HTTP_TOKEN_FILE = file;
  try {
    await list({ fetch });
    return token;
  } catch ({ code, findings }) {
    return `${code}: ${findings[0].rule}`;
  } finally {
    delete process.env.CONSUL_HTTP_TOKEN_FILE;
  }
}

const written = (name, text) => {
  writeFileSync(join(folder, name), text, { mode: 0o600 });
  return join(folder, name);
};

test("a regular file, with or without a byte order mark", async () => {
  assert.equal(await sent(written("plain", `${TOKEN}\n`)), TOKEN);
  assert.equal(await sent(written("marked", `\ufeff${TOKEN}\r\n`)), TOKEN);
});

test("a special or oversized file is refused at once", { skip: process.platform === "win32" }, async () => {
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  const large = written("large", "a".repeat(1024 * 1024 + 1));
  for (const file of [pipe, "/dev/zero", "/dev/null", folder, large, join(folder, "none")]) {
    assert.equal(await sent(file), "invalid: file", file);
  }
});

const ROTATED = aclToken("2f8e7d0c-1a5b-4d3c-8f9e-554433221100");

test("watch: uses the current token of the file", { timeout: 60_000 }, async () => {
  const file = written("rotated", TOKEN);
  const sent = [];
  const fetch = async (url, { headers }) => {
    sent.push(new Headers(headers).get("X-Consul-Token"));
    if (sent.length === 1) writeFileSync(file, ROTATED);
    if (sent.length === 2) writeFileSync(file, ""); // is being written
    return new Response(sent.length < 3 ? "[]" : '[{ "ID": "1", "Name": "eu", "State": "ACTIVE" }]');
  };
  process.env.CONSUL_HTTP_TOKEN_FILE = file;
  let watched;
  try {
    watched = watch({ fetch }, { interval: 1 });
  } finally {
    delete process.env.CONSUL_HTTP_TOKEN_FILE;
  }
  assert.deepEqual((await watched.next()).value, []);
  assert.equal((await watched.next()).value.length, 1);
  await watched.return();
  assert.deepEqual(sent, [TOKEN, ROTATED, TOKEN]);
});
