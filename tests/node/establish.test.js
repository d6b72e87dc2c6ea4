// What establish, generateToken, delete and wait send, in which order, and what they report about the resulting
// peerings: on a small cluster in memory, each of whose responses a test may replace.
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { inspect } from "node:util";
import { establish, generateToken, isPeeringError, remove, wait } from "../../pkg/node.js";
import { peeringToken } from "./secrets.js";

/** A token of cluster `dc` for its record `peer_id`. */
const token = ({ dc = "us", domain = "us.consul", peer_id = "p1", secret = "good", server_name } = {}) =>
  peeringToken(
    Buffer.from(
      JSON.stringify({
        CA: null,
        ServerAddresses: ["1.2.3.4:8503"],
        ServerName: server_name ?? `server.${dc}.peering.${domain}`,
        PeerID: peer_id,
        EstablishmentSecret: `${secret}-secret-of-the-other-side`,
        Remote: { Partition: "", Datacenter: dc },
      }),
    ).toString("base64"),
  );
const answer = (status, text = "") => new Response(text, { status });
const SPENT = "a new peering token must be generated: invalid peering establishment secret";
const UNREACHABLE = `2 errors occurred:
\t* failed to exchange peering secret through address "1.2.3.4:8503": rpc error: code = Unavailable desc = refused
\t* failed to exchange peering secret through address "1.2.3.4:8503": rpc error: code = Unavailable desc = refused
`;

/**
 * A Consul cluster in memory. It responds like a real one; `on["METHOD /path"]` replaces a response or acts after it.
 */
class FakeCluster {
  datacenter = "eu";
  address = "http://eu.test";
  records = {};
  index = 10;
  log = [];
  /** The states of an accepted dialer, one for each read. */
  settles = ["ESTABLISHING", "ACTIVE"];
  /** How many more reads return a deleted record. */
  lingers = 1;
  /** `(act, n, init) => Response`: an unusual response; `act()` is the usual one. */
  on = {};
  fetch = async (url, init) => {
    const path = new URL(url).pathname;
    const call = `${init.method} ${path}`;
    this.log.push(call);
    const act = () => this.#act(init.method, path, init.body && JSON.parse(init.body));
    const n = this.log.filter((logged) => logged === call).length;
    return this.on[call] ? this.on[call](act, n, init) : act();
  };

  /** Creates a record, like another client. */
  put(fields) {
    const index = ++this.index;
    const record = {
      ID: `id-${index}`,
      Name: "us",
      State: "ACTIVE",
      CreateIndex: index,
      ModifyIndex: index,
      ...fields,
    };
    return (this.records[record.Name] = record);
  }
  dialer = (fields) => this.put({ PeerID: "p1", PeerServerName: "server.us.peering.us.consul", ...fields });

  #act(method, path, body) {
    const name = path.split("/")[3];
    if (path === "/v1/connect/ca/roots") return Response.json({ TrustDomain: "eu.consul", Roots: [] });
    if (path === "/v1/catalog/datacenters") return Response.json([this.datacenter]);
    if (path === "/v1/peering/establish") return this.#establish(body);
    if (path === "/v1/peering/token") {
      this.records[body.PeerName] ??= this.put({ Name: body.PeerName, State: "PENDING", Meta: body.Meta });
      return Response.json({ PeeringToken: token({ dc: "eu", domain: "eu.consul", peer_id: "made" }) });
    }
    const record = this.records[name];
    if (method === "DELETE") {
      if (record) Object.assign(record, { DeletedAt: "2026-11-24T05:58:13.7Z", ModifyIndex: ++this.index });
      return answer(200);
    }
    if (record?.DeletedAt && this.lingers-- <= 0) delete this.records[name];
    if (!this.records[name]) return answer(404, `Peering not found for "${name}"`);
    if (record.states?.length) record.State = record.states.shift();
    const { states, ...shown } = record;
    return Response.json(shown);
  }

  #establish({ PeerName, PeeringToken, Meta }) {
    const { PeerID, ServerName, EstablishmentSecret } = JSON.parse(Buffer.from(PeeringToken, "base64"));
    const refusal = { spent: [403, SPENT], unreachable: [503, UNREACHABLE], boom: [500, "boom"] }[
      EstablishmentSecret.split("-")[0]
    ];
    const record = this.records[PeerName] ?? this.put({ Name: PeerName, State: "PENDING" });
    Object.assign(record, { PeerID, PeerServerName: ServerName, Meta });
    if (record.CreateIndex !== this.index) record.ModifyIndex = ++this.index;
    if (refusal) return answer(...refusal);
    Object.assign(record, { states: [...this.settles], ModifyIndex: ++this.index });
    return Response.json({});
  }

  /** The requests that change something. */
  get writes() {
    return this.log.filter((call) => !call.startsWith("GET"));
  }
}

const READ = "GET /v1/peering/us";
const POST = "POST /v1/peering/establish";
const DELETE = "DELETE /v1/peering/us";
const GENERATE = "POST /v1/peering/token";
const spec = (more) => ({ peer_name: "us", peering_token: token(), ...more });
const cluster = () => new FakeCluster();
const at = ({ address, fetch }) => ({ address, fetch });
const reported = [];
afterEach(() => void (reported.length = 0));
const onProgress = ({ kind, code, state }) => reported.push(kind === "state" ? state : `${kind}: ${code}`);

