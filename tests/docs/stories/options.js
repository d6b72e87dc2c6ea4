// docs/options.md: a program that trusts another certificate authority and one that reads clusters.json, on simulated
// clusters; a real Consul accepts the CORS headers.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { assertConfigures, makeCertificate } from "../programs.js";
import { openStage } from "../stage.js";

export default async function tell(t, take) {
  const stage = await openStage(["east", "west"]);
  t.after(() => stage.stop());

  await t.test("Certificates", async () => {
    await makeCertificate(stage.path("server.pem"), stage.path("key.pem"), stage.path("ca.pem"));
    const [cert, key] = ["server.pem", "key.pem"].map((name) => readFileSync(stage.path(name)));
    const answer = (_, response) => response.writeHead(200, { "Content-Type": "application/json" }).end("[]");
    const server = createServer({ cert, key }, answer).listen(0, "127.0.0.1");
    t.after(() => server.close());
    await once(server, "listening");
    const program = `import { list } from "consul-peering";
      const done = await list("https://127.0.0.1:${server.address().port}").catch(({ code, hint }) => ({ code, hint }));
      console.log(JSON.stringify(done));`;
    stage.write("connect.mjs", program);
    assert.equal(await stage.sh(take("Certificates", "sh")), "[]\n");
    const { code, hint } = JSON.parse(await stage.js(program));
    assert.equal(code, "network");
    assert.match(hint, /NODE_EXTRA_CA_CERTS/);
  });

  await t.test("clusters.json in a program", async () => {
    assert.equal(await stage.js(take("clusters.json in a program", "js")), "ACTIVE\n");
  });

  await t.test("CORS headers", () => assertConfigures(take("CORS headers", "hcl")));
}
