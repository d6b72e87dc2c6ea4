// Describes the machine and the versions.
import { cpus, loadavg, totalmem } from "node:os";
import { findConsul } from "../pkg/cli/find-consul.js";
import { startChromium } from "../tests/chromium.js";

export async function describeMachine() {
  const browser = await startChromium([], "chromium");
  const chromium = browser.version();
  await browser.close();
  // Without Consul, the families that need it fail with an error.
  const consul = await findConsul(process.env).then(
    ({ version }) => version,
    () => undefined,
  );
  return {
    date: new Date().toISOString(),
    machine: {
      processor: cpus()[0].model,
      cores: cpus().length,
      memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
      system: `${process.platform} ${process.arch}`,
      load: loadavg()[0],
    },
    versions: {
      node: process.versions.node,
      v8: process.versions.v8,
      chromium,
      consul,
    },
  };
}