/** Checks that left_behind is true, and that nothing of the call exists that it does not report. */
function assertTrue(fake, { left_behind, message }, { untouched, lost = false } = {}) {
  const now = fake.records.us;
  for (const { cluster, peer_name, code, what, fix, state } of left_behind) {
    assert.deepEqual([cluster, peer_name], [fake.address, "us"]);
    assert.ok(fix.length > 10);
    if (["dialer_not_active", "exists", "token_lost"].includes(code)) {
      assert.ok(now, `nothing exists, but: ${what}`);
      const role = now.PeerID ? "dialer" : "acceptor";
      assert.ok(what.includes(role), `a ${role}, but: ${what}`);
      if (state) assert.equal(now.DeletedAt ? "DELETING" : now.State, state, what);
    }
    if (code === "not_deleted") assert.ok(now && !now.DeletedAt, what);
    if (code === "deleting") assert.ok(!now || now.DeletedAt, what);
    if (code.endsWith("_unanswered")) assert.ok(lost, `there was a response: ${message}; ${what}`);
  }
  if (untouched !== undefined) assert.deepEqual(now, untouched);
}

async function failure(promise, code) {
  const error = await promise.then(
    (value) => assert.fail(`it resolved with ${inspect(value)}`),
    (error) => error,
  );
  assert.ok(isPeeringError(error), inspect(error));
  assert.equal(error.code, code, `${error.message}; ${inspect(error.left_behind)}`);
  return error;
}

/** The error of an establish over an existing record, which sends no write. */
async function refusedUnsent(fake, given, code, options) {
  const before = structuredClone(fake.records.us);
  const error = await failure(establish(at(fake), given, options), code);
  assert.deepEqual(fake.writes, []);
  assert.deepEqual(error.left_behind, []);
  assertTrue(fake, error, { untouched: before });
  return error;
}

describe("establish, preflight", () => {
  test("reads the peering and the identity concurrently, sends once, then polls until ACTIVE", async () => {
    const fake = cluster();
    const asked = [];
    let release;
    const all = new Promise((resolve) => (release = resolve));
    const together = (act) => (asked.push(1) === 3 && release(), all.then(act));
    Object.assign(fake.on, { "GET /v1/connect/ca/roots": together, "GET /v1/catalog/datacenters": together });
    fake.on[READ] = (act, n) => (n === 1 ? together(act) : act());
    const peering = await establish(at(fake), spec({ meta: { team: "a" } }), { onProgress });
    assert.deepEqual(fake.log.slice(0, 3).sort(), ["GET /v1/catalog/datacenters", "GET /v1/connect/ca/roots", READ]);
    assert.deepEqual(fake.log.slice(3), [POST, READ, READ]);
    assert.deepEqual([peering.state, peering.role, peering.meta.team], ["ACTIVE", "dialer", "a"]);
    assert.deepEqual(reported, ["step: token_accepted", "ESTABLISHING", "ACTIVE"]);
  });

  test("refuses the cluster's own token, by datacenter and trust domain together", async () => {
    const own = token({ dc: "eu", domain: "eu.consul" });
    await refusedUnsent(cluster(), spec({ peering_token: own }), "same_cluster");
    await refusedUnsent(cluster(), spec({ peering_token: own }), "same_cluster", { replace: true });
    const federated = cluster();
    await establish(at(federated), spec({ peering_token: token({ dc: "us", domain: "eu.consul" }) }));
    for (const path of ["GET /v1/connect/ca/roots", "GET /v1/catalog/datacenters"]) {
      const fake = cluster();
      fake.on[path] = () => answer(403, "Permission denied: anonymous token lacks permission");
      fake.on[POST] = () => answer(500, 'cannot create a peering within the same cluster "eu"');
      await failure(establish(at(fake), spec({ peering_token: own })), "same_cluster");
      assert.deepEqual(fake.writes, [POST], "left to Consul if unknown");
    }
  });

  test("refuses another role, another cluster, another record, and a DELETING one", async () => {
    const acceptor = cluster();
    acceptor.put({ State: "PENDING" });
    const error = await refusedUnsent(acceptor, spec(), "role_conflict");
    assert.equal(error.peering.role, "acceptor");
    for (const State of ["ACTIVE", "FAILING", "PENDING", "TERMINATED"]) {
      const fake = cluster();
      fake.dialer({ State, PeerServerName: "server.ap.peering.ap.consul" });
      assert.equal((await refusedUnsent(fake, spec(), "peer_mismatch")).peering.state, State);
    }
    const record = cluster();
    record.dialer({ PeerID: "p2" });
    await refusedUnsent(record, spec(), "peer_mismatch");
    await refusedUnsent(record, spec(), "peer_mismatch", { replace: true });
    const deleting = cluster();
    deleting.dialer({ DeletedAt: "2026-11-24T05:58:13.7Z" });
    await refusedUnsent(deleting, spec(), "deleting");
  });

  test("refuses another datacenter than the agent's; sends if it is unknown", async () => {
    const us = await refusedUnsent(cluster(), spec({ datacenter: "us" }), "wrong_datacenter");
    assert.match(us.message, /eu/);
    await establish(at(cluster()), spec({ datacenter: "EU" }));
    for (const unknown of [
      () => answer(403, "no"),
      () => answer(200, "[]"),
      () => answer(200, "<html>"),
      () => Promise.reject(new Error("broken")),
      () => new Promise(() => {}),
    ]) {
      const fake = cluster();
      fake.on["GET /v1/catalog/datacenters"] = unknown;
      await refusedUnsent(fake, spec({ datacenter: "eu" }), "wrong_datacenter");
      await failure(remove(at(fake), { peer_name: "us", datacenter: "eu" }), "wrong_datacenter");
      await failure(generateToken(at(fake), { peer_name: "us", datacenter: "eu" }), "wrong_datacenter");
      assert.deepEqual(fake.writes, []);
    }
  });

  test("Connect disabled, and a read that fails", async () => {
    const fake = cluster();
    fake.on["GET /v1/connect/ca/roots"] = () => answer(500, "Connect must be enabled in order to use this endpoint");
    await refusedUnsent(fake, spec(), "connect_disabled");
    const broken = cluster();
    broken.on[READ] = () => answer(500, "boom");
    await refusedUnsent(broken, spec(), "server_error");
  });

  test("a dialer of the same cluster is repaired in place, whatever its state", async () => {
    for (const State of ["PENDING", "FAILING", "TERMINATED", "ACTIVE", "ESTABLISHING"]) {
      for (const replace of [false, true]) {
        const fake = cluster();
        const { ID } = fake.dialer({ State, PeerID: State === "ACTIVE" ? "p1" : "p0" });
        const peering = await establish(at(fake), spec(), { replace });
        assert.deepEqual([peering.id, peering.state, peering.peer_id], [ID, "ACTIVE", "p1"]);
        assert.deepEqual(fake.writes, [POST], `${State}: nothing is deleted`);
      }
    }
  });
});

