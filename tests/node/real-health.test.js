// The health of real clusters after a restart, a rebuild and a change of the exported services.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { changes } from "../../pkg/cli/watch-view.js";
import { colours } from "../../pkg/cli/terminal.js";
import { connect, establish, generateToken, health, identify, plan, read, remove, wait } from "../../pkg/node.js";
import { pause, raw, rejects, resume, startFor } from "../long/incidents.js";
import { peeringToken } from "./secrets.js";

const side = (agent, peer_name) => ({ cluster: agent.address, peer_name, server_external_addresses: [] });
const hasHeartbeat = (found) => found?.stream.last_heartbeat != null;
const codes = ({ checks }) => checks.map(({ code }) => code);
const rules = ({ findings }) => findings.map(({ rule }) => rule);

describe("health of real clusters", { concurrency: 3, timeout: 240_000 }, () => {
  test("after a restart, an acceptor is not_reconnected, not token_unused", async (t) => {
    const { eu, us } = await startFor(t, [{ name: "eu", data: true }, { name: "us" }]);
    const { acceptor } = await connect(side(eu, "us"), side(us, "eu"));
    assert.equal(acceptor.state, "ACTIVE");
    const before = await wait(eu.address, "us", hasHeartbeat);
    await pause(us); // it cannot reconnect before this read
    await eu.restart();
    const restarted = await read(eu.address, "us");
    assert.equal(restarted.state, "PENDING");
    const result = health(restarted);
    assert.deepEqual([result.verdict, codes(result)], ["broken", ["not_reconnected"]]);
    assert.deepEqual(codes(health(restarted, { previous: before })), ["not_reconnected", "was_active"]);
    const line = changes([before], [restarted], { label: "eu" }, colours({ isTTY: false }, {}));
    assert.match(line, /PENDING \(was ACTIVE\): the servers restarted; the dialer has not reconnected yet/);
    resume(us);
    const back = await wait(eu.address, "us", (found) => found?.state === "ACTIVE", { timeout: 120_000 });
    assert.equal(back.id, acceptor.id);
    assert.deepEqual(codes(health(await wait(eu.address, "us", hasHeartbeat))), []);
  });

  for (const [what, rebuilt] of [
    ["acceptor", "eu"],
    ["dialer", "us"],
  ]) {
    test(`a rebuilt ${what} is recognised; delete the stale side, then connect`, async (t) => {
      const { eu, us } = await startFor(t, [{ name: "eu" }, { name: "us" }]);
      const agents = { eu, us };
      await connect(side(eu, "us"), side(us, "eu"));
      const stale = rebuilt === "eu" ? [us, "eu"] : [eu, "us"];
      // An acceptor learns who has dialed it a moment after that is ACTIVE.
      await wait(stale[0].address, stale[1], (found) => found.peer_ca_pems.length > 0);
      const former = await identify(agents[rebuilt].address);
      await agents[rebuilt].stop();
      Object.assign(agents, await startFor(t, [{ name: rebuilt }]));
      const now = await identify(agents[rebuilt].address);
      assert.equal(now.datacenter, former.datacenter);
      assert.notEqual(now.trust_domain, former.trust_domain);

      const sides = [side(agents.eu, "us"), side(agents.us, "eu")];
      const untouched = await read(stale[0].address, stale[1]);
      for (const call of [plan, connect]) {
        for (const pair of [sides, [...sides].reverse()]) {
          const error = await rejects(call(...pair), "peer_mismatch");
          assert.deepEqual(rules(error), ["rebuilt"], error.message);
          assert.deepEqual(error.left_behind, []);
        }
      }
      const found = await read(stale[0].address, stale[1]);
      assert.equal(found.modify_index, untouched.modify_index, "nothing was written");
      const result = health(found, { other: null, otherCluster: now });
      assert.ok(codes(result).includes("rebuilt"), JSON.stringify(result));
      assert.ok(!codes(health(found, { other: null, otherCluster: former })).includes("rebuilt"));
      if (rebuilt === "eu") {
        const peering_token = peeringToken(await generateToken(agents.eu.address, { peer_name: "us" }));
        const error = await rejects(establish(us.address, { peer_name: "eu", peering_token }), "peer_mismatch");
        assert.deepEqual(rules(error), ["rebuilt"]);
      }

      await remove(stale[0].address, stale[1]);
      const linked = await connect(...sides);
      assert.deepEqual([linked.acceptor.state, linked.dialer.state], ["ACTIVE", "ACTIVE"]);
      assert.notEqual(linked[what === "acceptor" ? "dialer" : "acceptor"].id, found.id);
    });
  }

  test("services that one side exports and the other does not import", async (t) => {
    const { eu, us } = await startFor(t, [{ name: "eu" }, { name: "us" }]);
    const exportTo = async (...names) => {
      const Services = names.map((Name) => ({ Name, Consumers: [{ Peer: "us" }] }));
      const entry = { Kind: "exported-services", Name: "default", Services };
      assert.equal((await raw(eu, "PUT", "/v1/config", entry)).status, 200);
    };
    for (const Name of ["api", "db"]) await raw(eu, "PUT", "/v1/agent/service/register", { Name, Port: 80 });
    await exportTo("api");
    await connect(side(eu, "us"), side(us, "eu"));
    const imports = (...names) =>
      wait(us.address, "eu", (found) => String(found.stream.imported_services) === String(names));
    const importer = await imports("api");
    const exporter = await wait(eu.address, "us", hasHeartbeat);
    const services = (result) => codes(result).filter((code) => /import|export/.test(code));
    assert.deepEqual(services(health(exporter, { other: importer })), []);

    await pause(us); // updates do not arrive
    await exportTo("api", "db");
    const changed = await wait(eu.address, "us", (found) => found.stream.exported_services.length === 2);
    const sent = Date.parse(changed.stream.last_send);
    const at = (seconds, peering, given) =>
      services(health(peering, { ...given, now: new Date(sent + seconds * 1_000) }));
    assert.deepEqual(at(1, changed, { other: importer }), ["export_pending"]);
    assert.deepEqual(at(20, changed, { other: importer }), ["not_imported_there"]);
    assert.deepEqual(at(20, importer, { other: changed }), ["not_imported"]);
    resume(us);
    assert.deepEqual(services(health(changed, { other: await imports("api", "db") })), []);
  });
});
