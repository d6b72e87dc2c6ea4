// Requests that are refused or accepted before anything changes: names, meta, bodies, paths, methods and queries.
//
// To add a request: send it in a scenario of this folder with `session.ask` (recorded and compared) or
// `session.sendUnrecorded`, and add its path to `src/simulator`. Then run `node --test tests/node/conformance.test.js`,
// which sends each scenario to a real Consul and to the simulator, and compares status, headers and body. If a different
// response of the simulator is intended, add the reason to `../differences.js`, and to docs/simulator.md,
// "What is not simulated".

const MB = 1024 * 1024;

const NAMES = [
  ...["a", "1", "a--b", "xn--bcher-kva", "a".repeat(63), "establish"],
  ...["A", "Ab", "-a", "a-", "a_b", "a.b", "a".repeat(64), "ä", " a", "a\n", "a b", "а", "", "-", "a/b", "☺"],
];

const META = {
  none: null,
  empty: {},
  "an empty value": { a: "" },
  "64 pairs": pairs(64),
  "65 pairs": pairs(65),
  "a long key": { ["k".repeat(128)]: "v" },
  "a key too long": { ["k".repeat(129)]: "v" },
  "a long value": { a: "v".repeat(512) },
  "a value too long": { a: "v".repeat(513) },
  "512 bytes in 256 characters": { a: "é".repeat(256) },
  "514 bytes": { a: "é".repeat(257) },
  "a blank key": { "": "v" },
  "a key with a space": { "a b": "v" },
  "a key with a dot": { "a.b": "v" },
  "a key with an accent": { é: "v" },
  "a reserved key": { "consul-x": "v" },
  "a key that only looks reserved": { "Consul-x": "v" },
  "a null value": { a: null },
  "a quote in a value": { a: `"'<>&\u2028` },
};

const BODIES = [
  ...["", " ", "abc", "null", "{}", "[]", '"x"', "1", "true", "nul", "{", '{"PeerName":', '{"PeerName":"x"', "{]"],
  ...['{"Peer":"x"}', '{"peername":"lower-key"}', '{"PEERNAME":"upper-key"}', '{"PeerName":1}', '{"PeerName":null}'],
  ...['{"PeerName":true}', '{"PeerName":{}}', '{"PeerName":["x"]}', '{"PeerName":"a","PeerName":"last-wins"}'],
  ...['{"PeerName":"x","Meta":{"a":1}}', '{"PeerName":"x","Meta":[]}', '{"PeerName":"x","Meta":"y"}'],
  ...['{"PeerName":"x","Datacenter":"us"}', '{"PeerName":"x","Token":"t"}', '{"PeerName":"x",}', "{'PeerName':'x'}"],
  ...['{"PeerName":"x","ServerExternalAddresses":"y"}', '{"PeerName":"x","ServerExternalAddresses":[1]}'],
  ...['{"PeerName":"trailing"} and more', '{"PeerName":"\\u0061scii"}', '{"PeerName":"x\\q"}', '{"PeerName":"x\ty"}'],
  ...['{"PeerName":"\\ud800"}', '{"PeerName":01}', '{"PeerName":1.}', '{"PeerName":-}', '{"PeerName":"x","Meta":null}'],
];

/** By title: they are too long to be one. */
const LARGE_BODIES = {
  "10,000 lists": "[".repeat(10_000),
  "10,001 lists": "[".repeat(10_001),
  "10,001 objects": '{"a":'.repeat(10_001),
  "10,000 lists, closed": "[".repeat(10_000) + "]".repeat(10_000),
  "9,999 lists in a field": `{"PeerName":${"[".repeat(9_999)}${"]".repeat(9_999)}}`,
  "10,000 lists in a field": `{"PeerName":${"[".repeat(10_000)}${"]".repeat(10_000)}}`,
  "100 lists in an unknown field": `{"X":${"[".repeat(100)}${"]".repeat(100)}}`,
  "a name of 4 MB": { PeerName: "x".repeat(4 * MB) },
  "a message of 4 MB": { PeerName: "x".repeat(4 * MB - 5), PeeringToken: "" },
  "a name of 8 MB": { PeerName: "x".repeat(8 * MB) },
  "a meta of 4 MB": { PeerName: "x", Meta: { a: "x".repeat(4 * MB) } },
  "an unknown field of 4 MB": { X: "x".repeat(4 * MB) },
  "4 MB of spaces": " ".repeat(4 * MB),
};

const PATHS = [
  ...["GET /v1/peering", "GET /v1/peering?a=1&b=2", "POST /v1/peering", "GET /v1/peering/", "DELETE /v1/peering/"],
  ...["GET /v1/peerings/", "GET /v1/peering/a/b", "DELETE /v1/peering/a/b", "GET /v1/peering/a%2Fb"],
  ...["GET /v1/peering/..%2Fagent", "GET /v1/peering/../peerings", "GET /v1/./peerings", "GET /v1/peering//x"],
  ...["POST //v1/peering/token", "GET /v1/peering/a%0ab", "GET /v1/peering/a%00b", "GET /v1/peering/%C3%A4"],
  ...["GET /v1/peering/%C2%A0", "GET /v1/peering/a%20b", 'GET /v1/peering/a%22b"', "GET /v1/peering/%E2%98%BA"],
  ...["GET /v1/peering/%zz", "PUT /v1/peering/x", "PATCH /v1/peering/x", "HEAD /v1/peering/x", "POST /v1/peering/x"],
  ...["PUT /v1/peering/token", "GET /v1/peering/token", "DELETE /v1/peering/token", "GET /v1/peering/establish"],
  ...["POST /v1/peerings", "HEAD /v1/peerings", "OPTIONS /v1/peering/x", "OPTIONS /v1/peering/token"],
  ...[
    "OPTIONS /v1/peerings",
    "OPTIONS /v1/status/leader",
    "GET /v1/nope",
    "POST /v1/nope",
    "GET /v2/peerings",
    "GET /",
  ],
  ...["GET /v1/peerings?%zz", "DELETE /v1/peering/x?%zz", "GET /v1/peerings?a;b", "GET /V1/peerings", "GET /v1"],
];