describe("establish with replace", () => {
  for (const [what, put] of [
    ["an acceptor", (fake) => fake.put({ State: "PENDING" })],
    ["a dialer of another cluster", (fake) => fake.dialer({ PeerServerName: "server.ap.peering.ap.consul" })],
  ]) {
    test(`${what} is deleted and recreated, and reported`, async () => {
      const fake = cluster();
      fake.lingers = 3;
      const { ID } = put(fake);
      const peering = await establish(at(fake), spec(), { replace: true, onProgress });
      assert.notEqual(peering.id, ID);
      assert.deepEqual(fake.writes, [DELETE, POST]);
      const between = fake.log.slice(fake.log.indexOf(DELETE), fake.log.indexOf(POST));
      assert.ok(between.length > 4, "it polls until it is gone");
      assert.equal(reported[0], "step: replacing");
      assert.deepEqual(reported.slice(1, 3), ["DELETING", "gone"]);
    });
  }

  test("waits for a DELETING peering without deleting it again", async () => {
    const fake = cluster();
    fake.lingers = 3;
    fake.put({ DeletedAt: "2026-11-24T05:58:13.7Z" });
    await establish(at(fake), spec(), { replace: true, onProgress });
    assert.deepEqual(fake.writes, [POST]);
    assert.equal(reported[0], "step: waiting_until_gone");
  });

  test("checks a peering that was created meanwhile", async () => {
    const fake = cluster();
    fake.put({ State: "PENDING" });
    fake.on[DELETE] = () => (fake.dialer({ PeerID: "p2" }), answer(200));
    const error = await failure(establish(at(fake), spec(), { replace: true }), "peer_mismatch");
    assert.deepEqual(fake.writes, [DELETE]);
    assertTrue(fake, error);
  });

  test("a refused deletion ends the call", async () => {
    const fake = cluster();
    const existing = fake.put({ State: "PENDING" });
    fake.on[DELETE] = () => answer(403, "Permission denied: token lacks permission 'peering:write'");
    const error = await failure(establish(at(fake), spec(), { replace: true }), "permission_denied");
    assert.deepEqual([fake.writes, error.left_behind], [[DELETE], []]);
    assertTrue(fake, error, { untouched: existing });
  });
});

