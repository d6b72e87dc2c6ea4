// Peering objects that Consul never sends: each field with unexpected values.

/** @type {Record<string, string>} unexpected texts for names, states and times, by title */
export const texts = {
  "escape sequences": "\x1b[2J\x1b[5m\x1b]0;title\x07\x1b]8;;http://x\x07link\x1b]8;;\x07",
  "other control characters": "a\b\b\r\n\t\0\x7f\x9b31m\x85",
  "bidirectional and invisible characters": "\u202edesrever\u2066\u200b\u200d\u2060\u00ad\ufeff",
  "line and paragraph separators": "one\u2028two\u2029three",
  "half of a character": "\ud800",
  "names of a prototype": "__proto__",
  "a script": "</title><img src=x onerror=alert(1)>{{x}}${x}",
  "20,000 characters": "x".repeat(20_000),
};

/** @type {Record<string, unknown>} values of other types, by title */
export const values = {
  "a number": 7,
  "a negative number": -1.5,
  "a huge number": 1e308,
  true: true,
  null: null,
  "an empty text": "",
  "an empty list": [],
  "a list of lists": [[["\x1b[2J"]], null, 7],
  "an empty object": {},
  "an object": { a: "\x1b[2J", Region: {}, Zone: [], Datacenter: 7, length: 3 },
  "an object with a member __proto__": JSON.parse(
    '{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}',
  ),
};

/** Texts that resemble times. */
export const times = [
  "tomorrow",
  "2026-11-24",
  "2026-11-24T05:58:13",
  "2026-02-30T00:00:00Z",
  "2026-13-01T00:00:00Z",
  "2026-11-24T25:00:00Z",
  "2026-11-24T23:59:60Z",
  "2026-11-24T05:58:13Z\n",
  "+275760-09-13T00:00:00.001Z",
  "2026-11-24T05:58:13.1\x1b[2JZ",
  "2026-11-24T05:58:13\u202eZ",
  `2026-11-24T05:58:13.${"1".repeat(100_000)}Z`,
];

const TIME = "2026-11-24T05:58:13.710546028Z";

/** A dialer as Consul writes it. */
export const peering = {
  ID: "4be1f3b4-3f3b-4b0c-9b1e-0f6a2f2a7d11",
  Name: "us",
  Partition: "",
  Meta: { team: "payments" },
  State: "ACTIVE",
  PeerID: "c3f1a2b4-0f6a-4b0c-9b1e-3f3b2f2a7d22",
  PeerCAPems: [],
  PeerServerName: "server.us.peering.22222222-3333-4444-5555-666666666666.consul",
  PeerServerAddresses: ["10.0.0.1:8503"],
  StreamStatus: {
    ImportedServices: ["billing"],
    ExportedServices: ["ledger"],
    LastHeartbeat: TIME,
    LastReceive: TIME,
    LastSend: TIME,
  },
  CreateIndex: 20,
  ModifyIndex: 30,
  Remote: { Partition: "", Datacenter: "us", Locality: { Region: "a", Zone: "b" } },
};

/** A peering with this value in every field, in that of its name only if `name` is missing. */
export function filledWith(value, name) {
  const filled = fill(peering, value);
  filled.Meta = value === null || typeof value === "object" ? value : { [String(value)]: value };
  filled.DeletedAt = value;
  return name === undefined ? filled : { ...filled, Name: name };
}

/** Consul's object keeps its shape; its leaves are the value. */
function fill(object, value) {
  return Object.fromEntries(
    Object.entries(object).map(([key, held]) => {
      if (Array.isArray(held)) return [key, [value]];
      return [key, typeof held === "object" ? fill(held, value) : value];
    }),
  );
}

/** A peering with this value in one field; a path: "StreamStatus.LastSend". */
export function withField(path, value) {
  const [first, second] = path.split(".");
  return { ...peering, [first]: second ? { ...peering[first], [second]: value } : value };
}

export const fields = [
  ...Object.entries(peering).flatMap(([key, held]) =>
    ["StreamStatus", "Remote"].includes(key) ? [key, ...Object.keys(held).map((inner) => `${key}.${inner}`)] : [key],
  ),
  "DeletedAt",
];
