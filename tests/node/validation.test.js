// The offline functions as JavaScript calls them: what they read of their arguments, and plain data as the result.
// `src/rules` and `tests/properties` show what the rules find.
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { inspectToken, validatePeerName, validatePeering, validateToken } from "../../pkg/node.js";
import { ACL_TOKEN, CONTENT, GOOD, NOW, RECORDED, SECRET, brief, check, refused, spec, tokenWith } from "./findings.js";

describe("validatePeerName", () => {
  test("accepts a valid name", () => {
    assert.deepEqual(validatePeerName("eu-west-1"), []);
  });

  for (const [what, name, rule] of [
    ["upper case", "EU", "lower_case"],
    ["half an emoji", "\ud83d", "characters"],
    ["nothing", undefined, "required"],
    ["null", null, "required"],
    ["a number", 7, "type"],
    ["NaN", NaN, "type"],
    ["a boolean", true, "type"],
    ["an array with a name in it", ["eu"], "type"],
    ["an object", { peer_name: "eu" }, "type"],
    ["a String object", new String("eu"), "type"],
  ]) {
    test(`refuses ${what}`, () => {
      assert.deepEqual(brief(validatePeerName(name)), [`error peer_name ${rule}`]);
    });
  }
});

describe("validatePeering", () => {
  test("accepts a complete spec", () => {
    assert.deepEqual(check(spec()), []);
    const all = { meta: { team: "payments" }, datacenter: "dc1", partition: "default", token: ACL_TOKEN };
    assert.deepEqual(check(spec(all)), []);
    assert.deepEqual(check(Object.freeze(spec(all))), []);
    assert.deepEqual(check(Object.assign(Object.create(null), spec(all))), []);
  });

  test("reports all findings at once", () => {
    const value = spec({
      peer_name: "EU",
      peering_token: "!",
      meta: { a: 1 },
      token: 7,
      datacenter: "a b",
      peerName: "",
    });
    assert.deepEqual(brief(check(value)), [
      "error peerName unknown",
      "error peer_name lower_case",
      "error peering_token base64",
      "error meta.a type",
      "error datacenter characters",
      "error token type",
    ]);
  });

  for (const [what, meta, ...found] of [
    ["undefined as value", { a: undefined }, "error meta.a type"],
    ["an array", [["a", "b"]], "error meta type"],
    ["null", null],
    ["an object without prototype", Object.assign(Object.create(null), { a: "b" })],
    ["a key that is __proto__", JSON.parse('{"__proto__":"v"}')],
    ["an object under __proto__", JSON.parse('{"__proto__":{"a":1}}'), "error meta.__proto__ type"],
  ]) {
    test(`meta: ${what}`, () => {
      assert.deepEqual(brief(check(spec({ meta }))), found);
      assert.deepEqual(brief(validateToken({ peer_name: "eu", meta })), found);
    });
  }

  for (const [what, peering_token, found] of [
    ["its JSON as an object", CONTENT, "form"],
    ["a response as an object", { PeeringToken: GOOD }, "form"],
    ["bytes", Buffer.from(GOOD), "type"],
    ["a number", 7, "type"],
    ["null", null, "required"],
  ]) {
    test(`token: ${what}`, () => {
      assert.deepEqual(brief(check(spec({ peering_token }))), [`error peering_token ${found}`]);
    });
  }

  test("the time at which certificates are checked", () => {
    const at = (now) => brief(validatePeering(spec(), { now }));
    assert.deepEqual(at(new Date("2040-01-01")), ["warning peering_token ca_expired"]);
    assert.deepEqual(at(new Date("2020-01-01")), ["warning peering_token ca_not_yet"]);
    assert.deepEqual(at(NOW), []);
    assert.ok(!brief(validatePeering(spec())).some((found) => found.includes("error")), "by default now");
  });

  test("a key __proto__ is unknown, and changes no prototype", () => {
    // As text: a literal would set the prototype.
    const parsed = JSON.parse(`{"peer_name":"eu","peering_token":"${GOOD}","__proto__":{"meta":1}}`);
    assert.deepEqual(brief(check(parsed)), ["error __proto__ unknown"]);
    assert.equal({}.meta, undefined);
  });
});

describe("validateToken", () => {
  test("accepts a valid spec", () => {
    const server_external_addresses = ["lb.example:8503", "[2a00::1]:443", "1.2.3.4:1"];
    assert.deepEqual(validateToken({ peer_name: "us", server_external_addresses, meta: { a: "b" } }), []);
    assert.deepEqual(validateToken({ peer_name: "us", server_external_addresses: null, meta: undefined }), []);
  });

  test("external addresses that are no array of texts", () => {
    const found = (server_external_addresses) => brief(validateToken({ peer_name: "us", server_external_addresses }));
    for (const wrong of ["lb.example:8503", { 0: "lb.example:8503" }, new Set(["lb.example:8503"]), 1]) {
      assert.deepEqual(found(wrong), ["error server_external_addresses type"]);
    }
    assert.deepEqual(found(["lb.example:8503", 8503, undefined]), [
      "error server_external_addresses[1] type",
      "error server_external_addresses[2] type",
    ]);
  });
});

describe("inspectToken", () => {
  /** The token's content, parsed by Node. */
  function expected(content) {
    const seconds = (text) => new Date(text).toISOString().replace(".000", "");
    const [, datacenter, trust_domain] = content.ServerName.match(/^server\.(.*?)\.peering\.(.*)$/);
    return {
      datacenter,
      partition: null,
      trust_domain,
      server_name: content.ServerName,
      peer_id: content.PeerID,
      server_addresses: content.ServerAddresses,
      manual_server_addresses: content.ManualServerAddresses ?? [],
      authorities: content.CA.map((pem) => new X509Certificate(pem)).map(({ subject, validFrom, validTo }) => ({
        subject,
        not_before: seconds(validFrom),
        not_after: seconds(validTo),
        expired: false,
      })),
    };
  }

  test("returns the content of a recorded token", () => {
    const info = inspectToken(RECORDED);
    assert.deepStrictEqual(info, expected(CONTENT));
    assert.equal(JSON.stringify(info), JSON.stringify(expected(CONTENT)), "in the documented order");
    assert.deepStrictEqual(structuredClone(info), info);
  });

  test("never contains the secret, for any spelling of the token", () => {
    const external = tokenWith({ ManualServerAddresses: ["lb.example:443"] });
    assert.deepStrictEqual(inspectToken(external).manual_server_addresses, ["lb.example:443"]);
    for (const token of [RECORDED, GOOD, external, ` ${RECORDED}\n`, RECORDED.replace(/(.{76})/g, "$1\n")]) {
      const shown = inspect(inspectToken(token), { depth: 9, showHidden: true });
      assert.ok(!shown.includes(SECRET) && !shown.includes(token), shown);
    }
  });

  test("rejects an unusable token, with the findings of validatePeering", () => {
    for (const token of ["!", tokenWith({ PeerID: null }), undefined, null, 7, {}, []]) {
      const findings = check({ peer_name: "eu", peering_token: token });
      assert.deepEqual(refused(token).findings, findings);
    }
  });
});