describe("establish, refused by Consul", () => {
  const spent = (more) => spec({ peering_token: token({ secret: "spent" }), ...more });
  const meta = { team: "a" };

  test("deletes the leftover of a first establish", async () => {
    for (const [secret, code] of [
      ["spent", "token_spent"],
      ["unreachable", "unreachable"],
      ["boom", "server_error"],
    ]) {
      const fake = cluster();
      const error = await failure(
        establish(at(fake), spec({ peering_token: token({ secret }), meta }), { onProgress }),
        code,
      );
      assert.deepEqual(fake.writes, [POST, DELETE]);
      assert.deepEqual([fake.records, error.left_behind, error.peering], [{}, [], undefined]);
      assert.ok(reported.includes("step: leftover_removed"));
      if (code === "unreachable") assert.equal(error.message.split("1.2.3.4:8503").length, 2, "each reason once");
    }
  });

  test("keeps and reports a record that another client has changed", async () => {
    for (const touch of [
      (fake) => (fake.records.us.ModifyIndex += 1),
      (fake) => (fake.records.us.Meta = { team: "b" }),
      (fake) => (fake.records.us.PeerID = "p2"),
    ]) {
      const fake = cluster();
      fake.on[POST] = (act) => [act(), touch(fake)][0];
      const error = await failure(establish(at(fake), spent({ meta })), "token_spent");
      assert.deepEqual(fake.writes, [POST]);
      assert.deepEqual([error.left_behind[0].code, error.left_behind[0].state], ["exists", "PENDING"]);
      assert.equal(error.peering.state, "PENDING");
      assertTrue(fake, error);
    }
  });

  test("an ACTIVE peering of another client is no leftover", async () => {
    const fake = cluster();
    fake.on[POST] = () => (fake.dialer({ PeerID: "p2" }), answer(403, SPENT));
    const error = await failure(establish(at(fake), spent()), "token_spent");
    assert.deepEqual([fake.writes, error.left_behind, error.peering.peer_id], [[POST], [], "p2"]);
    const other = cluster();
    other.on[POST] = () => (other.dialer({ Meta: { team: "b" } }), answer(403, SPENT));
    assert.equal((await failure(establish(at(other), spent({ meta })), "token_spent")).peering.meta.team, "b");
  });

  test("an acceptor of another client is not reported as a dialer", async () => {
    const fake = cluster();
    fake.on[POST] = () => (fake.put({ State: "PENDING" }), answer(403, SPENT));
    assertTrue(fake, await failure(establish(at(fake), spent()), "token_spent"));
    assert.deepEqual(fake.writes, [POST]);
  });

  test("succeeds with a spent token if the peering is as requested", async () => {
    const fake = cluster();
    const { ID } = fake.dialer({ Meta: meta });
    const peering = await establish(at(fake), spent({ meta }), { onProgress });
    assert.deepEqual([peering.id, peering.state, fake.writes], [ID, "ACTIVE", [POST]]);
    assert.equal(reported.at(-1), "step: token_used_before");
    const first = cluster();
    first.on[POST] = () => (first.dialer(), answer(403, SPENT));
    assert.equal((await establish(at(first), spent())).state, "ACTIVE", "the other of two concurrent calls came first");
  });

  test("a spent token over an existing peering: the error lists what it overwrote", async () => {
    const fake = cluster();
    fake.dialer({ State: "TERMINATED", PeerID: "p0", Meta: { team: "b" } });
    fake.on[POST] = (act) => [act(), (fake.records.us.State = "PENDING")][0];
    const error = await failure(establish(at(fake), spent({ meta })), "token_spent");
    assert.equal(error.left_behind.length, 1);
    const [{ code, changed }] = error.left_behind;
    assert.deepEqual([code, changed], ["overwritten", ["meta", "peer_id", "state"]]);
    assert.equal(error.peering.peer_id, "p1");
    assert.deepEqual(fake.writes, [POST], "an existing peering is never deleted");
    const same = cluster();
    same.dialer({ State: "FAILING" });
    assert.deepEqual((await failure(establish(at(same), spent()), "token_spent")).left_behind, []);
  });

  test("a refusal before any write has no leftovers", async () => {
    for (const [status, text, code] of [
      [403, "Permission denied: token lacks permission 'peering:write'", "permission_denied"],
      [403, "ACL not found", "acl_token_unknown"],
      [403, "Access is restricted", "writes_restricted"],
      [500, "cannot write to peering that is marked for deletion", "deleting"],
      [500, "there is an existing peering expecting to be dialed", "role_conflict"],
      [500, "peering must be enabled to use this endpoint", "peering_disabled"],
      [
        400,
        'Invalid query parameter: "partition" - Partitions are a Consul Enterprise feature',
        "partition_unsupported",
      ],
    ]) {
      const fake = cluster();
      fake.on[POST] = () => answer(status, text);
      const error = await failure(establish(at(fake), spec()), code);
      assert.deepEqual([fake.log.at(-1), error.left_behind, error.status], [POST, [], status]);
    }
  });

  test("keeps the peering of another call that came first", async () => {
    const fake = cluster();
    fake.on[POST] = () => (
      fake.dialer({ State: "PENDING", PeerID: "p2" }),
      answer(500, 'failed to write peering: A peering already exists with the name "us" and a different ID "1"')
    );
    const error = await failure(establish(at(fake), spec()), "peer_mismatch");
    assert.deepEqual([fake.writes, error.left_behind, error.peering.peer_id], [[POST], [], "p2"]);
  });

  test("reports the leftover if its deletion fails", async () => {
    const fake = cluster();
    fake.on[DELETE] = () => answer(500, "boom");
    const error = await failure(establish(at(fake), spent()), "token_spent");
    assert.deepEqual([error.left_behind[0].code, error.left_behind[0].state], ["exists", "PENDING"]);
    assertTrue(fake, error);
  });

  test("reports a leftover whose deletion cannot be observed", async () => {
    const fake = cluster();
    fake.on[READ] = (act, n) => (n < 3 ? act() : answer(500, "boom"));
    const error = await failure(establish(at(fake), spent()), "token_spent");
    assert.deepEqual(fake.writes, [POST, DELETE]);
    assertTrue(fake, error);
  });

  test("after a refusal, a failing read does not hide the refusal", async () => {
    const fake = cluster();
    fake.on[READ] = (act, n) => (n < 2 ? act() : answer(500, "boom"));
    const error = await failure(establish(at(fake), spent()), "token_spent");
    assert.equal(error.left_behind.length, 1, "a dialer may exist");
    assertTrue(fake, error);
  });

  test("reports the peering of an unfinished equal call, however the call ends", async () => {
    for (const [response, options, code] of [
      [(act) => act(), { timeout: 600 }, "timeout"],
      [(act, n) => (n < 3 ? act() : answer(500, "boom")), {}, "token_spent"],
    ]) {
      const fake = cluster();
      fake.on[POST] = (act) => [act(), (fake.records.us.ModifyIndex += 1)][0]; // the equal call wrote too
      fake.on[READ] = response;
      const error = await failure(establish(at(fake), spent(), options), code);
      assert.deepEqual(
        error.left_behind.map(({ code, state }) => [code, state]),
        [["exists", "PENDING"]],
      );
      assert.deepEqual(fake.writes, [POST]);
      assertTrue(fake, error);
    }
  });
});

