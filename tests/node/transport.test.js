// The transport for TLS settings, against servers that send arbitrary bytes: every call settles, and nothing is thrown
// that no caller can catch (node:test fails a file for that).
import assert from "node:assert/strict";
import { readFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { tlsFetch } from "../../pkg/cli/transport.js";
import { responses } from "../hostile/responses.js";
import { startHostile } from "../hostile/server.js";
import { makeCertificates } from "./certificates.js";

const READ_MAX_BYTES = 1_000_000;

/** The result of a request: the status and the body's first megabyte, or the error. */
async function outcome(fetch, url, signal) {
  try {
    const response = await fetch(url, { method: "POST", body: "{}", signal });
    let size = 0;
    for await (const chunk of response.body ?? []) if ((size += chunk.length) > READ_MAX_BYTES) break;
    return { status: response.status, size };
  } catch (error) {
    return { error };
  }
}

describe("the transport for TLS settings", { skip: !process.env.CONSUL && "CONSUL is not set" }, () => {
  const folder = mkdtempSync(join(tmpdir(), "consul-peering-transport-"));
  let secure;
  let fetch;
  before(() => {
    const { server, client } = makeCertificates(folder, "dc1");
    secure = { cert: readFileSync(server.cert_file), key: readFileSync(server.key_file) };
    fetch = tlsFetch({ ca_file: client.ca_file });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Sends one request to a server that responds so. */
  async function exchange(respond, ms = 2_000) {
    const server = await startHostile(respond, secure);
    const signal = AbortSignal.timeout(ms);
    const observed = await outcome(fetch, `${server.address}/v1/peerings`, signal);
    await server.drained();
    await server.close();
    return { ...observed, timedOut: observed.error !== undefined && observed.error === signal.reason };
  }

  for (const [title, respond] of Object.entries(responses)) {
    test(title, async () => {
      const { error, status, timedOut } = await exchange(respond, 300);
      if (error) assert.ok(timedOut || (error instanceof TypeError && error.cause instanceof Error), String(error));
      else assert.ok(status >= 200 && status <= 599);
    });
  }

  for (const title of [
    ...["status 600", "status 999", "status 099", "status 000"],
    ...[
      "101 without an upgrade",
      "101 with an upgrade",
      "103 without an end",
      "103, and the connection ends",
      "no byte",
    ],
  ]) {
    test(`${title}: rejected at once, not at the timeout`, async () => {
      const { error, timedOut } = await exchange(responses[title], 30_000);
      assert.equal(timedOut, false);
      assert.equal(error.message, "fetch failed");
      assert.ok(error.cause.message);
    });
  }

  for (const title of ["control characters in the reason phrase", "bytes above 127 in the reason phrase"]) {
    test(`${title}: the body counts, the phrase does not`, async () => {
      const { status, size, error } = await exchange(responses[title]);
      assert.ok(error ? error instanceof TypeError : status === 200 && size === 2, String(error));
    });
  }
});
