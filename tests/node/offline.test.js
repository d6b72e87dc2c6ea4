// The offline functions, as a user calls them: an error in the input is a finding, unusable input is a PeeringError,
// and no input breaks the module.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import * as peering from "../../pkg/node.js";
import { aclToken, peeringToken } from "./secrets.js";

const { PeeringError, inspectToken, isPeeringError, validatePeerName, validatePeering, validateToken } = peering;

const PACKAGE = new URL("../../pkg/node.js", import.meta.url);
const TYPES = readFileSync(new URL("../../pkg/index.d.ts", import.meta.url), "utf8");

/** A token that a real Consul generated, and its content. */
const { exchanges } = JSON.parse(readFileSync(new URL("../recordings/1.22.3/tokens.json", import.meta.url), "utf8"));
const RECORDED = peeringToken(JSON.parse(exchanges[0].response.body).PeeringToken);
const CONTENT = JSON.parse(Buffer.from(RECORDED, "base64"));
const SECRET = CONTENT.EstablishmentSecret;
const ACL_TOKEN = aclToken("5d6c7b8a-0000-4000-8000-0000000000a1");

/** The time it was generated: no certificate in it has expired yet. */
const NOW = new Date("2026-11-25T00:00:00Z");

const encode = (content) => Buffer.from(JSON.stringify(content)).toString("base64");
const tokenWith = (changes) => encode({ ...CONTENT, ServerAddresses: ["1.2.3.4:8503"], ...changes });
/** A token without errors, with servers elsewhere. */
const GOOD = tokenWith({});

const spec = (more) => ({ peer_name: "eu", peering_token: GOOD, ...more });
const check = (value) => validatePeering(value, { now: NOW });

/** Findings are plain data with five texts each, none of which contains a secret. The field is empty if a key is. */
function wellFormed(findings) {
  assert.ok(Array.isArray(findings));
  for (const finding of findings) {
    assert.deepEqual(Object.keys(finding), ["field", "rule", "message", "fix", "severity"]);
    assert.equal(typeof finding.field, "string");
    for (const key of ["rule", "message", "fix"]) assert.match(finding[key], /\S/, inspect(finding));
    for (const key of ["message", "fix"]) assert.match(finding[key], /[^.]\.$/, inspect(finding));
    assert.ok(["error", "warning"].includes(finding.severity), inspect(finding));
  }
  const shown = JSON.stringify(findings);
  for (const secret of [SECRET, GOOD, RECORDED, ACL_TOKEN]) assert.ok(!shown.includes(secret), shown);
  return findings;
}

const brief = (findings) => wellFormed(findings).map(({ field, rule, severity }) => `${severity} ${field} ${rule}`);

/** The error that `inspectToken` throws, which must be one of the package's. */
function refused(token) {
  let error;
  assert.throws(
    () => inspectToken(token),
    (thrown) => {
      error = thrown;
      return isPeeringError(thrown) && thrown.code === "invalid";
    },
  );
  wellFormed(error.findings);
  return error;
}

// --- Names -----------------------------------------------------------------------------------------------------------

describe("validatePeerName", () => {
  test("accepts what Consul accepts and can read back", () => {
    for (const name of ["a", "1", "eu-west-1", "a--b", "xn--bcher-kva", "tokens", "a".repeat(63)]) {
      assert.deepEqual(validatePeerName(name), [], name);
    }
  });

  for (const [what, name, ...rules] of [
    ["empty", "", "required"],
    ["upper case", "EU", "lower_case"],
    ["64 characters", "a".repeat(64), "length"],
    ["dots", "eu.west", "characters"],
    ["an underscore", "eu_west", "characters"],
    ["a letter beyond ASCII", "münchen", "characters"],
    ["a Cyrillic letter that looks like another", "еu", "characters"],
    ["an emoji", "🙂", "characters"],
    ["half an emoji", "\ud83d", "characters"],
    ["a line break at the end", "eu\n", "characters"],
    ["a NUL", "eu\0", "characters"],
    ["spaces around", " eu ", "characters"],
    ["a hyphen first", "-eu", "ends"],
    ["a hyphen last", "eu-", "ends"],
    ["Consul's own call token", "token", "reserved"],
    ["Consul's own call establish", "establish", "reserved"],
    ["nothing", undefined, "required"],
    ["null", null, "required"],
    ["a number", 7, "type"],
    ["NaN", NaN, "type"],
    ["a boolean", true, "type"],
    ["an array with a name in it", ["eu"], "type"],
    ["an object", { peer_name: "eu" }, "type"],
    ["a String object", new String("eu"), "type"],
    ["everything at once", `-E.${"a".repeat(63)}`, "length", "lower_case", "characters", "ends"],
    ["a peering token", RECORDED, "form"],
    ["an address", "eu.example:8500", "form"],
    ["a URL", "https://eu.example:8501", "form"],
  ]) {
    test(`refuses ${what}`, () => {
      const findings = validatePeerName(name);
      assert.deepEqual(
        brief(findings),
        rules.map((rule) => `error peer_name ${rule}`),
      );
    });
  }

  test("suggests a valid name, and escapes control characters", () => {
    assert.equal(validatePeerName("EU")[0].fix, 'Try "eu".');
    assert.equal(validatePeerName("bad name")[0].fix, 'Try "bad-name".');
    assert.match(validatePeerName("eu\n")[0].message, /"eu\\n"/);
    assert.ok(validatePeerName("x".repeat(1e6))[0].message.length < 200);
  });
});