describe("establish whose response is lost", { concurrency: true }, () => {
  const reset = () => Promise.reject(new TypeError("fetch failed"));
  const LOST = [reset, () => answer(502), () => answer(504, "<html>"), () => "no response"];

  test("after Consul has acted: continues", async () => {
    for (const lost of LOST) {
      const fake = cluster();
      fake.on[POST] = (act) => (act(), lost());
      assert.equal((await establish(at(fake), spec({ meta: { a: "1" } }))).state, "ACTIVE");
      assert.deepEqual(fake.writes, [POST]);
    }
    const fake = cluster();
    fake.dialer({ Meta: { a: "0" } });
    fake.on[POST] = (act) => (act(), reset());
    assert.deepEqual((await establish(at(fake), spec({ meta: { a: "1" } }))).meta, { a: "1" });
  });

  test("before Consul has acted: fails without leftovers", async () => {
    for (const [lost, code] of [
      [reset, "network"],
      [() => answer(502), "server_error"],
    ]) {
      const fake = cluster();
      fake.on[POST] = lost;
      const error = await failure(establish(at(fake), spec()), code);
      assert.deepEqual([fake.writes, error.left_behind, error.peering], [[POST], [], undefined]);
      const existing = cluster();
      const before = existing.dialer({ State: "TERMINATED" });
      existing.on[POST] = lost;
      const second = await failure(establish(at(existing), spec()), code);
      assert.deepEqual([second.left_behind, second.peering.state], [[], "TERMINATED"]);
      assertTrue(existing, second, { untouched: before });
    }
  });

  test("Consul acts late: waits", async () => {
    const fake = cluster();
    fake.on[POST] = (act) => (setTimeout(act, 300), reset());
    assert.equal((await establish(at(fake), spec())).state, "ACTIVE");
    const slow = cluster();
    slow.on[POST] = () => (slow.dialer({ State: "PENDING" }), setTimeout(() => slow.dialer(), 1_500), reset());
    assert.equal((await establish(at(slow), spec())).state, "ACTIVE");
  });

  test("a dialer that stays PENDING is reported after five seconds, not deleted", async () => {
    const fake = cluster();
    fake.on[POST] = () => (fake.dialer({ State: "PENDING" }), reset());
    const started = performance.now();
    const error = await failure(establish(at(fake), spec()), "network");
    assert.ok(performance.now() - started > 4_900);
    assert.deepEqual([error.left_behind[0].code, error.left_behind[0].state], ["exists", "PENDING"]);
    assert.deepEqual(fake.writes, [POST]);
    assertTrue(fake, error);
  });

  test("if reads fail too: reports what may exist", async () => {
    const fake = cluster();
    fake.on[POST] = reset;
    fake.on[READ] = (act, n) => (n < 2 ? act() : answer(500, "boom"));
    const error = await failure(establish(at(fake), spec()), "network");
    assert.equal(error.left_behind[0].code, "establish_unanswered");
    assertTrue(fake, error, { lost: true });
  });
});

