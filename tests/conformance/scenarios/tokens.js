// Peering tokens that cannot be used, and addresses that lead nowhere, or somewhere else.

const encode = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64");
const decode = (token) => JSON.parse(Buffer.from(token, "base64").toString());

/** Texts that are no token at all. */
const NONSENSE = [
  ...[
    "!!!",
    "-_-_",
    "e30",
    "e30=",
    "e3=0",
    "e30==",
    "e",
    "e3",
    "e3==",
    "e3=\n=",
    "====",
    "e30=e30=",
    "e30=\n",
    " e30=",
  ],
  ...["e30= ", "ä", encode("hello"), encode("[]"), encode("null"), encode("1"), encode('"x"'), encode("{} {}")],
  ...[encode('{"CA":1}'), encode('{"CA":[1]}'), encode('{"ServerName":1}'), encode('{"Remote":1}'), encode('{"CA":')],
  ...[encode('{"Remote":{"Datacenter":1}}'), encode('{"ca":[],"serveraddresses":["a:1"]}')],
];

/** What is made of a good token before it is given in. */
const ALTERED = {
  "no addresses": { ServerAddresses: null },
  "no addresses but a manual one without a port": { ServerAddresses: null, ManualServerAddresses: ["9.9.9.9"] },
  "a manual address without a port": { ManualServerAddresses: ["9.9.9.9"] },
  "a bad address after a good one": { ServerAddresses: ["127.0.0.1:1", "x"] },
  "no peer id": { PeerID: "" },
  "a CA without a server name": { ServerName: "" },
  "a CA that is junk": { CA: ["junk"] },
  "a CA that is a key": { CA: ["-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] },
  "a CA that holds junk": { CA: ["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] },
  "a made-up secret": { EstablishmentSecret: "33333333-3333-3333-3333-333333333333" },
  "an unknown peer id": { PeerID: "11111111-1111-1111-1111-111111111111" },
};

const BAD_ADDRESSES = [
  ...[
    "1.2.3.4",
    "1.2.3.4:0",
    "1.2.3.4:70000",
    "1.2.3.4:x",
    "1.2.3.4:",
    "1.2.3.4:-1",
    "2001:db8::1",
    "2001:db8::1:8503",
  ],
  ...["[2001:db8::1]", "[::1]x:1", "[::1", "::1]:1", "http://lb:8503", "", ":", "a:b:1", "a:1.5", "a:0x1", "a: 1"],
];
/** Accepted addresses at which no server listens. */
const EMPTY_ADDRESSES = [":1", "127.0.0.1:+1", "127.0.0.1:01", "[::1]:1", "127.0.0.1:1"];

export const tokens = [
  {
    name: "invalid peering tokens",
    async run(to) {
      for (const text of NONSENSE) await to.establish("eu", "no-token", text, {}, { what: JSON.stringify(text) });
      await to.read("eu", "no-token");
    },
  },
  {
    name: "altered tokens",
    async run(to) {
      const good = decode(await to.token("us", "altered"));
      for (const [index, [what, change]] of Object.entries(ALTERED).entries()) {
        await to.establish("eu", `altered-${index}`, encode({ ...good, ...change }), {}, { what });
        await to.read("eu", `altered-${index}`);
      }
      const token = encode(good);
      await to.establish("us", "me", token, {}, { what: "its own" });
      await to.read("us", "me");
      await to.establish("eu", "spaced", ` ${token}`, {}, { what: "a space before" });
      const more = { Remote: { Partition: "", Datacenter: "us", Locality: null, More: 1 }, More: [1] };
      await to.establish("eu", "more", encode({ ...decode(await to.token("us", "more")), ...more }));
      await to.until("eu", "more", "ACTIVE");
      await to.establish("eu", "broken-up", `${token.slice(0, 76)}\r\n${token.slice(76)}\n`, { Meta: { a: "b" } });
      await to.until("eu", "broken-up", "ACTIVE");
      await to.establish("eu", "both-faults", "!!!", { Meta: { "": "v" } }, { what: "and bad meta" });
    },
  },
  {
    name: "bad addresses",
    async run(to) {
      for (const address of BAD_ADDRESSES) {
        const what = JSON.stringify(address);
        const token = await to.token("us", "bad-addresses", { ServerExternalAddresses: [address] }, { what });
        await to.establish("eu", "bad-addresses", token, {}, { what });
      }
      await to.read("eu", "bad-addresses");
    },
  },
  ...EMPTY_ADDRESSES.map((address, index) => ({
    name: `no server at ${address}`,
    async run(to) {
      const name = `no-server-${index}`;
      const token = await to.token("us", name, { ServerExternalAddresses: [address] });
      await to.establish("eu", name, token, { Meta: { try: "1" } });
      await to.read("eu", name);
      await to.establish("eu", name, await to.token("us", name), {}, { what: "repaired" });
      await to.until("eu", name, "ACTIVE");
      await to.read("eu", name);
    },
  })),
  {
    name: "external addresses",
    async run(to) {
      const token = decode(await to.token("us", "external"));
      const outside = token.ServerAddresses[0].replace("127.0.0.1", "localhost");
      await to.peer("eu", "us", { name: "external", external: ["127.0.0.1:1", outside] });
      await to.readSettled("eu", "external");
      const inside = await to.token("us", "external", { ServerExternalAddresses: [] });
      await to.establish("eu", "external", inside, { Meta: { rotated: "inside" } });
      await to.read("eu", "external");
    },
  },
  {
    name: "a token without its CA",
    async run(to) {
      const good = decode(await to.token("us", "without-ca"));
      await to.establish("eu", "without-ca", encode({ ...good, CA: null }));
      await to.read("eu", "without-ca");
    },
  },
  {
    name: "a token with another's CA",
    async run(to) {
      const [good, other] = [decode(await to.token("us", "other-ca")), decode(await to.token("ap", "other-ca"))];
      await to.establish("eu", "other-ca", encode({ ...good, CA: other.CA }));
      await to.read("eu", "other-ca");
      await to.establish("eu", "other-name", encode({ ...good, ServerName: other.ServerName }));
      await to.read("eu", "other-name");
    },
  },
];
