// Sessions of the page's server: how a browser learns that it is signed out, signing out, the log, and the cost of
// finding a session.
import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { PassThrough } from "node:stream";
import { describe, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { main } from "../../pkg/cli/main.js";
import { auditLine } from "../../pkg/serve/audit.js";
import { Sessions } from "../../pkg/serve/sessions.js";
import { terminal } from "./command-line.js";
import { aclToken, peeringToken } from "./secrets.js";
import { ask, enter, open, startServing, stubCluster } from "./serving.js";

const PAGES = 33;
const ACL = aclToken("5e55e55e-0000-4c8e-9d3a-acacacacacac");

/** A server with one cluster, a page that is signed in, and its log. */
async function serving(t, answer, options) {
  const log = [];
  const { cluster, asked } = stubCluster(answer);
  const server = await startServing(
    { eu: { ...cluster, token: ACL } },
    { log: (entry) => log.push(entry), ...options },
  );
  t.after(() => server.close());
  return { server, page: await open(server), asked, log };
}

const ended = ({ headers }) => headers["consul-peering-session"];

describe("signed out", () => {
  test("a header distinguishes it from a 401 of Consul", async (t) => {
    const { page } = await serving(t, () => new Response("ACL support disabled", { status: 401 }));
    const paths = ["", "app.js", "clusters.json", "clusters/eu/v1/peerings"];
    for (const path of paths) {
      const { status, text, ...answer } = await ask(page.base + path);
      assert.deepEqual([status, ended(answer), text], [401, "none", "This browser is not signed in.\n"], path);
    }
    const html = await ask(page.base, { headers: { Accept: "text/html" } });
    assert.deepEqual([html.status, ended(html)], [401, "none"]);
    const consul = await page.ask("clusters/eu/v1/peerings");
    assert.deepEqual([consul.status, ended(consul), consul.text], [401, undefined, "ACL support disabled"]);
  });

  test("a restarted server reports it to a page of the previous one", async (t) => {
    const { server, page } = await serving(t);
    await server.close();
    const next = await startServing({ eu: stubCluster().cluster }, { listen: server.host });
    t.after(() => next.close());
    const answer = await page.ask("clusters/eu/v1/peerings", { agent: false });
    assert.deepEqual([answer.status, ended(answer)], [401, "none"]);
  });

  test("no response of Consul can have that header", async (t) => {
    const { page } = await serving(
      t,
      () => new Response("", { status: 401, headers: { "Consul-Peering-Session": "none" } }),
    );
    assert.equal(ended(await page.ask("clusters/eu/v1/peerings")), undefined);
  });
});

describe("signing out", () => {
  const write = { method: "POST" };

  test("aborts every request of a browser with many pages, without a warning about their number", async (t) => {
    const warnings = [];
    const warn = ({ name }) => warnings.push(name);
    process.on("warning", warn);
    t.after(() => process.off("warning", warn));
    const arrived = new EventEmitter();
    let waiting = 0;
    const { page } = await serving(t, (_, { signal }) => {
      if (++waiting === PAGES) arrived.emit("all");
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    });
    const all = once(arrived, "all");
    const requests = Array.from({ length: PAGES }, () => page.ask("clusters/eu/v1/peerings"));
    await all;
    await page.ask("sign-out", write);
    const statuses = (await Promise.all(requests)).map(({ status }) => status);
    assert.deepEqual([new Set(statuses), warnings], [new Set([502]), []]);
  });

  test("ends this session and no other, on the server and in the browser", async (t) => {
    const { server, page, asked } = await serving(t);
    const url = new URL(server.newUrl());
    const other = await open({ ...server, url: url.href });
    const { status, headers, text } = await page.ask("sign-out", write);
    assert.deepEqual([status, text], [200, "Signed out.\n"]);
    const [name] = page.cookie.split("=");
    assert.deepEqual(headers["set-cookie"], [`${name}=; Path=${page.path}; HttpOnly; SameSite=Strict; Max-Age=0`]);
    for (const path of ["", "clusters.json", "clusters/eu/v1/peerings", "sign-out"]) {
      assert.equal((await page.ask(path)).status, 401, path);
    }
    assert.equal((await other.ask("clusters.json")).status, 200);
    assert.equal(asked.length, 0);
  });

  test("ends blocking requests", async (t) => {
    let waiting;
    const begun = new Promise((resolve) => (waiting = resolve));
    const { page } = await serving(t, (url, { signal }) => {
      waiting(signal);
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    });
    const held = page.ask("clusters/eu/v1/peerings?index=7&wait=600000ms");
    const signal = await begun;
    assert.equal((await page.ask("sign-out", write)).status, 200);
    assert.equal(signal.aborted, true);
    assert.equal((await held).status, 502);
  });

  test("only by the page's own script: no other method, site, type or query", async (t) => {
    const { server, page } = await serving(t);
    const Origin = "https://evil.example";
    for (const [status, path, options] of [
      [405, "sign-out", { method: "GET" }],
      [405, "sign-out", { method: "DELETE" }],
      [403, "sign-out", { method: "POST", headers: { Origin } }],
      [403, "sign-out", { method: "POST", headers: { "Sec-Fetch-Site": "cross-site" } }],
      [415, "sign-out", { method: "POST", headers: { "Content-Type": "text/plain" } }],
      [415, "sign-out", { method: "POST", headers: { "Content-Type": "application/x-www-form-urlencoded" } }],
      [400, "sign-out?now", { method: "POST" }],
      [404, "sign-out/", { method: "POST" }],
    ]) {
      assert.equal((await page.ask(path, options)).status, status, `${path} ${JSON.stringify(options)}`);
    }
    const noOrigin = { method: "POST", headers: { Cookie: page.cookie, "Content-Type": "application/json" } };
    assert.equal((await ask(`${page.base}sign-out`, noOrigin)).status, 403);
    assert.equal((await page.ask("clusters.json")).status, 200, "still signed in");
    assert.equal((await ask(`${server.origin}/sign-out`, { method: "POST" })).status, 403);
  });
});

describe("the log", () => {
  const SECRET = aclToken("99999999-5ec2-e700-2222-abcdefabcdef");
  const token = peeringToken(Buffer.from(JSON.stringify({ EstablishmentSecret: SECRET })).toString("base64"));
  const write = (path, body, more) => [path, { method: "POST", body: JSON.stringify(body), ...more }];

  test("one entry for each write, sign-in and sign-out: client, action, outcome", async (t) => {
    const answers = [
      () => Response.json({ PeeringToken: token }),
      () => Response.json({}),
      () => new Response(`rpc error: Permission denied ${ACL}`, { status: 403 }),
      () => Promise.reject(new TypeError("fetch failed", { cause: { code: "ECONNRESET" } })),
      () => Promise.reject(new TypeError("fetch failed", { cause: { code: "ECONNREFUSED" } })),
    ];
    let time = Date.parse("2026-11-24T05:58:13Z");
    const { page, log } = await serving(t, () => answers.shift()(), { now: () => time++ });
    await page.ask(...write("clusters/eu/v1/peering/token", { PeerName: "us", Meta: { secret: SECRET } }));
    await page.ask(...write("clusters/eu/v1/peering/establish", { PeerName: "ap", PeeringToken: token }));
    await page.ask("clusters/eu/v1/peering/us", { method: "DELETE" });
    await page.ask("clusters/eu/v1/peering/us", { method: "DELETE" });
    await page.ask("clusters/eu/v1/peering/us", { method: "DELETE" });
    await page.ask("sign-out", { method: "POST" });
    const who = { address: "127.0.0.1", session: 1 };
    assert.deepEqual(
      log.map(({ time, ...entry }) => entry),
      [
        { ...who, action: "sign-in" },
        { ...who, cluster: "eu", action: "generate-token", peer_name: "us", outcome: "done", status: 200 },
        { ...who, cluster: "eu", action: "establish", peer_name: "ap", outcome: "done", status: 200 },
        { ...who, cluster: "eu", action: "delete", peer_name: "us", outcome: "refused", status: 403 },
        { ...who, cluster: "eu", action: "delete", peer_name: "us", outcome: "unknown", status: 502 },
        { ...who, cluster: "eu", action: "delete", peer_name: "us", outcome: "refused", status: 503 },
        { ...who, action: "sign-out" },
      ],
    );
    assert.match(log[0].time, /^2026-11-24T05:58:13\.\d{3}Z$/);
    const lines = log.map(auditLine).join("\n");
    for (const secret of [token, SECRET, ACL]) assert.ok(!lines.includes(secret));
  });

  test("none for a read, nor for a write that is not forwarded", async (t) => {
    const { page, log } = await serving(t);
    await page.ask("clusters/eu/v1/peerings");
    await page.ask(...write("clusters/eu/v1/internal/acl/authorize", []));
    await page.ask("clusters/eu/v1/peering/us", { method: "DELETE", headers: { "Content-Type": "text/plain" } });
    assert.deepEqual(
      log.map(({ action }) => action),
      ["sign-in"],
    );
  });

  test("an invalid peer name is omitted, so that an entry is one line", async (t) => {
    const { page, log } = await serving(t);
    for (const PeerName of ["a b", "x\n127.0.0.1", "\x1b[2J", "A", 7, null, { a: 1 }, token, "x".repeat(64)]) {
      await page.ask(...write("clusters/eu/v1/peering/token", { PeerName }));
    }
    await page.ask("clusters/eu/v1/peering/token", { method: "POST", body: "not JSON" });
    assert.equal(log.length, 11);
    for (const entry of log) assert.match(auditLine(entry), /^time=\S+ address=127\.0\.0\.1 session=1 [a-z=\d -]+$/);
    assert.ok(log.slice(1).every((entry) => !("peer_name" in entry)));
  });
});

describe("finding a session", () => {
  const cookieOf = (opened) => opened.cookie.split(";")[0];

  test("only a few cookies of the name are checked", () => {
    const sessions = new Sessions({ port: 1, path: "/x/", secure: false });
    const opened = Array.from({ length: 100 }, () => sessions.open());
    const [name] = cookieOf(opened[0]).split("=");
    const others = (count) => Array(count).fill(`${name}=x; other=y`).join("; ");
    for (const each of opened) assert.equal(sessions.find(`${others(7)}; ${cookieOf(each)}`), each.session);
    assert.equal(sessions.find(`${others(8)}; ${cookieOf(opened[0])}`), undefined);
  });

  test("an expired session ends, and is removed before others", () => {
    let time = 0;
    const sessions = new Sessions({ port: 1, path: "/", secure: true, lifetime: 10, now: () => time });
    const [first] = Array.from({ length: 99 }, () => sessions.open());
    time = 5;
    const later = sessions.open();
    time = 10;
    assert.equal(sessions.find(cookieOf(first)), undefined);
    assert.equal(first.session.ended.aborted, true);
    for (let i = 0; i < 99; i++) sessions.open();
    assert.equal(sessions.find(cookieOf(later)), later.session);
  });
});

describe("Enter in the terminal", () => {
  /** The command as in a terminal, or with its input from elsewhere. */
  async function command(t, words, { tty, env = {} }) {
    const stdin = Object.assign(new PassThrough(), { isTTY: tty });
    const [stdout, stderr] = [terminal(), terminal()];
    const io = { stdin, stdout, stderr, env: { CONSUL_HTTP_ADDR: "http://127.0.0.1:1", ...env } };
    const code = main(["serve", "--listen", "127.0.0.1:0", ...words], io);
    t.after(async () => {
      stdout.destroy(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
      assert.equal(await code, 0);
    });
    let printed = "";
    const until = async (pattern) => {
      while (!pattern.test(printed)) printed += String(await once(stdout, "data"));
      return pattern.exec(printed);
    };
    return { stdin, stdout, until };
  }

  test("prints a new link, which works once; an unused one becomes invalid", async (t) => {
    const { stdin, until } = await command(t, [], { tty: true });
    const [, first] = await until(/\n {2}(http:\S+)\n\nPress Enter for a new link, Ctrl-C to stop\.\n/);
    stdin.write("\n");
    const [, second] = await until(/New sign-in link[^]*\n {2}(http:\S+)\n/);
    assert.equal((await ask(first)).status, 401);
    const one = await enter({ url: second });
    assert.equal(one.status, 303);
    stdin.write("\n");
    const [, third] = await until(/New sign-in link[^]*New sign-in link[^]*\n {2}(http:\S+)\n/);
    const other = await enter({ url: third });
    assert.notEqual(other.cookie, one.cookie);
    for (const { cookie } of [one, other]) {
      const { status } = await ask(new URL(one.home + "clusters.json", third).href, { headers: { Cookie: cookie } });
      assert.equal(status, 200);
    }
  });

  test("nothing without a terminal, or with a password", async (t) => {
    for (const options of [{ tty: false }, { tty: true, env: { CONSUL_PEERING_PASSWORD: "a long password" } }]) {
      const { stdin, stdout, until } = await command(t, [], options);
      const [text] = await until(/[^]*Press Ctrl-C to stop\.\n/);
      assert.doesNotMatch(text, /Enter/);
      stdin.write("\n");
      await setImmediate(); // the command has read it by then
      assert.equal(stdout.text(), "");
    }
  });
});