describe("establish, accepted", { concurrency: true }, () => {
  test("after FAILING, ACTIVE counts once it has lasted a second", async () => {
    const fake = cluster();
    fake.settles = ["ESTABLISHING", "FAILING", "ACTIVE", "FAILING", "ACTIVE"];
    const observed = [];
    fake.on[READ] = (act) => {
      const response = act();
      observed.push([performance.now(), fake.records.us?.State]);
      return response;
    };
    assert.equal((await establish(at(fake), spec())).state, "ACTIVE");
    const last = observed.findLastIndex(([, state]) => state === "FAILING") + 1;
    assert.ok(observed.at(-1)[0] - observed[last][0] > 990, "observed for a second");
  });

  test("reports another outcome, and what exists then", async () => {
    const terminated = cluster();
    terminated.settles = ["ESTABLISHING", "TERMINATED"];
    const error = await failure(establish(at(terminated), spec()), "not_active");
    assert.equal(error.peering.state, "TERMINATED");
    assert.deepEqual([error.left_behind[0].code, error.left_behind[0].state], ["dialer_not_active", "TERMINATED"]);
    assertTrue(terminated, error);

    const gone = cluster();
    gone.on[READ] = (act, n) => (n === 3 && (delete gone.records.us, 0), act());
    const second = await failure(establish(at(gone), spec()), "not_active");
    assert.deepEqual([second.left_behind, second.peering], [[], undefined]);

    const deleting = cluster();
    deleting.on[READ] = (act, n) => (n === 3 && (deleting.records.us.DeletedAt = "2026-11-24T05:58:13.7Z"), act());
    const third = await failure(establish(at(deleting), spec()), "not_active");
    assert.equal(third.peering.state, "DELETING");
    assertTrue(deleting, third);

    const taken = cluster();
    taken.on[READ] = (act, n) => (n === 3 && (taken.records.us.PeerID = "p2"), act());
    assertTrue(taken, await failure(establish(at(taken), spec()), "peer_mismatch"));
  });

  test("a peering recreated by another client is not reported as its own", async () => {
    for (const put of [(fake) => fake.put({ State: "PENDING" }), (fake) => fake.dialer({})]) {
      const fake = cluster();
      fake.on[READ] = (act, n) => (n === 3 && put(fake), act());
      const error = await failure(establish(at(fake), spec()), "not_active");
      assertTrue(fake, error);
      assert.deepEqual(error.left_behind, []);
    }
  });

  test("a timeout reports what exists, and deletes nothing", async () => {
    const fake = cluster();
    fake.settles = ["PENDING"];
    const error = await failure(establish(at(fake), spec(), { timeout: 300 }), "timeout");
    assert.equal(error.peering.state, "PENDING");
    assert.deepEqual([error.left_behind[0].code, error.left_behind[0].state], ["dialer_not_active", "PENDING"]);
    assert.deepEqual(fake.writes, [POST]);
    assertTrue(fake, error);

    const silent = cluster();
    silent.on[POST] = () => new Promise(() => {});
    const second = await failure(establish(at(silent), spec(), { timeout: 200 }), "timeout");
    assert.equal(second.left_behind[0].code, "establish_unanswered");
    assertTrue(silent, second, { lost: true });

    const unsent = cluster();
    unsent.on[READ] = () => new Promise(() => {});
    const third = await failure(establish(at(unsent), spec(), { timeout: 200 }), "timeout");
    assert.deepEqual(third.left_behind, []);
  });

  test("a read that fails during the wait does not hide what exists", async () => {
    const fake = cluster();
    fake.settles = ["ESTABLISHING"];
    fake.on[READ] = (act, n) => (n < 4 ? act() : answer(403, "ACL not found"));
    const error = await failure(establish(at(fake), spec()), "acl_token_unknown");
    assert.equal(error.left_behind[0].code, "dialer_not_active");
    assertTrue(fake, error);
  });

  test("an abort rejects with the reason, after leftovers were reported", async () => {
    for (const [prepare, expected] of [
      [(fake) => (fake.on[POST] = () => new Promise(() => {})), "establish_unanswered"],
      [(fake) => (fake.settles = ["PENDING"]), "dialer_not_active"],
    ]) {
      const fake = cluster();
      prepare(fake);
      const events = [];
      const signal = AbortSignal.timeout(300);
      const call = establish(at(fake), spec(), { signal, onProgress: (it) => events.push(it) });
      await assert.rejects(call, (error) => (events.push("rejected"), error === signal.reason));
      assert.equal(events.pop(), "rejected");
      const { kind, code, peer_name } = events.pop();
      assert.deepEqual([kind, code, peer_name], ["left_behind", expected, "us"]);
      assert.deepEqual(fake.writes, [POST]);
    }
    const fake = cluster();
    fake.on[READ] = () => new Promise(() => {});
    const events = [];
    const call = establish(at(fake), spec(), { signal: AbortSignal.timeout(300), onProgress: (it) => events.push(it) });
    await assert.rejects(call, { name: "TimeoutError" });
    assert.deepEqual(events, [], "nothing exists, nothing is reported");
  });

  test("wait: false resolves once it is accepted", async () => {
    const fake = cluster();
    fake.settles = ["PENDING"];
    const peering = await establish(at(fake), spec(), { wait: false });
    assert.equal(peering.state, "PENDING");
    assert.deepEqual(fake.log.slice(3), [POST, READ]);
    const gone = cluster();
    gone.on[READ] = (act, n) => (n === 2 && (delete gone.records.us, 0), act());
    assert.deepEqual((await failure(establish(at(gone), spec(), { wait: false }), "not_active")).left_behind, []);
  });
});