// --- A peering to establish -------------------------------------------------------------------------------------------

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

  const many = (count) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, "v"]));
  for (const [what, meta, ...found] of [
    ["64 pairs", many(64)],
    ["65 pairs", many(65), "error meta pairs"],
    ["a key of 128 bytes", { ["k".repeat(128)]: "v" }],
    ["a key of 129 bytes", { ["k".repeat(129)]: "v" }, `error meta.${"k".repeat(40)}… key_length`],
    ["a value of 512 bytes", { a: "é".repeat(256) }],
    ["a value of 513 bytes", { a: "v".repeat(513) }, "error meta.a value_length"],
    ["a value of 513 bytes in 257 characters", { a: `${"é".repeat(256)}v` }, "error meta.a value_length"],
    ["Consul's prefix", { "consul-x": "v" }, "error meta.consul-x key_reserved"],
    ["Consul's prefix in another case", { "Consul-x": "v" }],
    ["an empty key", { "": "v" }, "error meta. key_empty"],
    ["an empty value", { a: "" }],
    ["a key with a dot", { "a.b": "v" }, "error meta.a.b key_characters"],
    ["a number as value", { a: 1 }, "error meta.a type"],
    ["null as value", { a: null }, "error meta.a type"],
    ["undefined as value", { a: undefined }, "error meta.a type"],
    ["an object as value", { a: {} }, "error meta.a type"],
    ["an array", [["a", "b"]], "error meta type"],
    ["a text", "a=b", "error meta type"],
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

  for (const [what, peering_token, ...found] of [
    ["spaces around", ` ${GOOD}\t`, "warning trimmed"],
    ["a line break at the end", `${GOOD}\n`, "warning trimmed"],
    ["line breaks inside", GOOD.replace(/(.{64})/g, "$1\r\n")],
    ["a space inside", `${GOOD.slice(0, 8)} ${GOOD.slice(8)}`, "error base64"],
    ["the URL-safe alphabet", Buffer.from(JSON.stringify({ a: "???>>>" })).toString("base64url"), "error base64"],
    ["no padding", "e30", "error base64"],
    ["a text that is no base64", "not a token!", "error base64"],
    ["empty", "", "error required"],
    ["spaces only", "  ", "warning trimmed", "error required"],
    ["no JSON", Buffer.from("hello").toString("base64"), "error json"],
    ["a JSON array", "W10=", "error json"],
    ["JSON null", "bnVsbA==", "error json"],
    ["cut off within its JSON", Buffer.from(JSON.stringify(CONTENT).slice(0, 90)).toString("base64"), "error json"],
    ["an empty object", "e30=", "error server_addresses", "error peer_id", "error secret"],
    ["no addresses", tokenWith({ ServerAddresses: [] }), "error server_addresses"],
    ["null for addresses", tokenWith({ ServerAddresses: null }), "error server_addresses"],
    ["an address without port", tokenWith({ ServerAddresses: ["1.2.3.4"] }), "error server_address"],
    ["port 0", tokenWith({ ServerAddresses: ["1.2.3.4:0"] }), "error server_address"],
    ["port 65536", tokenWith({ ServerAddresses: ["1.2.3.4:65536"] }), "error server_address"],
    ["a port in words", tokenWith({ ServerAddresses: ["1.2.3.4:grpc"] }), "error server_address"],
    ["IPv6 in brackets", tokenWith({ ServerAddresses: ["[2a00::1]:8503"] })],
    ["IPv6 without brackets", tokenWith({ ServerAddresses: ["2001:db8::1:8503"] }), "error server_address"],
    ["an address of this machine", RECORDED, "warning local_address"],
    ["private addresses", tokenWith({ ServerAddresses: ["10.0.0.1:1", "172.16.0.1:1"] }), "warning private_address"],
    ["a carrier-grade address", tokenWith({ ServerAddresses: ["100.64.0.1:1"] }), "warning private_address"],
    ["a unique local address", tokenWith({ ServerAddresses: ["[fd00::1]:1"] }), "warning private_address"],
    ["a link-local address", tokenWith({ ServerAddresses: ["[fe80::1]:1"] }), "warning link_local_address"],
    ["an address of documentation", tokenWith({ ServerAddresses: ["192.0.2.1:1"] }), "warning documentation_address"],
    ["a name of Consul's own DNS", tokenWith({ ServerAddresses: ["a.service.consul:1"] }), "warning cluster_name"],
    ["the port of the HTTP API", tokenWith({ ServerAddresses: ["1.2.3.4:8500"] }), "warning unlikely_port"],
    ["two names", tokenWith({ ServerAddresses: ["a.example:1", "b.example:1"] }), "warning host_names"],
    [
      "external addresses over private ones, which are not dialed",
      tokenWith({ ServerAddresses: ["10.0.0.1:8500"], ManualServerAddresses: ["lb.example:443"] }),
    ],
    ["an address with a space", tokenWith({ ServerAddresses: [" lb:8503"] }), "error server_address"],
    ["an ACL token", ACL_TOKEN, "error form"],
    ["a JWT", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln", "error form"],
    ["its JSON", JSON.stringify(CONTENT), "error form"],
    ["its JSON as an object", CONTENT, "error form"],
    ["a JSON response", JSON.stringify({ PeeringToken: GOOD }), "error form"],
    ["a response as an object", { PeeringToken: GOOD }, "error form"],
    ["a response in base64", encode({ PeeringToken: GOOD }), "error form"],
    ["in quotes", `"${GOOD}"`, "error form"],
    ["in base64 twice", Buffer.from(GOOD).toString("base64"), "error form"],
    ["a certificate", CONTENT.CA[0], "warning trimmed", "error form"],
    ["an address in its place", "consul.eu.example:8503", "error form"],
    ["a URL in its place", "https://consul.eu.example:8501", "error form"],
    ["a path in its place", "./eu.peering-token", "error form"],
    [
      "external addresses over bad ones, which Consul checks as well",
      tokenWith({ ServerAddresses: ["x"], ManualServerAddresses: ["lb.example:443"] }),
      "error server_address",
    ],
    ["bad external addresses", tokenWith({ ManualServerAddresses: ["lb.example"] }), "error server_address"],
    ["no peer id", tokenWith({ PeerID: "" }), "error peer_id"],
    ["no secret", tokenWith({ EstablishmentSecret: "" }), "error secret"],
    ["no server name", tokenWith({ ServerName: "" }), "error server_name"],
    ["no CA", tokenWith({ CA: null })],
    ["an invalid CA", tokenWith({ CA: ["junk"] }), "error ca"],
    ["a number", 7, "error type"],
    ["bytes", Buffer.from(GOOD), "error type"],
    ["null", null, "error required"],
  ]) {
    test(`token: ${what}`, () => {
      const rules = brief(check(spec({ peering_token }))).map((found) => found.replace(" peering_token", ""));
      assert.deepEqual(rules, found);
    });
  }

  test("the fix for the URL-safe alphabet is the standard one", () => {
    const [finding] = check(spec({ peering_token: "abc-_w==" }));
    assert.match(`${finding.message} ${finding.fix}`, /URL-safe.*Write \+ for -/);
  });

  test("the fix names the right value if it is known", () => {
    const fix = (peering_token) => check(spec({ peering_token }))[0].fix;
    assert.match(fix({ PeeringToken: GOOD }), /token in it alone.*`jq -r '\.PeeringToken \/\/ \.peering_token'`/);
    assert.match(fix(JSON.stringify(CONTENT)), /base64 text.*`base64`/);
    assert.match(fix(`"${GOOD}"`), /between the quotes/);
    assert.match(fix(Buffer.from(GOOD).toString("base64")), /Decode it once.*`base64 -d`/);
  });

  test("values that are no ACL token", () => {
    const found = (token) => brief(check(spec({ token })));
    for (const token of [GOOD, `"${ACL_TOKEN}"`, '{"SecretID":"x"}', CONTENT.CA[0]]) {
      assert.deepEqual(found(token), ["error token form"]);
    }
    for (const token of ["eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln", "/run/secrets/token", "http://eu.example"]) {
      assert.deepEqual(found(token), ["warning token form"]);
    }
  });

  test("rejects a token truncated anywhere", () => {
    for (let length = 0; length < GOOD.length; length++) {
      const findings = wellFormed(check(spec({ peering_token: GOOD.slice(0, length) })));
      assert.ok(
        findings.some(({ severity }) => severity === "error"),
        `${length} characters`,
      );
    }
  });

  test("the time at which certificates are checked", () => {
    const at = (now) => brief(validatePeering(spec(), { now }));
    assert.deepEqual(at(new Date("2040-01-01")), ["warning peering_token ca_expired"]);
    assert.deepEqual(at(new Date("2020-01-01")), ["warning peering_token ca_not_yet"]);
    assert.deepEqual(at(NOW), []);
    assert.ok(!brief(validatePeering(spec())).some((found) => found.includes("error")), "by default now");
  });

  test("an ACL token that is invalid in a header is refused and not repeated", () => {
    for (const token of [`${ACL_TOKEN}\n`, ` ${ACL_TOKEN}`, `${ACL_TOKEN}\r\nX-Evil: 1`, "tökén", "a\0b"]) {
      assert.deepEqual(brief(check(spec({ token }))), ["error token characters"]);
      assert.deepEqual(brief(validateToken({ peer_name: "eu", token })), ["error token characters"]);
    }
  });

  test("unknown keys, with a suggestion", () => {
    const fix = (key) => {
      const findings = wellFormed(check(spec({ [key]: "x" })));
      assert.deepEqual([findings.length, findings[0].field, findings[0].rule], [1, key, "unknown"]);
      return findings[0].fix;
    };
    for (const key of ["peerName", "PeerName", "peer-name"]) assert.equal(fix(key), "Write peer_name.");
    for (const key of ["peeringToken", "PeeringToken"]) assert.equal(fix(key), "Write peering_token.");
    assert.equal(fix("Meta"), "Write meta.");
    assert.match(fix("server_external_addresses"), /Known are peer_name, peering_token, meta/);
    // As text: a literal would set the prototype.
    const parsed = JSON.parse(`{"peer_name":"eu","peering_token":"${GOOD}","__proto__":{"meta":1}}`);
    assert.deepEqual(brief(check(parsed)), ["error __proto__ unknown"]);
    assert.equal({}.meta, undefined);
  });

  test("a Terraform resource is valid: null is unset, computed attributes are ignored", () => {
    const unset = { datacenter: null, deleted_at: null, id: null, meta: null, partition: null, peer_ca_pems: null };
    assert.deepEqual(check(spec({ ...unset, peer_id: null, peer_server_name: null, state: null, token: null })), []);
    const applied = { deleted_at: null, id: "eu", meta: null, peer_id: "1", peer_ca_pems: [], state: "ACTIVE" };
    const findings = check(spec(applied));
    assert.deepEqual(brief(findings), [
      "warning id read_only",
      "warning peer_id read_only",
      "warning peer_ca_pems read_only",
      "warning state read_only",
    ]);
  });
});

// --- A token to generate ----------------------------------------------------------------------------------------------

describe("validateToken", () => {
  test("accepts a valid spec", () => {
    assert.deepEqual(validateToken({ peer_name: "us" }), []);
    const server_external_addresses = ["lb.example:8503", "[2a00::1]:443", "1.2.3.4:1"];
    assert.deepEqual(validateToken({ peer_name: "us", server_external_addresses, meta: { a: "b" } }), []);
    assert.deepEqual(validateToken({ peer_name: "us", server_external_addresses: [], meta: null }), []);
    assert.deepEqual(validateToken({ peer_name: "us", server_external_addresses: null }), []);
  });

  test("checks each external address, which Consul does not", () => {
    const server_external_addresses = ["lb.example", "https://lb.example:443", ":8503", "localhost:8503", 8503, null];
    assert.deepEqual(brief(validateToken({ peer_name: "us", server_external_addresses })), [
      "error server_external_addresses[0] address",
      "error server_external_addresses[1] address",
      "error server_external_addresses[2] address",
      "warning server_external_addresses[3] local_address",
      "error server_external_addresses[4] type",
      "error server_external_addresses[5] type",
    ]);
    const doubtful = ["lb.example:8503", "10.0.0.1:8500", " lb.example:1", "LB.example:8503", "other.example:1"];
    assert.deepEqual(brief(validateToken({ peer_name: "us", server_external_addresses: doubtful })), [
      "warning server_external_addresses[1] private_address",
      "warning server_external_addresses[1] unlikely_port",
      "error server_external_addresses[2] address",
      "warning server_external_addresses[3] repeated",
      "warning server_external_addresses host_names",
    ]);
    for (const wrong of ["lb.example:8503", { 0: "lb.example:8503" }, new Set(["lb.example:8503"]), 1]) {
      const findings = validateToken({ peer_name: "us", server_external_addresses: wrong });
      assert.deepEqual(brief(findings), ["error server_external_addresses type"]);
    }
  });

  test("rejects a peering token", () => {
    assert.deepEqual(brief(validateToken({ peer_name: "us", peering_token: GOOD })), ["error peering_token unknown"]);
  });
});

// --- inspectToken -----------------------------------------------------------------------------------------------------

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
    for (const token of ["", "!", "e30=", GOOD.slice(4), tokenWith({ PeerID: null }), undefined, null, 7, {}, []]) {
      const findings = check({ peer_name: "eu", peering_token: token });
      assert.deepEqual(refused(token).findings, findings);
    }
  });
});

