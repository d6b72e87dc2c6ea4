// Runs the examples as people do: a copy next to the installed package, and commands typed into a shell with exactly
// the environment of the test. All output is searched for the test's secrets.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after } from "node:test";
import { lay, tool } from "../package/place.js";
import { startShell } from "../shell.js";

const BARE = { PATH: `${tool(".bin")}:${process.env.PATH}`, HOME: process.env.HOME, LANG: "C.UTF-8" };
const running = new Set();

after(() => {
  for (const shell of running) shell.kill("SIGKILL");
});

/** @param {string} name the example's folder @param {string[]} [secrets] must never be printed */
export function stage(name, secrets = []) {
  const folder = lay(`examples/${name}`);

  /** A command that runs until it ends or is stopped, for a minute at most. */
  function start(command, env = {}) {
    const shell = startShell(`exec 2>&1; ${command}`, { cwd: folder, env: { ...BARE, ...env } });
    running.add(shell);
    const { stdout } = shell.child;
    let text = "";
    stdout.on("data", (chunk) => (text += chunk));
    const ended = shell.ended.then((code) => {
      running.delete(shell);
      for (const secret of secrets) assert.ok(!text.includes(secret), `${command} has printed a secret`);
      return { command, code, text };
    });
    ended.catch(() => {}); // its awaiter handles it
    return {
      ended,
      kill: shell.kill,
      /** Until it has printed this. */
      async says(words) {
        while (!text.includes(words)) {
          const over = await Promise.race([once(stdout, "data"), ended]);
          assert.ok(!("code" in over) || text.includes(words), `it ended without a word of "${words}":\n${text}`);
        }
      },
    };
  }

  return { folder, start, run: (command, env) => start(command, env).ended };
}
