// The lines of `watch`: what changed between two readings.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import "../../pkg/node.js"; // loads the module, as main.js does
import { colours } from "../../pkg/cli/terminal.js";
import { changes } from "../../pkg/cli/watch-view.js";

const plain = colours({ isTTY: false }, {});
const { TZ } = process.env;
afterEach(() => {
  if (TZ === undefined) delete process.env.TZ;
  else process.env.TZ = TZ;
});

const stream = { imported_services: [], exported_services: [], last_heartbeat: null };
const acceptor = {
  ...{ id: "1", peer_name: "us", state: "ACTIVE", role: "acceptor", meta: {}, peer_id: null, peer_ca_pems: [] },
  ...{ peer_server_name: null, peer_server_addresses: [], remote: { datacenter: "us" }, stream },
};
const imports = (...imported_services) => ({ ...acceptor, stream: { ...stream, imported_services } });
/** The lines without their time. */
const lines = (before, now) =>
  changes(before, now, { label: "eu" }, plain)
    .split("\n")
    .filter(Boolean)
    .map((line) => line.replace(/^\S+ +us +/, ""));

test("services by name: the existing ones at first, then each added or removed one", () => {
  assert.deepEqual(lines(undefined, [imports("api", "web")]), ["ACTIVE, acceptor, imports 2: api, web"]);
  assert.deepEqual(lines([imports("api", "web")], [imports("web", "db")]), ["ACTIVE, imports 2 (+db -api)"]);
  assert.deepEqual(lines([imports("api")], [imports()]), ["ACTIVE, imports 0 (-api)"]);
  const exports = { ...acceptor, stream: { ...stream, exported_services: ["api"] } };
  assert.deepEqual(lines([acceptor], [exports]), ["ACTIVE, exports 1 (+api)"]);
  const failing = { ...imports("web"), state: "FAILING" };
  assert.deepEqual(lines([imports("api", "web")], [failing]), ["FAILING (was ACTIVE), imports 1 (-api)"]);
  assert.deepEqual(lines([imports("a", "b")], [imports("b", "a")]), [], "in another order");
});

test("names are escaped", () => {
  assert.deepEqual(lines([acceptor], [imports("\u001b[2J")]), ["ACTIVE, imports 1 (+\\u001b[2J)"]);
});

test("an acceptor whose servers restarted is distinguished from one whose token was never used", () => {
  const restarted = { ...acceptor, state: "PENDING" };
  const text = "PENDING (was ACTIVE): the servers restarted; the dialer has not reconnected yet";
  assert.deepEqual(lines([acceptor], [restarted]), [text]);
  const unused = { ...acceptor, state: "PENDING", remote: { datacenter: null } };
  assert.deepEqual(lines(undefined, [unused]), ["PENDING, acceptor"]);
});

test("times have their offset from UTC", () => {
  for (const [zone, offset] of [
    ["UTC", "Z"],
    ["Asia/Kolkata", "+05:30"],
    ["Pacific/Marquesas", "-09:30"],
  ]) {
    process.env.TZ = zone;
    const [time] = changes(undefined, [acceptor], { label: "eu" }, plain).split(" ");
    assert.match(time, new RegExp(`^\\d\\d:\\d\\d:\\d\\d${offset.replace("+", "\\+")}$`));
  }
});
