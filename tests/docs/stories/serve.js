// docs/serve.md: each way to serve the page works, and the settings for other servers match this one's.

import assert from "node:assert/strict";
import { startAgents } from "../../consul/agent.js";
import { readClusters } from "../../../pkg/cli/clusters-file.js";
import { auditBy, auditLine } from "../../../pkg/serve/audit.js";
import { ALWAYS } from "../../../pkg/serve/headers.js";
import { read } from "../examples.js";
import { assertConfigures, commands, makeCertificate } from "../programs.js";
import { openStage, SERVES } from "../stage.js";

const TITLE = /<title>[^<]+<\/title>/;

export default async function story(t, take) {
  const stage = await openStage();
  t.after(() => stage.stop());

  await t.test("for this machine", async () => {
    const printed = await stage.lines(take("consul-peering serve", "sh"), [SERVES, SERVES]);
    for (const text of printed) assert.match(text, /http:\/\/127\.0\.0\.1:\d+\//);
  });

  await t.test("for others", async () => {
    await makeCertificate(stage.path("page.pem"), stage.path("page-key.pem"));
    stage.write("page.password", `correct horse battery\n`);
    const [printed] = await stage.lines(take("Access from other machines", "sh"), [SERVES]);
    assert.match(printed, /https:\/\//);
  });

  await t.test("the log has the fields and values of the example", () => {
    let line;
    const audit = auditBy(
      (entry) => (line = auditLine(entry)),
      () => Date.parse("2026-11-24T05:58:13Z"),
    );
    const session = { number: 1, address: "127.0.0.1" };
    audit({ session, cluster: "east", action: "delete", peer_name: "west", status: 200 });
    assert.equal(`${line}\n`, take("Log", "text"));
  });

  await t.test("by an agent", async () => {
    const [command] = commands(take("A Consul agent", "sh"));
    const dir = /^consul agent -dev -ui-dir (\S+)$/.exec(command)[1];
    const config = { ui_config: { enabled: true, dir: stage.path(dir) } };
    const { agents, stop } = await startAgents([{ name: "east", config }]);
    t.after(stop);
    const page = await (await fetch(`${agents.east.address}/ui/`)).text();
    assert.equal(TITLE.exec(page)[0], TITLE.exec(read("www/index.html"))[0]);
  });

  await t.test("by any other server", async () => {
    const { aliases } = readClusters(stage.write("public.json", take("Any other web server", "json")));
    assert.deepEqual(Object.keys(aliases), ["east", "west"]);
    await assertConfigures(take("Any other web server", "hcl"));
    const headers = new Headers(take("Any other web server", "text").trim().split("\n").map(pair));
    const policy = (text) => text.split("; ").map((rule) => rule.replace(/^(connect-src 'self').*/, "$1"));
    for (const [name, value] of headers) {
      const own = new Headers(ALWAYS).get(name);
      assert.deepEqual(policy(value), policy(own), name);
    }
    for (const { address } of Object.values(JSON.parse(read("docs/serve.md").match(/```json\n([^`]*)```/)[1]))) {
      assert.ok(headers.get("Content-Security-Policy").includes(` ${address}`), address);
    }
  });
}

const pair = (line) => line.split(/: (.*)/).slice(0, 2);