describe("delete", { concurrency: true }, () => {
  test("resolves with what was deleted, once it is gone", async () => {
    const fake = cluster();
    fake.lingers = 2;
    const { ID } = fake.dialer({ Meta: { a: "1" } });
    const deleted = await remove(at(fake), "us");
    assert.deepEqual([deleted.id, deleted.state, deleted.meta], [ID, "ACTIVE", { a: "1" }]);
    assert.deepEqual(fake.log, [READ, DELETE, READ, READ, READ]);
    assert.deepEqual(fake.records, {});
  });

  test("null if it does not exist, and nothing is sent", async () => {
    const fake = cluster();
    assert.equal(await remove(at(fake), "us"), null);
    assert.deepEqual(fake.log, [READ]);
  });

  test("another record under the name means that it is gone", async () => {
    const fake = cluster();
    const { ID } = fake.dialer();
    fake.on[DELETE] = () => (fake.dialer(), answer(200));
    assert.equal((await remove(at(fake), "us")).id, ID);
  });

  test("waits for a DELETING peering without deleting it again", async () => {
    const fake = cluster();
    fake.lingers = 3;
    fake.dialer({ DeletedAt: "2026-11-24T05:58:13.7Z" });
    assert.equal((await remove(at(fake), "us")).state, "DELETING");
    assert.deepEqual([fake.writes, fake.records], [[], {}]);
  });

  test("uses the name as Consul has stored it", async () => {
    const fake = cluster();
    fake.records.us = fake.put({ Name: "US" });
    fake.on["DELETE /v1/peering/US"] = () => (delete fake.records.us, answer(200));
    fake.on["GET /v1/peering/US"] = () => answer(404, 'Peering not found for "US"');
    await remove(at(fake), "us");
    assert.deepEqual(fake.writes, ["DELETE /v1/peering/US"]);
  });

  test("wait: false resolves once it is accepted", async () => {
    const fake = cluster();
    fake.lingers = Infinity;
    fake.dialer();
    assert.equal((await remove(at(fake), "us", { wait: false })).state, "ACTIVE");
    assert.deepEqual(fake.log, [READ, DELETE]);
  });

  test("after a lost response, reads the peering", async () => {
    const reset = () => Promise.reject(new TypeError("fetch failed"));
    for (const lost of [reset, () => answer(504)]) {
      const acted = cluster();
      acted.dialer();
      acted.on[DELETE] = (act) => (act(), lost());
      assert.equal((await remove(at(acted), "us")).state, "ACTIVE");
      assert.deepEqual([acted.writes, acted.records], [[DELETE], {}]);
      const not = cluster();
      const before = not.dialer();
      not.on[DELETE] = lost;
      const error = await failure(remove(at(not), "us"), lost === reset ? "network" : "server_error");
      assert.equal(error.left_behind[0].code, "not_deleted");
      assert.deepEqual(not.writes, [DELETE]);
      assertTrue(not, error, { untouched: before });
    }
    const unread = cluster();
    unread.dialer();
    unread.on[DELETE] = reset;
    unread.on[READ] = (act, n) => (n < 2 ? act() : answer(403, "ACL not found"));
    const error = await failure(remove(at(unread), "us"), "acl_token_unknown");
    assert.equal(error.left_behind[0].code, "deletion_unanswered");
    assertTrue(unread, error, { lost: true });
  });

  test("a refusal has no leftovers; a timeout and an abort report the running deletion", async () => {
    const refused = cluster();
    const before = refused.dialer();
    refused.on[DELETE] = () => answer(403, "Permission denied: token lacks permission 'peering:write'");
    const error = await failure(remove(at(refused), "us"), "permission_denied");
    assert.deepEqual(error.left_behind, []);
    assertTrue(refused, error, { untouched: before });
    const slow = cluster();
    slow.lingers = Infinity;
    slow.dialer();
    const second = await failure(remove(at(slow), "us", { timeout: 200 }), "timeout");
    assert.equal(second.left_behind[0].code, "deleting");
    assert.equal(second.peering.state, "DELETING");
    assertTrue(slow, second);
    const events = [];
    slow.dialer();
    const onProgress = (it) => events.push(it);
    await assert.rejects(remove(at(slow), "us", { signal: AbortSignal.timeout(300), onProgress }), {
      name: "TimeoutError",
    });
    assert.equal(events.at(-1).kind, "left_behind");
  });
});

