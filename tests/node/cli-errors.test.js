// Errors with --json: the properties of the library's error, as docs/errors.md lists them. And the alias in an error, if
// several aliases have the address at which it occurred.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { describe as described } from "../../pkg/cli/failure.js";
import { labelOf, pairOf } from "../../pkg/cli/participants.js";
import * as peering from "../../pkg/node.js";
import { startSimulator } from "../../pkg/simulator.js";
import { run, runHere, write } from "./command-line.js";
import { aclToken } from "./secrets.js";
import { unreliablePort } from "./unreliable-port.js";

const OWN = ["code", "message", "hint", "findings", "left_behind"];

describe("with --json, an error", () => {
  test("of a call has the properties of the library's error, in the words of the command line", async (t) => {
    const { clusters, stop } = await startSimulator({ clusters: ["eu", "us"], speed: 100 });
    t.after(stop);
    const { eu, us } = clusters;
    await peering.connect({ cluster: eu, peer_name: "us" }, { cluster: us, peer_name: "eu" });
    const error = await peering.generateToken(us, { peer_name: "eu" }).catch((error) => error);
    const { code, err } = await runHere(["token", "generate", "eu", "--cluster", us.address, "--json"]);
    const document = JSON.parse(err);
    assert.deepEqual([code, document.code], [1, "role_conflict"]);
    for (const key of ["code", "operation", "reason", "cluster", "peer_name", "retryable", "left_behind", "findings"]) {
      assert.deepEqual(document[key], error[key], key);
    }
    assert.equal(document.operation, "generateToken");
    assert.equal(document.peering.id, error.peering.id);
    assert.equal(document.message, `token generate eu at ${us.address}: ${error.reason}`);
  });

  test("of invalid arguments has its reason in the words of the command line", async () => {
    const words = ["token", "generate", "us", "--external-address", "nowhere", "--cluster", "http://127.0.0.1:1"];
    const { message, reason, operation } = JSON.parse((await runHere([...words, "--json"])).err);
    assert.equal(operation, "generateToken");
    assert.match(reason, /^External address 1 "nowhere" /);
    assert.ok(message.endsWith(reason));
  });

  test("of the command line itself has no others", async () => {
    const { err } = await runHere(["list", "--json", "--nothing"]);
    assert.deepEqual(Object.keys(JSON.parse(err)), OWN);
  });

  test("has the properties of the table in docs/errors.md", () => {
    const page = readFileSync(new URL("../../docs/errors.md", import.meta.url), "utf8");
    const [table] = /^\| property[^]+?\n\n/m.exec(page);
    const listed = [...table.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
    const error = {
      ...{ code: "network", operation: "list", message: "list at http://a: x", reason: "x", hint: "y" },
      ...{ cluster: "http://a", peer_name: "us", retryable: true, findings: [], left_behind: [], status: 500 },
      ...{ peering: { id: "1" }, cause: new Error("refused") },
    };
    assert.deepEqual(Object.keys(described(error)).sort(), listed.sort());
    const [own] = /^An error of the command line itself[^]+?\n\n/m.exec(page);
    for (const key of OWN) assert.ok(own.includes(`\`${key}\``), key);
  });
});

describe("several aliases of one address", () => {
  /** `us` and `us-ro`, whose token may do nothing, at the address of one cluster, and `eu`. */
  async function world(t) {
    const powerless = aclToken("00000000-5555-4666-8777-888888888888");
    const acl = { tokens: { [powerless]: {} } };
    const { clusters, stop } = await startSimulator({ clusters: ["eu", { name: "us", acl }], speed: 100 });
    t.after(stop);
    const { eu, us } = clusters;
    const file = write(`aliases-${new URL(us.address).port}.json`, {
      eu: { address: eu.address },
      us: { address: us.address, token_env: "US_TOKEN" },
      "us-ro": { address: us.address, token_env: "US_RO_TOKEN" },
      "us-bare": { address: us.address },
      "us-wrong": { address: us.address, token_env: "US_TOKEN", datacenter: "mars" },
    });
    const env = { US_TOKEN: aclToken(us.token), US_RO_TOKEN: powerless };
    const errorOf = async (...words) => (await runHere([...words, "--clusters", file], { env })).err;
    return { eu, us, file, errorOf };
  }

  test("an error names the one that takes part, and its ACL token", async (t) => {
    const { us, file, errorOf } = await world(t);
    const advice = `\`consul-peering permissions --cluster us-ro --clusters ${file}\` shows`;
    for (const words of [
      ["plan", "eu", "us-ro"],
      ["connect", "us-ro", "eu", "--yes"],
      ["mesh", "eu", "us-ro"],
      ["plan", "us", "us-ro"],
      ["watch", "--cluster", "us-ro"],
      ["health", "--cluster", "eu", "--other", "us-ro"],
      ["list", "us", "us-ro"],
    ]) {
      const err = await errorOf(...words);
      const subject = words[0] === "health" ? `health at ${us.address}:` : `us-ro (${us.address}):`;
      assert.ok(err.includes(subject) && err.includes(advice), `${words.join(" ")}: ${err}`);
      assert.doesNotMatch(err, / us \(|--cluster us /, words.join(" "));
    }
  });

  test("of a mesh, the one of each failed pair", async (t) => {
    const { errorOf } = await world(t);
    const err = await errorOf("mesh", "eu", "us", "us-ro", "us-wrong", "--dry-run");
    assert.match(err, / us-ro \(.+ 403.*\n.+--cluster us-ro .+\n {2}Failed pairs: eu – us-ro, us – us-ro\n/);
    assert.match(err, / us-wrong \(.+not in "mars"\n.+ datacenter of the alias us-wrong in clusters\.json/);
    assert.doesNotMatch(err, / us \(/);
  });

  test("without a token, the alias to set it for; none for a URL and for the default cluster", async (t) => {
    const { us, file, errorOf } = await world(t);
    assert.match(
      await errorOf("plan", "eu", "us-bare"),
      /us-bare \(http.+set token_env or token_file of the alias us-bare /s,
    );
    const names = ["--a-name", "us", "--b-name", "eu"];
    const url = await errorOf("plan", "eu", us.address, ...names);
    assert.match(url, /^Error: plan: http:.+No ACL token was sent.*of an alias in/s);
    const env = { CONSUL_HTTP_ADDR: us.address };
    const { err } = await runHere(["list", "--clusters", file], { env });
    assert.match(err, /No ACL token was sent: set CONSUL_HTTP_TOKEN, or set token_env or token_file of an alias in/);
  });

  test("the name of the peering tells two sides with one address apart; otherwise both are named", async (t) => {
    const { us, file, errorOf } = await world(t);
    const of = { participants: pairOf("us", "us-ro"), clusters: file };
    const label = (peer_name) => labelOf({ cluster: us.address, peer_name }, of, {});
    assert.equal(label("us-ro"), `us (${us.address})`);
    assert.equal(label("us"), `us-ro (${us.address})`);
    assert.equal(label(), `us or us-ro (${us.address})`);
    const both = await errorOf("health", "--cluster", "us", "--other", "us-ro");
    assert.ok(
      both.includes(`\`consul-peering permissions us us-ro --clusters ${file}\` shows the permissions of each`),
      both,
    );
  });

  test("lost contact is reported with the alias that was named", async (t) => {
    const { eu, us } = await world(t);
    const mute = await unreliablePort(t, us);
    mute.setMode("mute");
    const entry = { address: mute.address };
    const aliases = write(`lost-${new URL(mute.address).port}.json`, {
      us: entry,
      other: entry,
      eu: { address: eu.address },
    });
    const lines = [
      ["list", "--cluster", "other"],
      ["plan", "eu", "other"],
      ["list", "other"],
    ];
    const waiting = lines.map((words) => run([...words, "--clusters", aliases, "--timeout", "4s"]));
    for (const { err } of await Promise.all(waiting)) assert.match(err, /^other \(http.+\): no response/m);
  });
});
