// docs/from-terraform.md: its tables have the attributes of recorded documents of Terraform, its configuration is the
// recorded one, and its commands move a live link over and back without changing it.

import assert from "node:assert/strict";
import { list, read, validatePeering, validateToken } from "../../../pkg/node.js";
import { rows } from "../documents.js";
import { read as readDocument } from "../examples.js";
import { assertCommandsExist } from "../programs.js";
import { openStage } from "../stage.js";

const DOCUMENT = "docs/from-terraform.md";
const recorded = (name) => JSON.parse(readDocument(`tests/terraform/real/${name}.json`));
const create = recorded("create");
const { resources } = recorded("state-after-create").values.root_module;
const valuesOf = (type) => resources.find((resource) => resource.type === type).values;
/** The code in a table's column. */
const column = (heading, at) => rows(DOCUMENT, heading).map((cells) => cells[at].match(/(?<=`)[^`]+(?=`)/g) ?? []);

export default async function story(t, take) {
  const stage = await openStage(["eu", "us"]);
  t.after(() => stage.stop());
  const { eu, us } = stage.clusters;
  const idsAndMeta = async () => {
    const [dialer, acceptor] = [await read(eu, "us-cluster"), await read(us, "eu-cluster")];
    return { ids: [dialer?.id, acceptor?.id], states: [dialer?.state, acceptor?.state], meta: dialer?.meta };
  };
  const LIVE = ["ACTIVE", "ACTIVE"];

  await t.test("the configuration is the recorded one", () => {
    const { providers, resources } = parse(take("The same link with both", "terraform"));
    const { provider_config, root_module } = create.configuration;
    for (const { alias, address } of providers) {
      assert.equal(provider_config[`consul.${alias}`].expressions.address.constant_value, address);
    }
    assert.equal(providers.length, 2);
    for (const { address, provider_config_key, expressions } of root_module.resources) {
      const { provider, ...attributes } = resources[address];
      assert.equal(provider, provider_config_key, address);
      assert.deepEqual(Object.keys(attributes).sort(), Object.keys(expressions).sort(), address);
      const { peer_name, peering_token } = attributes;
      assert.equal(peer_name, expressions.peer_name.constant_value);
      if (peering_token) assert.equal(peering_token, expressions.peering_token.references[0]);
    }
    const planned = create.planned_values.root_module.resources.find(({ type }) => type === "consul_peering").values;
    assert.deepEqual(resources["consul_peering.eu-us"].meta, `{ hello = "${planned.meta.hello}" }`);
  });

  await t.test("the same link, from the command line and in JavaScript", async () => {
    await stage.sh(take("The same link with both", "sh"));
    const made = await idsAndMeta();
    assert.deepEqual([made.states, made.meta], [LIVE, { hello: "world" }]);
    assert.equal(await stage.js(take("The same link with both", "js")), "ACTIVE\n");
    assert.deepEqual(await idsAndMeta(), made);
  });

  await t.test("every attribute is in its table, and its equivalent exists", async () => {
    const dialer = await read(eu, "us-cluster");
    const { peers } = recorded("faults").prior_state.values.root_module.resources.find(
      ({ type }) => type === "consul_peerings",
    ).values;
    const tables = {
      consul_peering: valuesOf("consul_peering"),
      consul_peering_token: valuesOf("consul_peering_token"),
      "Data sources": peers[0],
    };
    const here = [...Object.keys(dialer), "peering_token", "server_external_addresses", "generateToken"];
    for (const [heading, values] of Object.entries(tables)) {
      assert.deepEqual(column(heading, 0).flat().sort(), Object.keys(values).sort(), heading);
      for (const name of column(heading, 1).flat()) assert.ok(here.includes(name), `${heading}: ${name}`);
    }
    // A resource's values are a valid spec; anything else in one is an error.
    const wrong = (findings) => findings.filter(({ severity }) => severity === "error").map(({ field }) => field);
    const { peering_token, ...token } = valuesOf("consul_peering_token");
    assert.deepEqual(wrong(validatePeering({ ...valuesOf("consul_peering"), surprise: 1 })), ["surprise"]);
    assert.deepEqual(wrong(validateToken({ ...token, surprise: 1 })), ["surprise"]);
    assert.deepEqual(wrong(validateToken({ ...token, peering_token })), ["peering_token"]);
  });

  await t.test("the provider's arguments are a cluster's", () => {
    const documented = column("Provider arguments", 0).flat();
    for (const { expressions = {} } of Object.values(create.configuration.provider_config)) {
      for (const name of Object.keys(expressions)) assert.ok(documented.includes(name), name);
    }
    const cluster = ["address", "token", "datacenter", "headers", "fetch"];
    for (const name of column("Provider arguments", 1).flat()) assert.ok(cluster.includes(name), name);
  });

  await t.test("the commands in place of Terraform's exist", () => assertCommandsExist(DOCUMENT));

  await t.test("importing: check reports that it ends the link", async () => {
    const code = take("terraform import", "sh");
    const documented = await stage.sh(code, { exit: 3, env: { RECORDED_PLAN: "import-replaces" } });
    assert.match(documented, /^consul_peering\.eu-us\n {2}error {2}replaced /);
  });

  await t.test("moving over: the link is unchanged until it is updated in place", async () => {
    const before = await idsAndMeta();
    await stage.lines(take("Migrate from Terraform", "sh"));
    await stage.sh(take("Migrate from Terraform", "sh"));
    const [printed] = await stage.lines(take("Migrate from Terraform", "sh"));
    assert.match(printed, /Removed consul_peering\.eu-us\nRemoved consul_peering_token\.eu-us/);
    const removed = [...take("Migrate from Terraform", "terraform").matchAll(/from = (\S+)/g)].map(
      ([, address]) => address,
    );
    assert.deepEqual(removed.sort(), resources.map(({ address }) => address).sort());
    await stage.sh(take("Migrate from Terraform", "sh"), { env: { RECORDED_PLAN: "destroy" } });
    assert.deepEqual(await idsAndMeta(), before);
    await stage.sh(take("Migrate from Terraform", "sh"));
    assert.deepEqual(await idsAndMeta(), { ...before, meta: { hello: "moon" } });
    await stage.sh("consul-peering rotate us eu --a-name eu-cluster --b-name us-cluster --no-external-addresses");
    assert.deepEqual((await idsAndMeta()).ids, before.ids);
  });

  await t.test("and back: disconnected first", async () => {
    await stage.sh(take("Return to Terraform", "sh"));
    assert.deepEqual([await list(eu), await list(us)], [[], []]);
  });
}

/** The subset of HCL in the document: blocks of one level, and their attributes. */
function parse(hcl) {
  const providers = [];
  const resources = {};
  for (const [, kind, type, name, body] of hcl.matchAll(/^(\w+) "(\w+)"(?: "([\w-]+)")? \{\n([^]*?)^\}$/gm)) {
    const pairs = [...body.matchAll(/^ {2}(\w+) *= (.*)$/gm)].map(([, key, value]) => [
      key,
      value.replaceAll(/^"|"$/g, ""),
    ]);
    if (kind === "provider") providers.push(Object.fromEntries(pairs));
    else resources[`${type}.${name}`] = Object.fromEntries(pairs);
  }
  return { providers, resources };
}
