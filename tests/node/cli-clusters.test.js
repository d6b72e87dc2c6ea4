// clusters.json: what is rejected, and how the mistake is reported.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runHere as run, write } from "./command-line.js";

describe("clusters.json", () => {
  const refuse = async (entry, expected) => {
    const clusters = write("refused.json", typeof entry === "string" ? entry : { eu: entry });
    const { code, err } = await run(["list", "--cluster", "eu", "--clusters", clusters]);
    assert.equal(code, 2, err);
    assert.match(err, expected);
    return err;
  };
  const address = "http://127.0.0.1:8500";

  test("a secret is rejected and not repeated", async () => {
    const secret = "5b7c9a0e-1111-4222-8333-944455556666";
    for (const key of ["token", "Token", "acl_token", "secret_id", "password", "key", "CONSUL_HTTP_TOKEN"]) {
      assert.ok(!(await refuse({ address, [key]: secret }, /secrets do not belong in this file/)).includes(secret));
    }
    for (const key of ["token_env", "token_file", "datacenter"]) {
      assert.ok(!(await refuse({ address, [key]: secret }, /contains a secret/)).includes(secret));
    }
    assert.ok(!(await refuse(`{ "eu": { "token": "${secret}" `, /is not valid JSON/)).includes(secret));
  });

  test("every other mistake is reported", async () => {
    await refuse("[]", /not an object of aliases/);
    await refuse({ address, adress: "x" }, /unknown key "adress"/);
    await refuse({}, /no address/);
    await refuse({ address: 8500 }, /address is not a string/);
    await refuse({ address, token_env: "A", token_file: "b" }, /both token_env and token_file/);
    await refuse({ address, token_env: "not a name" }, /not the name of a variable/);
    await refuse({ address, token_env: "EU_TOKEN_UNSET" }, /variable EU_TOKEN_UNSET, .* is not set/);
    await refuse({ address, token_file: "nowhere.token" }, /nowhere\.token does not exist/);
    await refuse({ address, meta: { a: 1 } }, /meta is not an object of strings/);
    await refuse({ address, server_external_addresses: "x" }, /not a list of strings/);
    await refuse({ address, ca_file: "ca.pem" }, /ca_file of eu needs https, but the address of eu begins with http:/);
    await refuse({ address: "https://127.0.0.1:1", cert_file: "c.pem" }, /certificate is set without its key/);
    await refuse({ address: "https://127.0.0.1:1", ca_file: "nowhere.pem" }, /nowhere\.pem does not exist/);
    await refuse({ address: "https://127.0.0.1:1", ca_file: "refused.json" }, /contains no CERTIFICATE/);
  });

  test("a duplicate key is reported, with the position of the second", async () => {
    const refuseText = async (text, expected) => {
      const { code, err } = await run(["list", "--cluster", "eu", "--clusters", write("twice.json", text)]);
      assert.equal(code, 2, err);
      assert.match(err, expected);
      return err;
    };
    const entry = `{ "address": "${address}", "meta": { "a": "}\\"{" } }`;
    await refuseText(
      `{ "eu": ${entry},\n  "us": ${entry},\n  "\\u0065u": ${entry} }`,
      /alias "eu" is repeated.*line 3, column 3\b/s,
    );
    await refuseText(`{ "eu": { "address": "${address}", "address": "${address}" } }`, /key "address" is repeated/);
    const secret = "5b7c9a0e-1111-4222-8333-944455556666";
    assert.ok(
      !(await refuseText(`{ "${secret}": 1, "${secret}": 1 }`, /repeated|looks like a token/)).includes(secret),
    );
    await refuseText(`{ "eu": ${entry}, "us": { "address": "${address}", "address_": 1 } }`, /unknown key "address_"/);
  });

  test("an unknown alias is reported, with the most similar one", async () => {
    const clusters = write("aliases.json", { "eu-west": { address }, us: { address } });
    const { code, err } = await run(["list", "--cluster", "eu-wst", "--clusters", clusters]);
    assert.equal(code, 2);
    assert.match(err, /"eu-wst" is neither.*Did you mean eu-west\? Aliases: eu-west, us/s);
    const none = await run(["list", "--cluster", "eu"]);
    assert.match(none.err, /there is no clusters\.json/);
    const missing = await run(["list", "--clusters", "nowhere.json"]);
    assert.equal(missing.code, 2);
  });
});
