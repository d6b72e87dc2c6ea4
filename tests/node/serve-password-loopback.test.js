// A password on a loopback address, where servers of other users may listen on other ports. With TLS: `serve-browser`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { aclToken } from "./secrets.js";
import { ask, PAGE, startServing, stubCluster } from "./serving.js";

const PASSWORD = aclToken("correct horse battery staple");

async function local(t) {
  const server = await startServing({ eu: stubCluster().cluster }, { password: PASSWORD });
  t.after(() => server.close());
  const { origin } = server;
  const asking = (path, options) => ask(origin + path, options);
  const signIn = (password) =>
    asking("/", {
      method: "POST",
      headers: { Origin: origin, "Content-Type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ password }).toString(),
    });
  return { ...server, asking, signIn };
}

test("the cookie is for a random path only, since browsers send cookies to every port", async (t) => {
  const { asking, signIn, port, origin } = await local(t);
  const { status, headers } = await signIn(PASSWORD);
  const { location: home } = headers;
  assert.equal(status, 303);
  assert.match(home, /^\/[\w-]{12}\/$/);
  const [cookie] = headers["set-cookie"];
  const attributes = `Path=${home}; HttpOnly; SameSite=Strict`;
  assert.match(cookie, new RegExp(`^consul-peering-${port}=[\\w-]{32}; ${attributes}$`));
  const Cookie = cookie.split(";")[0];
  assert.equal((await asking(home, { headers: { Cookie } })).text, PAGE["index.html"]);
  assert.equal((await asking(`${home}clusters/eu/v1/peerings`, { headers: { Cookie } })).text, "[]");
  for (const path of ["/clusters.json", "/clusters/eu/v1/peerings"]) {
    assert.equal((await asking(path, { headers: { Cookie } })).status, 401, path);
  }
  const write = { Cookie, Origin: origin, "Content-Type": "application/json" };
  const signedOut = await asking(`${home}sign-out`, { method: "POST", headers: write });
  assert.deepEqual(signedOut.headers["set-cookie"], [`consul-peering-${port}=; ${attributes}; Max-Age=0`]);
  assert.equal((await asking(home, { headers: { Cookie } })).status, 401);
});

test("without a session, every page leads to the form at /, and a program gets 401", async (t) => {
  const { asking, signIn } = await local(t);
  const { headers } = await signIn(PASSWORD);
  const page = { headers: { Accept: "text/html" } };
  for (const path of [headers.location, "/path-before-a-restart/"]) {
    const { status, headers, text } = await asking(path, page);
    assert.deepEqual([status, headers.location, text], [303, "/", ""], path);
    const program = await asking(path);
    assert.deepEqual([program.status, program.headers["consul-peering-session"]], [401, "none"], path);
  }
  const { status, text } = await asking("/", page);
  assert.equal(status, 401);
  assert.match(text, /<form method="post">/);
  assert.match((await signIn("wrong-password")).text, /<form method="post">/);
});