describe("generateToken", { concurrency: true }, () => {
  const tokenSpec = (more) => ({ peer_name: "us", ...more });

  test("reads first, then requests", async () => {
    const fake = cluster();
    const made = await generateToken(at(fake), tokenSpec({ meta: { a: "1" } }));
    peeringToken(made);
    assert.deepEqual(fake.log, [READ, "GET /v1/config/mesh/mesh", GENERATE]);
    assert.deepEqual(fake.records.us.Meta, { a: "1" });
  });

  test("an existing acceptor: its meta is fixed, and an older token is reported", async () => {
    for (const [State, notes] of [
      ["PENDING", 1],
      ["ACTIVE", 0],
      ["FAILING", 0],
    ]) {
      const fake = cluster();
      fake.put({ State, Meta: { a: "1" } });
      for (const meta of [undefined, null, { a: "1" }]) {
        const said = [];
        await generateToken(at(fake), tokenSpec({ meta }), { onProgress: ({ code }) => said.push(code) });
        assert.equal(said.filter((code) => code === "invalidates_unused_token").length, notes, State);
      }
      fake.log = [];
      for (const meta of [{}, { a: "2" }, { a: "1", b: "1" }]) {
        const error = await failure(generateToken(at(fake), tokenSpec({ meta })), "meta_fixed");
        assert.deepEqual(error.peering.meta, { a: "1" });
      }
      assert.deepEqual(fake.writes, []);
    }
  });

  test("an unusable existing peering: refused, or recreated with replace", async () => {
    for (const [put, code] of [
      [(fake) => fake.dialer(), "role_conflict"],
      [(fake) => fake.put({ State: "TERMINATED", Meta: { a: "1" } }), "terminated"],
    ]) {
      const fake = cluster();
      const before = put(fake);
      const error = await failure(generateToken(at(fake), tokenSpec()), code);
      assert.deepEqual([fake.writes, error.left_behind, error.peering.id], [[], [], before.ID]);
      assertTrue(fake, error, { untouched: before });
      const said = [];
      await generateToken(at(fake), tokenSpec({ meta: { b: "2" } }), {
        replace: true,
        onProgress: ({ code }) => said.push(code),
      });
      assert.deepEqual(fake.writes, [DELETE, GENERATE]);
      assert.equal(said[0], "replacing");
      assert.notEqual(fake.records.us.ID, before.ID);
    }
  });

  test("waits for a DELETING acceptor, whose tokens are invalid", async () => {
    for (const put of [(fake, it) => fake.put(it), (fake, it) => fake.dialer(it)]) {
      const fake = cluster();
      fake.lingers = 3;
      put(fake, { DeletedAt: "2026-11-24T05:58:13.7Z" });
      await generateToken(at(fake), tokenSpec());
      assert.deepEqual(fake.writes, [GENERATE]);
      assert.equal(fake.log.filter((call) => call === READ).length > 3, true);
    }
  });

  test("a refusal after the acceptor was written: reports it", async () => {
    const fake = cluster();
    fake.on[GENERATE] = (act) => (act(), answer(500, "no gRPC port"));
    const error = await failure(generateToken(at(fake), tokenSpec()), "server_error");
    assert.deepEqual([error.left_behind[0].code, error.left_behind[0].state], ["token_lost", "PENDING"]);
    assertTrue(fake, error);
    const nothing = cluster();
    nothing.on[GENERATE] = () => answer(500, "boom");
    assert.deepEqual((await failure(generateToken(at(nothing), tokenSpec()), "server_error")).left_behind, []);
  });

  test("a lost response: reports what may exist", async () => {
    const reset = () => Promise.reject(new TypeError("fetch failed"));
    const acted = cluster();
    acted.on[GENERATE] = (act) => (act(), reset());
    const error = await failure(generateToken(at(acted), tokenSpec()), "network");
    assert.deepEqual([error.left_behind[0].code, error.left_behind[0].state], ["token_lost", "PENDING"]);
    assertTrue(acted, error);
    assert.deepEqual(acted.writes, [GENERATE]);
    const existing = cluster();
    existing.put({});
    existing.on[GENERATE] = reset;
    const second = await failure(generateToken(at(existing), tokenSpec()), "network");
    assert.equal(second.left_behind[0].code, "token_unanswered");
    const unread = cluster();
    unread.on[GENERATE] = reset;
    unread.on[READ] = (act, n) => (n < 2 ? act() : answer(500, "boom"));
    const third = await failure(generateToken(at(unread), tokenSpec()), "network");
    assert.equal(third.left_behind[0].code, "token_unanswered");
  });

  test("a lost response while Consul is still processing", async () => {
    const fake = cluster();
    fake.on[GENERATE] = (act) => (setTimeout(act, 200), answer(504));
    const error = await failure(generateToken(at(fake), tokenSpec()), "server_error");
    assert.equal(error.left_behind.length, 1, "an acceptor will exist");
  });

  test("a response without a token may have invalidated an older one", async () => {
    for (const text of ["<html>", "{}", '{"PeeringToken":""}', '{"PeeringToken":"ey']) {
      const fake = cluster();
      fake.put({ State: "PENDING" });
      fake.on[GENERATE] = (act) => (act(), answer(200, text));
      const error = await failure(generateToken(at(fake), tokenSpec()), "unexpected_answer");
      assert.equal(error.left_behind[0]?.code, "token_unanswered");
    }
  });

  test("an acceptor created by another client is not reported as its own", async () => {
    for (const [put, text, code] of [
      [(fake) => fake.dialer(), "there is already an established peering", "role_conflict"],
      [(fake) => fake.put({ State: "ACTIVE" }), "Permission denied: token lacks permission", "permission_denied"],
    ]) {
      const fake = cluster();
      fake.on[GENERATE] = () => (put(fake), answer(500, text));
      const error = await failure(generateToken(at(fake), tokenSpec()), code);
      assertTrue(fake, error);
      assert.deepEqual(error.left_behind, []);
    }
  });

  test("an abort after sending reports what may exist", async () => {
    const fake = cluster();
    fake.on[GENERATE] = () => new Promise(() => {});
    const events = [];
    const signal = AbortSignal.timeout(300);
    const call = generateToken(at(fake), tokenSpec(), { signal, onProgress: (it) => events.push(it) });
    await assert.rejects(call, (error) => error === signal.reason);
    assert.equal(events.at(-1).kind, "left_behind");
    assert.equal(events.at(-1).code, "token_unanswered");
  });
});

describe("wait", { concurrency: true }, () => {
  test("until ACTIVE, TERMINATED or gone; reports each state once", async () => {
    const fake = cluster();
    fake.dialer({ states: ["PENDING", "PENDING", "ESTABLISHING", "ACTIVE"] });
    const said = [];
    const options = { onProgress: ({ kind, state }) => said.push(`${kind} ${state}`) };
    assert.equal((await wait(at(fake), "us", "ACTIVE", options)).state, "ACTIVE");
    assert.deepEqual(said, ["state PENDING", "state ESTABLISHING", "state ACTIVE"]);
    fake.dialer({ states: ["ACTIVE", "FAILING", "TERMINATED"] });
    assert.equal((await wait(at(fake), "us", "TERMINATED")).state, "TERMINATED");
    setTimeout(() => delete fake.records.us, 100);
    assert.equal(await wait(at(fake), "us", "GONE"), null);
    assert.deepEqual(fake.writes, []);
  });

  test("for a peering that does not exist yet, and past other states", async () => {
    const fake = cluster();
    setTimeout(() => fake.dialer({ states: ["TERMINATED", "ACTIVE"] }), 100);
    assert.equal((await wait(at(fake), "us", "ACTIVE")).state, "ACTIVE");
    fake.dialer({ DeletedAt: "2026-11-24T05:58:13.7Z" });
    fake.lingers = Infinity;
    const error = await failure(wait(at(fake), "us", "ACTIVE", { timeout: 200 }), "timeout");
    assert.deepEqual([error.peering.state, error.left_behind], ["DELETING", []], "ACTIVE, but DELETING");
  });

  test("until a function returns true; rejects with what it throws", async () => {
    const fake = cluster();
    const observed = [];
    setTimeout(() => fake.dialer(), 50);
    const found = await wait(at(fake), "us", (peering) => (observed.push(peering), peering !== null));
    assert.deepEqual([observed[0], found.state, observed.at(-1)], [null, "ACTIVE", found]);
    const mine = { not: "an Error" };
    const throws = () => {
      throw mine;
    };
    await assert.rejects(wait(at(fake), "us", throws), (error) => error === mine);
  });
});
