// The examples for Node match the package's types, strictly except for their own parameters.
import { test } from "node:test";
import process from "node:process";
import { lay, ROOT, run } from "../package/place.js";

const PROGRAMS = [
  ...[
    "ci-job/connect.js",
    "watch-and-alert/watch.js",
    "plan-gate/gate.js",
    "deployment-gate/gate.js",
    "mutual-tls/list.js",
  ],
  ...["tested-automation/rotation.js", "tested-automation/rotation.test.js"],
];
const STRICT = [
  ...[
    "--noEmit",
    "--allowJs",
    "--checkJs",
    "--strict",
    "--noImplicitAny",
    "false",
    "--useUnknownInCatchVariables",
    "false",
  ],
  ...["--module", "nodenext", "--target", "es2022", "--lib", "es2022", "--types", "node", "--skipLibCheck"],
];

test("they compile", async () => {
  const folder = lay("examples");
  await run(process.execPath, [`${ROOT}node_modules/typescript/bin/tsc`, ...STRICT, ...PROGRAMS], { cwd: folder });
});