// --- Errors -----------------------------------------------------------------------------------------------------------

describe("PeeringError", () => {
  test("is a subclass of Error, with all fields and no secret", () => {
    const error = refused(tokenWith({ ServerAddresses: ["nowhere"] }));
    assert.ok(error instanceof PeeringError && error instanceof Error);
    assert.equal(error.name, "PeeringError");
    assert.equal(Object.prototype.toString.call(error), "[object Error]");
    assert.match(error.stack, /^PeeringError: inspectToken: /);
    const { code, operation, cluster, hint, retryable, findings, left_behind } = error;
    assert.deepEqual(
      { code, operation, cluster, retryable, left_behind },
      { code: "invalid", operation: "inspectToken", cluster: "", retryable: false, left_behind: [] },
    );
    assert.match(hint, /\.$/);
    assert.deepEqual(brief(findings), ["error peering_token server_address"]);
    for (const key of ["status", "peer_name", "peering", "cause"]) assert.ok(!(key in error), key);
    assert.deepStrictEqual(error.toJSON(), {
      name: "PeeringError",
      message: error.message,
      code,
      operation,
      cluster,
      hint,
      retryable,
      findings,
      left_behind,
      reason: `peering_token's address "nowhere" is not host:port.`,
    });
    assert.equal(error.message, `inspectToken: ${error.reason}`);
    assert.deepStrictEqual(JSON.parse(JSON.stringify({ error })).error, error.toJSON());
    for (const shown of [String(error), inspect(error), error.stack, JSON.stringify(error)]) {
      assert.ok(!shown.includes(SECRET), shown);
    }
  });

  test("isPeeringError: recognises it by name, across realms", () => {
    assert.ok(isPeeringError(refused("!")));
    assert.ok(isPeeringError({ name: "PeeringError", code: "invalid" }), "of another realm or copy");
    const others = [
      undefined,
      null,
      0,
      "PeeringError",
      new Error("x"),
      { name: "PeeringError" },
      {},
      () => {},
      Symbol(),
    ];
    for (const other of others) assert.equal(isPeeringError(other), false);
  });

  test("calls reject with all findings before a request", async () => {
    const cluster = { address: "http://c", fetch: () => assert.fail("something was sent") };
    const calls = {
      establish: peering.establish(cluster, spec({ peer_name: "EU", meta: { a: 1 } })),
      generateToken: peering.generateToken(cluster, { peer_name: "EU", meta: { a: 1 } }),
      read: peering.read(cluster, "EU"),
      delete: peering.delete(cluster, { peer_name: "EU" }),
      wait: peering.wait(cluster, "EU", "ACTIVE"),
    };
    for (const [operation, call] of Object.entries(calls)) {
      await assert.rejects(call, (error) => {
        assert.ok(isPeeringError(error) && error instanceof PeeringError, operation);
        assert.deepEqual([error.code, error.operation, error.cluster], ["invalid", operation, "http://c"]);
        const named = brief(error.findings).filter((found) => !found.includes("local_address"));
        const meta = ["establish", "generateToken"].includes(operation) ? ["error meta.a type"] : [];
        assert.deepEqual(named, ["error peer_name lower_case", ...meta], operation);
        return true;
      });
    }
  });
});