const QUERIES = [
  ...[
    "partition=default",
    "partition=x",
    "partition=",
    "ns=x",
    "dc=us",
    "dc=nowhere",
    "token=nope",
    "pretty",
    "pretty=",
  ],
  ...["stale", "consistent", "stale&consistent", "max_stale=x", "max_stale=1s", "max_stale=1s&consistent", "cached"],
  ...["index=abc", "index=-1", "index=0", "index=", "wait=5", "wait=abc&index=1", "wait=1s", "wait=&index=abc"],
  ...["wait=-1s", "wait=1h1m1.5s", "wait=1%C2%B5s", "filter=Name==q"],
];

export const requests = [
  {
    name: "peer names",
    async run(to) {
      for (const name of NAMES) await to.token("us", name, {}, { what: JSON.stringify(name) });
      const token = await to.token("us", "names-of-dialers");
      for (const name of NAMES.filter((name) => !/^[a-z0-9-]+$/.test(name))) {
        await to.establish("eu", name, token, {}, { what: JSON.stringify(name) });
      }
      await to.token("us", "token");
      await to.ask("us", "GET /v1/peering/TOKEN");
      await to.ask("us", "GET /v1/peering/ESTABLISH");
      await to.ask("us", "GET /v1/peering/nAMES-of-dialers");
    },
  },
  {
    name: "meta",
    async run(to) {
      for (const [what, Meta] of Object.entries(META)) await to.token("us", "meta", { Meta }, { what });
      const shown = { z: "1", a: "2", Z: "3", _: "4" };
      await to.token("us", "meta-shown", { Meta: shown });
      await to.token("us", "meta-shown", { Meta: { other: "ignored" } });
      await to.read("us", "meta-shown");
      await to.token("us", "meta-null", { Meta: { a: null } });
      await to.read("us", "meta-null");
      await to.token("us", "meta-escaped", { Meta: META["a quote in a value"] });
      await to.read("us", "meta-escaped");
    },
  },
  {
    name: "bodies",
    async run(to) {
      for (const body of BODIES) await to.ask("us", "POST /v1/peering/token", { body, what: body });
      for (const body of ["{}", '{"PeerName":"x"}', '{"PeeringToken":"x"}', '{"PeerName":"x","Foo":1}', "[]"]) {
        await to.ask("us", "POST /v1/peering/establish", { body, what: body });
      }
      const plain = { "Content-Type": "text/plain" };
      await to.ask("us", "POST /v1/peering/token", { body: '{"PeerName":"plain"}', headers: plain });
    },
  },
  {
    name: "bodies that are deep or large",
    async run(to) {
      for (const [what, body] of Object.entries(LARGE_BODIES)) {
        for (const call of ["token", "establish"]) await to.ask("us", `POST /v1/peering/${call}`, { body, what });
      }
    },
  },
  {
    name: "paths and methods",
    async run(to) {
      for (const line of PATHS) await to.ask("us", line);
      await to.ask("us", "GET /v1/peerings?%zz", { headers: { Origin: "http://page.example" } });
    },
  },
  {
    name: "queries",
    async run(to) {
      // On a cluster without other peerings, so that its list is the same each time.
      await to.ask("nowrite", "GET /v1/peerings");
      await to.token("us", "queried");
      for (const query of QUERIES) {
        await to.ask("us", `GET /v1/peering/queried?${query}`);
        await to.ask("nowrite", `GET /v1/peerings?${query}`);
      }
      await to.ask("us", "GET /v1/peering/absent?wait=5");
      const partition = { "X-Consul-Partition": "default" };
      await to.ask("us", "GET /v1/peering/queried", { headers: partition, what: "with a partition" });
      await to.ask("us", "DELETE /v1/peering/queried", { headers: partition, what: "with a partition" });
      await to.ask("us", "DELETE /v1/peering/?partition=x");
      await to.ask("us", "POST /v1/peering/token?partition=x", { body: { PeerName: "queried" } });
      await to.ask("us", "POST /v1/peering/token?partition=x", { body: "nonsense" });
      await to.ask("us", "POST /v1/peering/token?dc=nowhere", { body: { PeerName: "queried" } });
      for (const Partition of ["", "default", "DeFaUlT", "x"]) {
        await to.token("us", "queried", { Partition }, { what: `partition "${Partition}"` });
        await to.token("us", "A_", { Partition }, { what: `partition "${Partition}"` });
        await to.establish("us", "queried", "nonsense", { Partition }, { what: `partition "${Partition}"` });
      }
    },
  },
];

function pairs(count) {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, "v"]));
}
