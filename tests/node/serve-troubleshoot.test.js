// The paths that `troubleshoot` reads through the page's server: they are forwarded, and nothing next to them.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { asked, line, page, refused, server } from "./guarded-page.js";
import { ask } from "./serving.js";

describe("what troubleshoot reads", () => {
  const gateways = "catalog/services?filter=ServiceKind%20%3D%3D%20%22mesh-gateway%22";
  const check = "connect/intentions/check?source=unheard-of&destination=unheard-of";
  const PASS = [
    ...["config/mesh/mesh", "config/proxy-defaults/global", "config/service-resolver", "config/service-defaults"],
    ...["config/exported-services/default", "connect/intentions", check, gateways, "catalog/service/consul"],
    ...["health/service/web", "health/service/Web_1.v2", "health/service/web?peer=us", "health/connect/web"],
  ];
  const forwarded = () => asked.splice(0).map(({ method, url }) => [method, url.split("/v1/")[1]]);
  /** Sent byte by byte: a URL parser would change some of these. */
  const get = (path) => line("GET", `${page.path}clusters/eu/v1/${path}`);

  test("passes, with its parameters and with a partition", async () => {
    for (const path of PASS) {
      assert.equal((await get(path)).status, 200, path);
      const [[method, url], ...more] = forwarded();
      // Spaces of a query are written in two ways, which Consul reads alike.
      assert.deepEqual([method, url.replaceAll("+", "%20"), more], ["GET", path, []]);
      if (path === "catalog/service/consul") continue;
      const ofPartition = path.replace(/default$/, "p_1") + (path.includes("?") ? "&" : "?") + "partition=p_1";
      assert.equal((await get(ofPartition)).status, 200, ofPartition);
      assert.deepEqual(
        forwarded().map(([, url]) => url.replaceAll("+", "%20")),
        [ofPartition],
      );
    }
  });

  test("nothing next to it: other config entries, services and lists", async () => {
    for (const path of [
      ...["config/mesh", "config/mesh/x", "config/proxy-defaults", "config/proxy-defaults/x", "config/service-router"],
      ...[
        "config/service-resolver/web",
        "config/service-defaults/web",
        "config/exported-services",
        "config/jwt-provider",
      ],
      ...["config/service-intentions", "config/ingress-gateway", "config/api-gateway", "config/inline-certificate/x"],
      ...[
        "config/file-system-certificate",
        "config/exported-services/default/x",
        "config/MESH/mesh",
        "config/mesh/Mesh",
      ],
      ...["connect/intentions/exact", "connect/intentions/match", "connect/intentions/check/x", "connect/ca"],
      ...[
        "catalog/service/web",
        "catalog/service",
        "catalog/connect/web",
        "catalog/node/x",
        "catalog/gateway-services/x",
      ],
      ...["catalog/service/consul/x", "catalog/services/x", "catalog/deregister", "catalog/register"],
      ...["health/connect/web/x", "health/ingress/web", "health/state/any", "health/checks/web", "health/node/x"],
      ...["health/service", "health/service/web/x", "health/service/web/../../kv/x".replace("/../../", "/")],
    ]) {
      assert.equal((await get(path)).status, 404, path);
    }
  });

  test("nothing else by that name: slashes, dots and letters that are encoded", async () => {
    for (const path of [
      ...[
        "config/mesh/mesh/",
        "config//mesh/mesh",
        "config/mesh%2Fmesh",
        "config/mesh/../mesh/mesh",
        "config/./mesh/mesh",
      ],
      ...[
        "health/service/a%2Fb",
        "health/service/a%2fb",
        "health/service/%2E%2E",
        "health/service/..",
        "health/service/.",
      ],
      ...["health/service/.web", "health/service/web%20x", "health/service/web%00", "health/service/w%65b"],
      ...["health/service/a%2F..%2F..%2Fkv%2Fx", "health/service/web/../../../kv/x", "health/service/a\\b"],
      ...["health/service/", "health/service/web/", "catalog/service/consul/", "catalog/service/c%6Fnsul"],
      ...[
        "health/service/ü",
        "health/service/web;x",
        "config/exported-services/",
        "config/exported-services/d%65fault",
      ],
    ]) {
      const { status, text } = await get(path);
      assert.ok([400, 404].includes(status), `${path}: ${text.slice(0, 80)}`);
    }
    assert.equal((await get(`health/service/${"x".repeat(256)}`)).status, 404);
  });

  test("the filter for mesh gateways, in one spelling, decoded once, and no other filter", async () => {
    const filter = gateways.split("?")[1];
    for (const query of [
      ...["", "?", "?filter=", "?filter", "?filter=a", "?filter=ServiceKind", "?partition=p", `?${filter}&${filter}`],
      `?${filter.replaceAll("%20", "+")}`,
      `?${filter.replaceAll("%20", "%2520")}`,
      `?${filter.replaceAll("%", "%25")}`,
      `?${filter.replaceAll("%3D", "%3d")}`,
      `?${filter.replaceAll("%3D", "=")}`,
      `?${filter.replaceAll("%22", '"')}`,
      `?${filter.replace("mesh-gateway", "mesh%2Dgateway")}`,
      `?${filter.replace("mesh-gateway", "ingress-gateway")}`,
      `?${filter.replace("mesh-gateway", "connect-proxy")}`,
      `?${filter.replace("%3D%3D", "!%3D")}`,
      `?${filter}%20or%20ServiceKind%20%3D%3D%20%22typical%22`,
      `?${filter}x`,
      `?${filter}%`,
      `?x${filter}`,
      `?x=${filter}`,
      `?Filter=${filter.slice("filter=".length)}`,
      `?%66ilter=${filter.slice("filter=".length)}`,
      `?${filter}&dc=us`,
      `?${filter}&index=1`,
      `?${filter}&partition=%70`,
      `?partition=${filter.slice("filter=".length)}`,
    ]) {
      assert.equal((await get(`catalog/services${query}`)).status, 400, query);
    }
    for (const path of PASS.filter((path) => path !== gateways)) {
      const { status } = await get(path + (path.includes("?") ? "&" : "?") + filter);
      assert.equal(status, 400, path);
    }
    assert.equal((await get(`${filter}/v1/peerings`)).status, 400);
    assert.equal((await page.ask(`?${filter}`)).status, 400);
    assert.equal((await ask(`${server.origin}/?${filter}`)).status, 401, "read, and no key");
    for (const other of ["filter=%41", "filter=%20", `${filter}%20`, filter.replace("ServiceKind", "Node")]) {
      assert.equal((await ask(`${server.origin}/?${other}`)).status, 400, other);
    }
  });

  test("no other parameter, and none without the ones that belong together", async () => {
    for (const path of PASS) {
      for (const query of [
        ...["dc=us", "ns=x", "stale", "cached", "near=_agent", "passing", "tag=x", "index=1", "wait=1000ms", "token=x"],
        ...["node-meta=x", "merge-central-config", "sg=x", "sameness-group=x", "partition=p&partition=p", "partition="],
      ]) {
        const status = (await get(path + (path.includes("?") ? "&" : "?") + query)).status;
        assert.equal(status, 400, `${path} ${query}`);
      }
    }
    for (const path of [
      ...[
        "health/connect/web?peer=us",
        "health/service/web?peer=",
        "health/service/web?peer=US",
        "health/service/web?peer=u_s",
        "config/mesh/mesh?peer=us",
      ],
      ...[
        "health/service/web?peer=us&peer=eu",
        "health/service/web?source=unheard-of",
        "catalog/service/consul?peer=us",
      ],
      ...["connect/intentions/check", "connect/intentions/check?source=unheard-of", `${check}&source-type=consul`],
      ...[check.replace("source=unheard-of", "source=web"), check.replace("destination=unheard-of", "destination=web")],
      ...[
        "config/exported-services/p_1",
        "config/exported-services/p_1?partition=p",
        "config/exported-services/default?partition=p",
      ],
    ]) {
      assert.equal((await get(path)).status, 400, path);
    }
  });

  test("is read and not written", async () => {
    for (const method of ["HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
      for (const path of PASS) {
        const { headers } = await refused(405, `clusters/eu/v1/${path}`, { method });
        assert.equal(headers.allow, "GET", `${method} ${path}`);
      }
    }
    await refused(413, "clusters/eu/v1/config/mesh/mesh", { body: "{}", headers: { "Content-Length": 2 } });
  });
});