// --- The package ------------------------------------------------------------------------------------------------------

/** Runs a program in its own process, with the package as `p`, and kills it after `seconds`. */
function inProcess(program, { seconds = 30, load = "import * as p from" } = {}) {
  const path = fileURLToPath(PACKAGE);
  const source = load.startsWith("import")
    ? `${load} ${JSON.stringify(PACKAGE.href)};\n${program}`
    : `const p = require(${JSON.stringify(path)});\n${program}`;
  const type = load.startsWith("import") ? "module" : "commonjs";
  const { stdout, stderr, status, error } = spawnSync(process.execPath, [`--input-type=${type}`, "--eval", source], {
    encoding: "utf8",
    timeout: seconds * 1000,
    killSignal: "SIGKILL",
  });
  assert.equal(error?.code, undefined, `not done after ${seconds} s`);
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

describe("the package", () => {
  test("is ready on import, and init may be called all the same", async () => {
    assert.equal(await peering.init(), undefined);
    assert.equal(await peering.init(new Uint8Array()), undefined, "nothing is loaded twice");
    assert.deepEqual(validatePeerName("eu"), []);
  });

  test("exports what is documented, under both names of delete", () => {
    const declared = [...TYPES.matchAll(/^export (?:declare )?(?:function|class) (\w+)/gm)].map(([, name]) => name);
    const listed = [...TYPES.matchAll(/^export \{(.*)\};/gm)].flatMap(([, names]) =>
      names.split(",").map((name) => name.trim().split(" as ").at(-1)),
    );
    const documented = [...new Set([...declared, ...listed])].sort();
    assert.ok(documented.length >= 15, documented);
    for (const name of documented) assert.equal(typeof peering[name], "function", name);
    assert.equal(peering.delete, peering.remove);
  });

  test("exports nothing else", () => {
    const undocumented = Object.keys(peering).filter(
      (name) => !new RegExp(`^(export .*\\b${name}\\b)`, "m").test(TYPES),
    );
    assert.deepEqual(undocumented, []);
  });

  test("can be required", () => {
    const required = createRequire(import.meta.url)(fileURLToPath(PACKAGE));
    assert.equal(required.PeeringError, PeeringError, "the same instance as by import");
    const program = 'console.log(p.validatePeerName("EU")[0].rule, Object.keys(p).includes("delete"))';
    assert.equal(inProcess(program, { load: "require" }), "lower_case true");
    assert.equal(inProcess(program), "lower_case true");
  });
});

// --- Arbitrary values
// ---------------------------------------------------------------------------------------------------

const throwing = () => {
  throw new Error("boom");
};
/** Every trap throws. */
const hostile = (target) => new Proxy(target, new Proxy({}, { get: () => throwing }));

class Spec {
  constructor() {
    this.peer_name = "EU";
  }
  get peering_token() {
    return GOOD;
  }
}

const cyclic = { peer_name: "eu", peering_token: GOOD };
cyclic.meta = cyclic;
const ring = [];
ring.push(ring);

const ODD = {
  "a symbol": Symbol("eu"),
  "a bigint": 1n,
  Infinity: Infinity,
  "a date": new Date(),
  "an invalid date": new Date(NaN),
  "a map": new Map([["peer_name", "eu"]]),
  "a set": new Set(["eu"]),
  "a weak map": new WeakMap(),
  "a regular expression": /eu/,
  "a promise": Promise.resolve("eu"),
  "a function": () => "eu",
  "a class": class {},
  "an error": new Error("eu"),
  "a buffer": Buffer.from("eu"),
  "an array buffer": new ArrayBuffer(8),
  "a boxed text": Object("eu"),
  "a boxed symbol": Object(Symbol()),
  "an object that becomes a text": { toString: () => "eu", [Symbol.toPrimitive]: () => "eu" },
  "an object that becomes nothing": { toString: throwing, valueOf: throwing, toJSON: throwing },
  "an object without prototype": Object.create(null),
  "a frozen object": Object.freeze({ peer_name: "EU" }),
  "an instance of a class": new Spec(),
  "inherited members": Object.create({ peer_name: "eu", peering_token: GOOD }),
  "a cycle": cyclic,
  "a cycle of arrays": ring,
  "a sparse array": Array(9),
  "an array with more": Object.assign(["eu"], { peer_name: "eu" }),
  "something deep": JSON.parse('{"meta":'.repeat(5000) + "1" + "}".repeat(5000)),
  "a proxy that only looks": new Proxy({ peer_name: "EU" }, {}),
  "a proxy that throws": hostile({}),
  "a proxy of a function that throws": hostile(() => {}),
  "a proxy that lies about its keys": new Proxy(
    {},
    { ownKeys: () => ["a", "b"], getOwnPropertyDescriptor: () => undefined },
  ),
  "keys that are symbols": { [Symbol("peer_name")]: "eu" },
  "hidden members": Object.defineProperty({}, "peer_name", { value: "eu", enumerable: false }),
  "a key __proto__": JSON.parse('{"__proto__":{"peer_name":"eu"}}'),
  "names of Object's own": JSON.parse('{"constructor":1,"toString":2,"hasOwnProperty":3}'),
  "a key of a megabyte": { ["k".repeat(1e6)]: 1 },
  "the module itself": peering,
  globalThis,
};

/** The error that is thrown, which must not be a trap: after one, nothing works. */
function survives(run) {
  try {
    return wellFormed(run());
  } catch (error) {
    assert.ok(isPeeringError(error), error?.stack ?? String(error));
    return wellFormed(error.findings);
  }
}

describe("arbitrary values", () => {
  for (const [what, value] of Object.entries(ODD)) {
    test(`${what}: returns findings`, async () => {
      assert.ok(wellFormed(validatePeerName(value)).length > 0);
      assert.ok(wellFormed(check(value)).length > 0);
      assert.ok(wellFormed(validateToken(value)).length > 0);
      assert.ok(refused(value).findings.length > 0);
      for (const key of ["peer_name", "peering_token", "meta", "datacenter", "token", "unknown"]) {
        survives(() => check(spec({ [key]: value })));
        survives(() => validateToken({ peer_name: "eu", [key]: value }));
      }
      survives(() => check(spec({ meta: { a: value } })));
      survives(() => validateToken({ peer_name: "eu", server_external_addresses: [value] }));
      const cluster = { address: "http://c", fetch: () => assert.fail("something was sent") };
      for (const call of [
        peering.establish(cluster, value),
        peering.generateToken(cluster, value),
        peering.read(cluster, value),
      ]) {
        await assert.rejects(call, { name: "PeeringError", code: "invalid" });
      }
      assert.deepEqual(check(spec()), [], "the module still works");
    });
  }

  test("a getter that throws is a finding for its member", () => {
    const value = Object.defineProperty(spec(), "meta", { get: throwing, enumerable: true });
    assert.deepEqual(brief(check(value)), ["error meta type"]);
    const nested = spec({ meta: Object.defineProperty({ a: "b" }, "c", { get: throwing, enumerable: true }) });
    assert.deepEqual(brief(check(nested)), ["error meta.c type"]);
  });

  /** A spec whose getters count how often they are read, and return another value each time. */
  function counting(members) {
    const reads = {};
    const value = {};
    for (const [key, member] of Object.entries(members)) {
      reads[key] = 0;
      Object.defineProperty(value, key, { enumerable: true, get: () => (reads[key]++ === 0 ? member : throwing()) });
    }
    return { value, reads };
  }

  test("each getter is read once", () => {
    const meta = counting({ a: "b" });
    const whole = counting(spec({ meta: meta.value, token: ACL_TOKEN }));
    assert.deepEqual(check(whole.value), []);
    assert.deepEqual([meta.reads, whole.reads], [{ a: 1 }, { peer_name: 1, peering_token: 1, meta: 1, token: 1 }]);
    const token = counting({ peer_name: "us", server_external_addresses: ["lb.example:1"] });
    assert.deepEqual(validateToken(token.value), []);
    assert.deepEqual(token.reads, { peer_name: 1, server_external_addresses: 1 });
  });

  test("by a call too", async () => {
    const { value, reads } = counting({ peer_name: "us" });
    const fetch = async (url, { method }) =>
      method === "GET"
        ? new Response('Peering not found for "us"', { status: 404 })
        : new Response('{"PeeringToken":"x"}', { status: 200 });
    assert.equal(await peering.generateToken({ address: "http://c", fetch }, value), "x");
    assert.deepEqual(reads, { peer_name: 1 });
  });

  test("meta in a Map is rejected, not ignored", () => {
    for (const meta of [new Map([["team", "payments"]]), new Set(["a"]), new Date()]) {
      assert.deepEqual(brief(check(spec({ meta }))), ["error meta type"], inspect(meta));
    }
  });

  test("an invalid time does not throw", () => {
    for (const now of [Symbol(), Object.create(null), "soon", {}, NaN, 1n])
      wellFormed(validatePeering(spec(), { now }));
  });

  // In separate processes, since a failure breaks the module or never ends.
  const broken = {
    "a revoked proxy": "(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy; })()",
    "an array that throws": "Object.defineProperty([1], 0, { get() { throw new Error('boom'); } })",
    "an array that cannot be walked": "Object.assign([1], { [Symbol.iterator]() { throw new Error('boom'); } })",
  };
  for (const [what, source] of Object.entries(broken)) {
    test(`${what} returns findings, any number of times`, () => {
      const program = `
        let found = 0;
        for (let i = 0; i < 2000; i++) {
          try { found += p.validateToken({ peer_name: "eu", server_external_addresses: ${source} }).length; } catch {}
        }
        console.log(p.validatePeerName("eu").length, found);`;
      assert.equal(inProcess(program), "0 2000");
    });
  }

  test("many cycles end at once", () => {
    const program = `
      const tangle = { peer_name: "eu" };
      for (const key of ["a", "b", "c", "d", "e", "f"]) tangle[key] = tangle;
      console.log(p.validatePeering(tangle).length > 0);`;
    assert.equal(inProcess(program, { seconds: 5 }), "true");
  });
});

// --- Random inputs
// ------------------------------------------------------------------------------------------------------

/** Numbers below `limit`, the same in each run. */
function chance(seed) {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  };
}

