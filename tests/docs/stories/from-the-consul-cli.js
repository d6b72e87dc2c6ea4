// docs/from-the-consul-cli.md, on real clusters: its tables match `consul peering`, and both command lines behave as
// documented.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { findConsul } from "../../../pkg/cli/find-consul.js";
import { COMMANDS } from "../../../pkg/cli/commands/index.js";
import * as peerings from "../../../pkg/node.js";
import { peeringToken } from "../../node/secrets.js";
import { rows } from "../documents.js";
import { assertCommandsExist } from "../programs.js";
import { openRealStage, openStage } from "../stage.js";

const { disconnect, read, wait } = peerings;
const DOCUMENT = "docs/from-the-consul-cli.md";
const HEADING = "The same link with both";

/** The cells of a table under a heading, without code markup. */
const table = (heading) => rows(DOCUMENT, heading).map((cells) => cells.map((cell) => cell.replaceAll("`", "")));

export default async function story(t, take) {
  const { command: consul } = await findConsul();
  const help = async (...words) => {
    const shown = await promisify(execFile)(consul, ["peering", ...words, "-h"]).catch((error) => error);
    return shown.stdout + shown.stderr;
  };
  const subcommands = [...(await help()).split("Subcommands:")[1].matchAll(/^ {4}(\S+)/gm)].map(([, name]) => name);
  const helps = Object.fromEntries(await Promise.all(subcommands.map(async (name) => [name, await help(name)])));

  await t.test("every command is in the table", async () => {
    const named = table("Commands").map(([name]) => name);
    assert.deepEqual(named.toSorted(), subcommands.toSorted());
    const own = COMMANDS.map(({ name }) => name);
    for (const [, here, inJs] of table("Commands")) {
      assert.ok(own.includes(here.replace(/ NAME.*/, "")), here);
      assert.equal(typeof peerings[/^\w+/.exec(inJs)[0]], "function", inJs);
    }
  });

  await t.test("every own option exists", () => assertCommandsExist(DOCUMENT));

  await t.test("every flag is in the table, with its commands", () => {
    const flagsOf = (name) => [...helps[name].matchAll(/^ {2}-([\w-]+)=/gm)].map(([, flag]) => `-${flag}`);
    const real = subcommands.flatMap((name) => flagsOf(name).map((flag) => `${flag} of ${name}`));
    const documented = table("Flags").flatMap(([flag, of]) =>
      (of === "–" ? subcommands : of.split(", ")).map((name) => `${flag} of ${name}`),
    );
    assert.deepEqual(documented.toSorted(), real.toSorted());
  });

  await t.test("every variable is in the table, and read, refused or ignored as documented", async () => {
    const documented = new Map(table("Environment variables"));
    const named = new Set(subcommands.flatMap((name) => helps[name].match(/CONSUL_[A-Z_]+/g)));
    for (const name of named) assert.ok(documented.has(name), name);
    const folder = new URL("../../../src/rules/environment/", import.meta.url);
    const source = readdirSync(folder)
      .map((name) => readFileSync(new URL(name, folder), "utf8"))
      .join("\n");
    for (const [name, what] of documented)
      assert.equal(source.includes(`"${name}"`), !what.startsWith("not read"), name);
  });

  await t.test("refused flags and variables are reported", async (t) => {
    const stage = await openStage();
    t.after(() => stage.stop());
    for (const [name, what] of table("Environment variables").filter(([, what]) => what.startsWith("refused"))) {
      const env = { [name]: what.includes("false") ? "false" : "here" };
      await stage.sh("consul-peering list --cluster east", { exit: 2, env });
    }
  });

  await t.test("the same link, twice", async (t) => {
    const stage = await openRealStage();
    t.after(() => stage.stop());
    const { east, west } = stage.clusters;
    const inWest = { env: { CONSUL_HTTP_ADDR: west.address, CONSUL_HTTP_TOKEN: west.token } };
    const sides = [
      { cluster: east, peer_name: "west" },
      { cluster: west, peer_name: "east" },
    ];
    const linked = async () => {
      const { state, meta } = await read(west, "east");
      assert.deepEqual([state, meta], ["ACTIVE", { team: "payments" }]);
    };

    const consuls = take(HEADING, "sh");
    const halves = [take(HEADING, "sh"), take(HEADING, "sh")];
    for (const code of [consuls, ...halves]) {
      await stage.sh(code);
      await linked();
      await disconnect(...sides);
    }
    assert.equal(await stage.js(take(HEADING, "js")), "ACTIVE\n");
    await linked();

    const outputs = await stage.lines(take(HEADING, "sh"), Array(6).fill(inWest));
    for (const shown of outputs.slice(0, 4)) assert.match(shown, /\beast\b[^]*ACTIVE|ACTIVE[^]*\beast\b/);
    assert.deepEqual([outputs[4].trim(), JSON.parse(outputs[5]).stream.exported_services], ["", []]);

    await stage.lines(take(HEADING, "sh"), [inWest, {}]);
    assert.equal(await read(east, "west"), null);

    // Spent tokens and exit codes, as documented.
    const SPENT = peeringToken((await stage.sh("consul-peering token generate west --cluster east")).trim());
    const use = 'consul peering establish -name east -peering-token "$SPENT" -meta';
    const withIt = { env: { ...inWest.env, SPENT } };
    await stage.sh(`${use} team=payments`, withIt);
    await stage.sh(`${use} over=written`, { ...withIt, exit: 1 });
    assert.deepEqual((await read(west, "east")).meta, { over: "written" });
    await wait(west, "east", "ACTIVE");
    const own = 'printf %s "$SPENT" | consul-peering establish';
    await stage.sh(`${own} east --meta other=meta`, withIt);
    assert.deepEqual((await read(west, "east")).meta, { other: "meta" });
    const { code } = JSON.parse(await stage.sh(`${own} another --json 2>&1`, { ...withIt, exit: 1 }));
    assert.equal(code, "token_spent");
    const there = {
      "consul peering read -name none": 1,
      "consul peering delete -name none": 0,
      "consul peering read": 1,
    };
    const here = { "consul-peering read none": 1, "consul-peering delete none --yes": 0, "consul-peering read": 2 };
    for (const [code, exit] of Object.entries({ ...there, ...here })) await stage.sh(code, { exit, ...inWest });
  });
}
