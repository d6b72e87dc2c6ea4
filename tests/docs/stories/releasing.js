// RELEASING.md: its commands for this repository are run. The npm commands for a published release are only checked.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { read } from "../examples.js";
import { assertMakes, commands } from "../programs.js";

/** The parts of gpg that git needs, since it may not be installed. */
const SIGNS = `#!/bin/sh
cat >/dev/null
printf '[GNUPG:] SIG_CREATED ' >&2
printf -- '-----BEGIN PGP SIGNATURE-----\\n\\nnone\\n-----END PGP SIGNATURE-----\\n'
`;
const run = promisify(execFile);
const { name } = JSON.parse(read("pkg/package.json"));

export default async function story(t, take) {
  await t.test("the files to be published", async () => {
    const [make, publish] = commands(take("Release a version", "sh"));
    await assertMakes([make]);
    const [, words] = /^cd pkg && npm (publish .*)$/.exec(publish);
    assert.deepEqual(words.split(" "), ["publish", "--dry-run", "--provenance"]);
    const { stdout } = await run("npm", ["publish", "--help"]);
    for (const flag of ["--dry-run", "--provenance"]) assert.ok(stdout.includes(flag), flag);
  });

  await t.test("the tag, in a repository with a remote", async () => {
    const folder = mkdtempSync(join(tmpdir(), "consul-peering-release-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const gpg = join(folder, "gpg");
    writeFileSync(gpg, SIGNS, { mode: 0o700 });
    const settings = {
      "gpg.program": gpg,
      "user.signingkey": "releaser",
      "user.name": "Releaser",
      "user.email": "releaser@example.invalid",
    };
    const env = { ...process.env, GIT_CONFIG_COUNT: String(Object.keys(settings).length) };
    for (const [at, [setting, value]] of Object.entries(settings).entries()) {
      Object.assign(env, { [`GIT_CONFIG_KEY_${at}`]: setting, [`GIT_CONFIG_VALUE_${at}`]: value });
    }
    const begin = "git init -q --bare ../origin && git init -q -b main && git remote add origin ../origin";
    const script = `mkdir work && cd work && ${begin} && git commit -q --allow-empty -m x\n${take("Release a version", "sh")}`;
    await run("bash", ["-euo", "pipefail", "-c", script], { cwd: folder, env });
    const { stdout } = await run("git", ["cat-file", "tag", "v1.2.3"], { cwd: join(folder, "origin") });
    assert.match(stdout, /\n1\.2\.3\n-----BEGIN PGP SIGNATURE-----/);
  });

  await t.test("verify the release", async () => {
    for (const command of commands(take("Verify the release", "sh"))) {
      for (const each of command.split(" && ")) {
        const [npm, word, what] = each.split(" ");
        assert.ok(what.startsWith(`${name}@`) || what === "signatures", each);
        const { stdout } = await run(npm, [word, "--help"]);
        assert.ok(stdout.includes(`npm ${word} `), each);
      }
    }
  });
}