/** Some bytes of a copy changed, added, removed, repeated or cut off. */
function mutated(bytes, below) {
  const copy = [...bytes];
  for (let changes = 1 + below(4); changes > 0; changes--) {
    const at = below(copy.length + 1);
    const change = [
      () => (copy[at] = below(256)),
      () => (copy[at] ^= 1 << below(8)),
      () => copy.splice(at, 0, below(256)),
      () => copy.splice(at, 1 + below(8)),
      () => copy.splice(at, 0, ...copy.slice(at, at + below(64))),
      () => (copy[at] = [0, 0x7f, 0x80, 0xff][below(4)]),
      () => below(8) || copy.splice(at),
    ];
    change[below(change.length)]();
  }
  return Buffer.from(copy);
}

/** A copy of `content` with a member removed or replaced. */
function reshaped(content, below) {
  const copy = structuredClone(content);
  let holder = copy;
  for (;;) {
    const keys = Object.keys(holder);
    const key = keys[below(keys.length)];
    const inner = holder[key];
    if (typeof inner === "object" && inner !== null && Object.keys(inner).length > 0 && below(2)) {
      holder = inner;
      continue;
    }
    const others = [
      null,
      "",
      0,
      -1,
      1e300,
      true,
      [],
      {},
      [[]],
      ["\0"],
      "x".repeat(70_000),
      "\ud800",
      "[::1]:1",
      [":1"],
    ];
    if (below(6)) holder[key] = others[below(others.length)];
    else delete holder[key];
    return copy;
  }
}

