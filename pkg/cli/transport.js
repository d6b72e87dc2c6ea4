// A fetch for TLS settings that the global one cannot take: an own certificate authority, a client certificate, a
// server name. It follows no redirect, and fails as Node's own fetch does: a TypeError whose cause is the reason.

import http from "node:http";
import https from "node:https";
import { checkTls, readPem } from "./pem.js";
import { UsageError } from "./usage-error.js";

// Shorter than servers keep an idle connection: a write on one that was just closed could not be told from a lost one.
const IDLE_MS = 4_000;
const NULL_BODY_STATUS = [204, 205, 304];

/**
 * @param {{ ca_file?: string, cert_file?: string, key_file?: string, tls_server_name?: string }} settings
 * @returns {(url: string, init?: RequestInit) => Promise<Response>}
 */
export function tlsFetch(settings) {
  const agent = new https.Agent({ ...readSettings(settings), keepAlive: true, timeout: IDLE_MS });
  return (url, init = {}) =>
    new Promise((resolve, reject) => {
      const { signal } = init;
      signal?.throwIfAborted();
      const secure = new URL(url).protocol === "https:";
      const request = (secure ? https : http).request(url, {
        method: init.method ?? "GET",
        headers: Object.fromEntries(new Headers(init.headers)),
        agent: secure ? agent : undefined,
      });
      const abort = () => {
        reject(signal.reason);
        request.destroy();
      };
      signal?.addEventListener("abort", abort);
      request.on("close", () => signal?.removeEventListener("abort", abort));
      request.on("error", (cause) => reject(new TypeError("fetch failed", { cause })));
      request.on("response", (incoming) => {
        const { statusCode: status, statusMessage: statusText } = incoming;
        const empty = NULL_BODY_STATUS.includes(status);
        if (empty) incoming.resume();
        resolve(
          new Response(empty ? null : bodyOf(incoming, signal), { status, statusText, headers: pairs(incoming) }),
        );
      });
      request.end(init.body ?? undefined);
    });
}

function readSettings({ ca_file, cert_file, key_file, tls_server_name }) {
  if (!cert_file !== !key_file) {
    throw new UsageError(
      `A client ${cert_file ? "certificate" : "key"} is set without its ${cert_file ? "key" : "certificate"}.`,
      "Set both: CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY, or cert_file and key_file.",
    );
  }
  const options = {
    ca: readPem(ca_file, "certificate authority", "CERTIFICATE"),
    cert: readPem(cert_file, "client certificate", "CERTIFICATE"),
    key: readPem(key_file, "client key", "PRIVATE KEY"),
    ...(tls_server_name && { servername: tls_server_name }),
  };
  return checkTls(options);
}

function pairs({ rawHeaders }) {
  return Array.from({ length: rawHeaders.length / 2 }, (_, i) => [rawHeaders[2 * i], rawHeaders[2 * i + 1]]);
}

/** The answer's body as a web stream, which an abort ends with the signal's own reason. */
function bodyOf(incoming, signal) {
  return new ReadableStream({
    start(controller) {
      const abort = () => {
        controller.error(signal.reason);
        incoming.destroy();
      };
      signal?.addEventListener("abort", abort);
      incoming.on("data", (chunk) => {
        controller.enqueue(new Uint8Array(chunk));
        if (controller.desiredSize <= 0) incoming.pause();
      });
      incoming.on("end", () => controller.close());
      incoming.on("error", (cause) => {
        if (!signal?.aborted) controller.error(new TypeError("terminated", { cause }));
      });
      incoming.on("close", () => signal?.removeEventListener("abort", abort));
    },
    pull: () => void incoming.resume(),
    cancel: () => void incoming.destroy(),
  });
}
