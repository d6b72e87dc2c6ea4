// The commands on two or more clusters, as child processes, on real clusters.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import * as peering from "../../pkg/node.js";
import { startAgents } from "../consul/agent.js";
import { ended, run, start, write } from "./command-line.js";
import { assertNoSecretPrinted, secrets, until } from "./pair-commands.js";
import { aclToken } from "./secrets.js";

describe("real clusters, with ACLs and mutual TLS", () => {
  let clusters;
  let file;
  let env;
  const tls = mkdtempSync(join(tmpdir(), "consul-peering-tls-"));
  const command = (...words) => run([...words, "--clusters", file], { env });

  before(async () => {
    const consul = (...words) => execFileSync(process.env.CONSUL ?? "consul", ["tls", ...words], { cwd: tls });
    consul("ca", "create");
    for (const name of ["eu", "us"]) {
      consul("cert", "create", "-server", "-dc", name);
      consul("cert", "create", "-client", "-dc", name);
    }
    const at = (name) => join(tls, name);
    const agent = (name) => ({
      ...{ name, acl: true, https: true },
      config: {
        tls: {
          https: {
            ca_file: at("consul-agent-ca.pem"),
            cert_file: at(`${name}-server-consul-0.pem`),
            key_file: at(`${name}-server-consul-0-key.pem`),
            verify_incoming: true,
          },
        },
      },
    });
    clusters = await startAgents([agent("eu"), agent("us"), { name: "ap" }]);
    const { eu, us, ap } = clusters.agents;
    const entry = ({ name, https_address }) => ({
      address: https_address,
      ca_file: at("consul-agent-ca.pem"),
      cert_file: at(`${name}-client-consul-0.pem`),
      key_file: at(`${name}-client-consul-0-key.pem`),
    });
    for (const { token } of [eu, us]) secrets.add(aclToken(token));
    env = { EU_TOKEN: eu.token };
    write("us.token", us.token);
    file = write("real.json", {
      eu: { ...entry(eu), token_env: "EU_TOKEN", datacenter: "eu", server_external_addresses: [] },
      us: { ...entry(us), token_file: "us.token", meta: { team: "payments" } },
      ap: { address: ap.address, server_external_addresses: [] },
      wrong: { ...entry(us), token_file: "us.token", datacenter: "mars" },
    });
  });
  after(async () => {
    await clusters?.stop();
    rmSync(tls, { recursive: true, force: true });
  });

  test("plan, connect, rotate, health, disconnect", async () => {
    assert.equal((await command("plan", "eu", "us")).code, 3);
    const linked = await command("connect", "eu", "us", "--json");
    assert.equal(linked.code, 0, linked.err);
    const { acceptor, dialer } = JSON.parse(linked.out);
    assert.deepEqual([acceptor.state, dialer.state, dialer.meta], ["ACTIVE", "ACTIVE", { team: "payments" }]);
    assert.equal((await command("plan", "eu", "us")).code, 0);
    const rotated = await command("rotate", "eu", "us", "--json");
    assert.equal(rotated.code, 0, rotated.err);
    assert.equal(JSON.parse(rotated.out).dialer.id, dialer.id);
    const health = await command("health", "us", "--cluster", "eu", "--other", "us", "--json");
    const { verdict } = JSON.parse(health.out);
    assert.deepEqual([health.code, verdict], verdict === "healthy" ? [0, "healthy"] : [3, "starting"]);
    assert.equal((await command("disconnect", "eu", "us", "--dry-run")).code, 3);
    const gone = await command("disconnect", "eu", "us", "--yes", "--json");
    assert.equal(gone.code, 0, gone.err);
    assert.deepEqual(Object.keys(JSON.parse(gone.out)), ["a", "b"]);
    assert.equal((await command("disconnect", "eu", "us", "--dry-run")).code, 0);
    const elsewhere = await command("connect", "eu", "wrong", "--a-name", "us", "--json");
    assert.deepEqual([elsewhere.code, JSON.parse(elsewhere.err).code], [1, "wrong_datacenter"]);
  });

  test("mesh, while watch runs; leftovers are deleted first", async () => {
    const child = start(["watch", "--cluster", "us", "--json", "--interval", "200ms", "--clusters", file], { env });
    const first = await command("mesh", "eu", "us", "ap");
    assert.equal(first.code, 0, first.err);
    await until(child, /^(?=.*"eu".*"ACTIVE")(?=.*"ap".*"ACTIVE".*"ACTIVE"|.*"ACTIVE".*"ap".*"ACTIVE").*\n/m);
    child.kill("SIGINT");
    assert.equal(await ended(child), 0);
    assert.equal((await command("mesh", "eu", "us", "ap", "--dry-run")).code, 0);
    assert.equal((await command("delete", "ap", "--cluster", "us", "--yes", "--quiet")).code, 0);
    const { agents } = clusters;
    await peering.wait(agents.ap.address, "us", "TERMINATED");
    assert.equal((await command("mesh", "eu", "us", "ap")).code, 4);
    const mended = await command("mesh", "eu", "us", "ap", "--yes", "--json");
    assert.equal(mended.code, 0, mended.err);
    assert.deepEqual(
      JSON.parse(mended.out)
        .pairs.map(({ status }) => status)
        .sort(),
      ["changed", "linked", "linked"],
    );
  });
});

test("no secret was ever printed", assertNoSecretPrinted);