const toPem = (der) => {
  const lines = der.toString("base64").replace(/(.{64})/g, "$1\n");
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
};

describe("random inputs", () => {
  /** Each token is read or rejected, by both functions alike. */
  function settle(tokens) {
    const count = { read: 0, refused: 0 };
    for (const token of tokens) {
      const errors = check(spec({ peering_token: token })).filter(({ severity }) => severity === "error");
      let info;
      try {
        info = inspectToken(token);
      } catch (error) {
        const what = JSON.stringify(token).slice(0, 3000);
        assert.ok(isPeeringError(error), `${error?.stack}\n${what}`);
        assert.deepEqual([error.code, error.findings.length > 0], ["invalid", true], what);
      }
      assert.equal(info === undefined, errors.length > 0, JSON.stringify(token).slice(0, 3000));
      if (info) assert.deepEqual(Object.keys(info), Object.keys(inspectToken(RECORDED)));
      count[info ? "read" : "refused"]++;
    }
    return count;
  }

  test("random texts", () => {
    const below = chance(1);
    const letters = [0x20, 0x80, 0x800, 0x10000];
    const text = () =>
      String.fromCharCode(...Array.from({ length: below(200) }, () => below(letters[below(letters.length)])));
    const { read } = settle(Array.from({ length: 1000 }, text));
    assert.equal(read, 0);
    for (let i = 0; i < 1000; i++) {
      const name = text();
      const taken = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name);
      assert.equal(wellFormed(validatePeerName(name)).length === 0, taken && name !== "token" && name !== "establish");
      survives(() =>
        check({ [name]: name, peer_name: name, peering_token: name, meta: { [name]: name }, token: name }),
      );
    }
  });

  test("a real token with other characters", () => {
    const below = chance(2);
    const bytes = Buffer.from(RECORDED);
    const { read, refused } = settle(Array.from({ length: 1000 }, () => mutated(bytes, below).toString("latin1")));
    assert.ok(refused > 500 && read > 0, `${read} ${refused}`);
  });

  test("a real token with other bytes in it", () => {
    const below = chance(3);
    const bytes = Buffer.from(RECORDED, "base64");
    const { read, refused } = settle(Array.from({ length: 1000 }, () => mutated(bytes, below).toString("base64")));
    assert.ok(refused > 50 && read > 50, `${read} read, ${refused} refused`);
  });

  test("a real token of another shape", () => {
    const below = chance(4);
    const { read, refused } = settle(Array.from({ length: 1000 }, () => encode(reshaped(CONTENT, below))));
    assert.ok(refused > 50 && read > 50, `${read} read, ${refused} refused`);
  });

  test("a real token with another certificate", () => {
    const below = chance(5);
    const der = new X509Certificate(CONTENT.CA[0]).raw;
    const token = () => encode({ ...CONTENT, CA: [toPem(mutated(der, below))] });
    const { read, refused } = settle(Array.from({ length: 1000 }, token));
    assert.ok(refused > 50 && read > 50, `${read} read, ${refused} refused`);
  });
});
