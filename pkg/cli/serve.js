// Runs `serve`: the admin page and its clusters on this machine, until Ctrl-C.

import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { auditLine } from "../serve/audit.js";
import { chooseServed, serve as served } from "../serve/clusters.js";
import { readFiles } from "../serve/files.js";
import { startServer } from "../serve/server.js";
import { readSettings } from "../serve/settings.js";
import { chooseClusters, placesOf, reasonOf } from "./demo-clusters.js";
import { registerServices } from "./demo-services.js";
import { EXIT } from "./failure.js";
import { isForeground } from "./foreground.js";
import { UsageError } from "./usage-error.js";

/**
 * @import { Context } from "./commands/index.js"
 * @import { Output } from "./output.js"
 */

const PAGE = fileURLToPath(new URL("../www", import.meta.url));

/**
 * @param {Pick<Context, "values" | "output" | "signal" | "env" | "stdin">} context
 * @returns {Promise<number>} the exit code
 */
export async function runServe({ values, output, signal, env, stdin }) {
  if (values.demo && values.clusters !== undefined) {
    throw new UsageError(
      "--demo and --clusters cannot be combined: --demo starts its own clusters.",
      "Remove one of them.",
    );
  }
  if (values.simulated && !values.demo) {
    throw new UsageError("--simulated needs --demo.", "Add --demo, or remove --simulated.");
  }
  const settings = await readSettings(values, env);
  const files = readFiles(PAGE);
  const demo = values.demo ? await startDemo({ env, signal, simulated: values.simulated }) : undefined;
  try {
    const clusters = demo?.served ?? chooseServed(values, env);
    /** @param {import("../serve/audit.js").Entry} entry */
    const log = (entry) => output.error(`${output.json ? JSON.stringify(entry) : auditLine(entry)}\n`);
    const server = await startServer({ ...settings, clusters, files, log });
    const aliases = [...clusters.keys()];
    const links = stdin.isTTY && settings.password === undefined;
    const document = { url: server.url, clusters: aliases, ...(demo && { demo: demo.document }) };
    output.result(document, () => (demo?.text ?? "") + startedText(server.url, aliases, settings.password, links));
    try {
      await output.flush(); // without its link, the page cannot be opened
      if (links) printLinks(stdin, server, output, signal);
      if (!signal.aborted) await once(signal, "abort");
    } finally {
      await server.close();
    }
  } finally {
    await demo?.stop();
  }
  return EXIT.done;
}

/**
 * Prints a new link each time that Enter is pressed, while this process is in the foreground of a terminal.
 * @param {NodeJS.ReadStream} stdin
 * @param {import("../serve/server.js").PageServer} server
 * @param {Output} output
 * @param {AbortSignal} signal
 */
function printLinks(stdin, server, output, signal) {
  const lines = createInterface({ input: stdin });
  const listen = () => (isForeground() ? lines.resume() : lines.pause());
  process.on("SIGCONT", listen);
  signal.addEventListener("abort", () => {
    process.off("SIGCONT", listen);
    lines.close();
  });
  lines.on("line", () => {
    const url = server.newUrl();
    output.result({ url }, () => `New sign-in link; it works once, for one browser\n\n  ${url}\n`);
  });
  listen();
}

/**
 * Starts the clusters of --demo; `text` and `document` say what they are.
 * @param {Parameters<typeof chooseClusters>[0]} options
 */
async function startDemo(options) {
  const choice = await chooseClusters(options);
  const clusters = await choice.start();
  const { version, addresses, stop } = clusters;
  try {
    await registerServices(addresses.east, options.signal);
  } catch (error) {
    await stop();
    throw error;
  }
  const targets = Object.entries(addresses).map(([alias, address]) => [alias, { cluster: { address } }]);
  const facts = [reasonOf(choice), placesOf(choice, clusters)].filter(Boolean);
  return {
    served: served(Object.fromEntries(targets)),
    text: `Two ${choice.kind} Consul clusters\n${facts.map((fact) => `  ${fact}\n`).join("")}\n`,
    document: { kind: choice.kind, consul: version, addresses },
    stop,
  };
}

/**
 * @param {string} url
 * @param {string[]} aliases
 * @param {string | undefined} password
 * @param {boolean} links
 */
const startedText = (url, aliases, password, links) =>
  `${aliases.join(", ")}: open this ${password ? "page and sign in" : "sign-in link; it works once, for one browser"}

  ${url}

${links ? "Press Enter for a new link, Ctrl-C to stop." : "Press Ctrl-C to stop."}
`;
