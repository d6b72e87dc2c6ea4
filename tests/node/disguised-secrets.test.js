// A server that repeats a secret in another letter case, or with invisible characters in it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { establish, generateToken, list, read } from "../../pkg/node.js";
import { aclToken, peeringToken } from "./secrets.js";

const ACL = aclToken("d15901ed-0000-4c8e-9d3a-acacacacacac");
const SECRET = aclToken("d15901ed-5ec2-e700-3333-abcdefabcdef");
const TOKEN = peeringToken(
  Buffer.from(
    JSON.stringify({
      CA: null,
      ServerAddresses: ["10.0.0.1:8503"],
      ServerName: "server.us.peering.us.consul",
      PeerID: "p1",
      EstablishmentSecret: SECRET,
    }),
  ).toString("base64"),
);

const between = (text, characters) => [...text].join(characters);
const UNSEEN = [
  "\u200b",
  "\u00ad",
  "\u2060",
  "\ufeff",
  "\u202e",
  "\u2028",
  "\0",
  "\x1b",
  "\x9b",
  "\ufe0f",
  "\u034f",
  "\u{e0041}",
];
const disguises = [
  (text) => text.toUpperCase(),
  (text) => [...text].map((c, i) => (i % 2 ? c.toUpperCase() : c)).join(""),
  ...UNSEEN.map((c) => (text) => between(text, c)),
  ...UNSEEN.map((c) => (text) => `${text.slice(0, 9)}${c}${text.slice(9)}`),
  (text) => between(text.toUpperCase(), UNSEEN.join("")),
];

/** The text without what may be between the letters of a secret. */
const observed = (text) =>
  text
    .replace(/\\u[0-9a-f]{4}|\\[0brnt]/gi, "")
    .replace(/[^\w-]/g, "")
    .toLowerCase();

const CALLS = [
  (cluster, options) => read(cluster, "us", options),
  (cluster, options) => list(cluster, options),
  (cluster, options) => generateToken(cluster, { peer_name: "us" }, options),
  (cluster, options) => establish(cluster, { peer_name: "us", peering_token: TOKEN }, options),
];

test("is redacted in every error and progress event", async () => {
  for (const disguise of disguises) {
    const text = `refused: ${disguise(ACL)} and ${disguise(SECRET)}.`;
    for (const call of CALLS) {
      for (const fetch of [
        async () => new Response(text, { status: 500 }),
        async () => Promise.reject(new TypeError(text, { cause: new Error(text) })),
      ]) {
        const shown = [];
        const onProgress = (progress) => shown.push(JSON.stringify(progress));
        const error = await call({ address: "http://a", token: ACL, fetch }, { onProgress, timeout: 200 }).catch(
          (e) => e,
        );
        shown.push(JSON.stringify(error), String(error.stack), String(error.cause?.stack));
        const secrets = call === CALLS[3] ? [ACL, SECRET] : [ACL];
        for (const secret of secrets) assert.ok(!observed(shown.join()).includes(secret), shown.join("\n"));
      }
    }
  }
});

test("a message without a secret keeps invisible characters, escaped", async () => {
  const fetch = async () => new Response("no\u200b such\u202e thing", { status: 500 });
  const error = await list({ address: "http://a", token: ACL, fetch }).catch((e) => e);
  assert.match(error.message, /no\\u200b such\\u202e thing/);
});
