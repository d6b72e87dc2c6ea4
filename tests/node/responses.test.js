// Invalid, oversized, endless and truncated responses, and redirects, over real sockets: the call rejects with a
// `PeeringError` of one code and a hint that contains no secret.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { establish, generateToken, list, permissions, read, remove } from "../../pkg/node.js";
import { ACL, SOON_MS, busy, failure, ok, raw, serve, spec, stub } from "./stub-server.js";

describe("responses that are not Consul's", { concurrency: true }, () => {
  const page = "<!doctype html><html><title>Sign in</title></html>";
  for (const [what, status, body, code] of [
    ["a page with 200", 200, page, "unexpected_answer"],
    ["a page with 404", 404, page, "unsupported"],
    ["a page with 502", 502, page, "server_error"],
    ["nothing with 200", 200, "", "unexpected_answer"],
    ["nothing with 500", 500, "", "server_error"],
    ["JSON that ends too early", 200, '{"ID":"1","Name":"us"', "unexpected_answer"],
    ["null", 200, "null", "unexpected_answer"],
    ["a number", 200, "7", "unexpected_answer"],
    ["an array where an object should be", 200, "[]", "unexpected_answer"],
    ["an object of another kind", 200, '{"Node":"a"}', "unexpected_answer"],
    ["a peering without a state", 200, '{"ID":"1","Name":"us"}', "unexpected_answer"],
    ["a peering with an invalid state", 200, '{"ID":"1","Name":"us","State":7}', "unexpected_answer"],
    ["a 404 of a path", 404, "Invalid URL path: not a recognized HTTP API endpoint\n", "unsupported"],
    ["an unused status", 418, "", "unexpected_answer"],
  ]) {
    test(what, async (t) => {
      const { address, reads } = await serve(t, (_, response) => response.writeHead(status).end(body));
      const error = await failure(read(address, "us"), code);
      assert.equal(error.status, status === 200 ? undefined : status);
      assert.ok(!error.message.includes("<"), "no markup in a message");
      assert.equal(reads(), 1, "a retry cannot help");
    });
  }

  test("list: an item that is not a peering", async () => {
    for (const [body, reason] of [
      [{}, "unexpected response: not a list of peerings"],
      [null, "unexpected response: not a list of peerings"],
      [[raw, null], /not a list of peerings: item 2 has no ID, no Name, no State$/],
      [["us"], /not a list of peerings: item 1 has no ID, no Name, no State$/],
      [[raw, { ...raw, ID: "" }], /not a list of peerings: item 2 has no ID \(its Name is "us"\)$/],
      [[{ ...raw, Name: "" }, raw], /not a list of peerings: item 1 has no Name \(its ID is "1"\)$/],
      [
        [{ ...raw, State: 7, Name: "\u001b[31m" }],
        /not a list of peerings: item 1 has no State \(its Name is "[^\u001b]*31m"\)$/,
      ],
      [
        [{ ...raw, State: "", Name: "a name ".repeat(1_000) }],
        /not a list of peerings: item 1 has no State \(its Name is "a name .{100,300}…$/,
      ],
    ]) {
      const error = await failure(list(stub(() => ok(body)).cluster), "unexpected_answer");
      if (reason instanceof RegExp) assert.match(error.reason, reason);
      else assert.equal(error.reason, reason);
    }
  });

  test("permissions: an invalid response", async () => {
    for (const body of [[], {}, null, [{ Access: "read", Allow: "yes" }]]) {
      await failure(permissions(stub(() => ok(body)).cluster), "unexpected_answer");
    }
  });

  test("optional fields of any type are read as absent or as they are", async () => {
    for (const key of ["Meta", "Remote", "StreamStatus", "DeletedAt", "PeerCAPems", "PeerServerAddresses", "PeerID"]) {
      for (const value of [null, 7, "text", [], [null], {}, { Region: 1 }, true]) {
        const peering = await read(stub(() => ok({ ...raw, [key]: value })).cluster, "us");
        assert.equal(peering.id, "1", `${key} ${inspect(value)}`);
        assert.equal(Object.keys(peering).length, 15);
      }
    }
  });

  test("a connection that breaks during the response", async (t) => {
    for (const cut of [
      (response) => response.writeHead(200, { "Content-Length": 4096 }).write('{"ID":"1"', () => response.destroy()),
      (response) => response.writeHead(200).write('{"ID":"1"', () => response.destroy()),
      (response) => response.destroy(),
    ]) {
      const { address, reads } = await serve(t, (_, response) => cut(response));
      await failure(read(address, "us"), "network", { within: SOON_MS });
      assert.equal(reads(), 3, "a read is retried twice");
    }
  });

  test("a truncated response is retried", async (t) => {
    const { address } = await serve(t, (_, response, n) =>
      n === 1 ? response.writeHead(200).write("{", () => response.destroy()) : response.end(JSON.stringify(raw)),
    );
    assert.equal((await read(address, "us")).id, "1");
  });

  test("an endless response: times out and closes the connection", async (t) => {
    let close;
    const closed = new Promise((resolve) => (close = resolve));
    const { address, requests } = await serve(t, (_, response) => {
      const drip = setInterval(() => response.write(" ".repeat(1_000)), 5);
      response.on("close", () => {
        clearInterval(drip);
        close();
      });
    });
    // A busy machine may take longer to send the request.
    for (let timeout = 300; requests.length === 0; timeout *= 2) {
      await failure(read(address, "us", { timeout }), "timeout", { within: SOON_MS });
    }
    await closed;
  });
});

// Apart from the others: it takes the processor for a second.
describe("oversized responses", () => {
  /** Bodies of `pieces` megabytes that count what is taken of each; `taken` is the most of one. */
  const flood = (pieces, headers) => {
    const observed = { taken: 0, cancelled: false };
    const megabyte = Buffer.alloc(1024 * 1024, " ");
    const body = () => {
      let taken = 0;
      const pull = (controller) => {
        observed.taken = Math.max(observed.taken, ++taken);
        if (taken > pieces) controller.close();
        else controller.enqueue(megabyte);
      };
      const cancel = () => void (observed.cancelled = true);
      return new ReadableStream({ pull, cancel }, { highWaterMark: 0 });
    };
    const { cluster } = stub(() => new Response(body(), { headers }));
    return { cluster, observed };
  };

  test("the limit is 1 MB, and 128 MB for a list", async () => {
    for (const [call, atMost] of [
      [(cluster) => read(cluster, "us"), 8],
      [(cluster) => generateToken(cluster, { peer_name: "us" }), 8],
      [(cluster) => permissions(cluster), 8],
      [(cluster) => list(cluster), 140],
    ]) {
      const { cluster, observed } = flood(Infinity);
      await failure(call(cluster), "unexpected_answer");
      assert.ok(observed.cancelled && observed.taken <= atMost, `${observed.taken} MB`);
    }
  });

  test("a Content-Length beyond the limit fails before the body", async () => {
    const { cluster, observed } = flood(Infinity, { "Content-Length": String(1024 ** 4) });
    await failure(read(cluster, "us"), "unexpected_answer");
    assert.equal(observed.taken, 0);
  });
});

describe("redirects", () => {
  test("are never followed, for reads and writes", async (t) => {
    const target = await serve(t, (_, response) => response.end(JSON.stringify(raw)));
    for (const status of [301, 302, 303, 307, 308]) {
      const agent = await serve(t, (request, response) =>
        response.writeHead(status, { Location: target.address + request.url }).end(),
      );
      const cluster = { address: agent.address, token: ACL };
      for (const call of [
        () => read(cluster, "us"),
        () => list(cluster),
        () => permissions(cluster),
        () => remove(cluster, "us"),
        () => establish(cluster, spec),
        () => generateToken(cluster, { peer_name: "us" }),
      ]) {
        const error = await failure(call(), "network", { within: SOON_MS });
        assert.match(error.hint, /redirect/);
        assert.equal(error.status, status);
      }
      assert.ok(agent.requests.every(({ url }) => !/establish|token/.test(url)));
    }
    assert.equal(target.requests.length, 0);
  });

  test("a redirected write is reported as not sent", async () => {
    const { cluster, calls } = stub((url, { method }) => (method === "DELETE" ? busy(307, "") : ok()));
    const error = await failure(remove(cluster, "us"), "network");
    assert.deepEqual(error.left_behind, []);
    assert.deepEqual(
      calls.map(({ method }) => method),
      ["GET", "DELETE"],
    );
  });
});

describe("writes", () => {
  test("a write that reached the server is not retried", async (t) => {
    const { address, requests } = await serve(t, (request, response) =>
      request.method === "GET" ? response.writeHead(404).end('Peering not found for "us"') : response.destroy(),
    );
    await failure(establish(address, spec), "network", { within: SOON_MS });
    assert.equal(requests.filter(({ url }) => url === "/v1/peering/establish").length, 1);
  });
});
