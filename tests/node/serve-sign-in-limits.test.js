// The limits of sessions and of wrong passwords, without a server.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Sessions } from "../../pkg/serve/sessions.js";
import { SignInLimit } from "../../pkg/serve/sign-in-limit.js";

test("sessions: beyond the limit, the oldest ends; values of another name are ignored", () => {
  const sessions = new Sessions({ port: 1, path: "/", secure: true });
  const cookies = Array.from({ length: 101 }, () => sessions.open().cookie.split(";")[0]);
  assert.equal(sessions.find(cookies[0]), undefined);
  assert.ok(sessions.find(cookies[1]) && sessions.find(cookies[100]));
  assert.notEqual(sessions.find(cookies[1]), sessions.find(cookies[100]));
  assert.equal(sessions.find(cookies[1].replace("__Host-", "")), undefined);
});

test("attempts: an IPv6 network counts as one address, IPv4 addresses as each its own", () => {
  const attempts = new SignInLimit(() => 0);
  const wrong = (address) => {
    for (let i = 0; i < 10; i++) attempts.count(address);
  };
  wrong("2001:db8:1:2::1");
  assert.ok(attempts.retryAfter("2001:db8:1:2:3:4:5:6") > 0);
  assert.ok(attempts.retryAfter("2001:db8:1:2::") > 0);
  assert.equal(attempts.retryAfter("2001:db8:1:3::1"), 0);
  assert.equal(attempts.retryAfter("2001:db8::1:2:0:1"), 0);
  wrong("::ffff:192.0.2.1");
  assert.ok(attempts.retryAfter("::ffff:192.0.2.1") > 0);
  assert.equal(attempts.retryAfter("::ffff:192.0.2.2"), 0);
  attempts.reset("::ffff:192.0.2.1");
  assert.equal(attempts.retryAfter("::ffff:192.0.2.1"), 0);
});
