// More than this is no answer of a peering call: 100,000 peerings with a CA each are 150 MB.
const LIMIT_BYTES = 256 * 1024 * 1024;

/**
 * One request and its answer, with whatever fetch the caller brings: an async function, so that whatever that throws
 * comes back as a rejection. Resolves to what there is to know, and never to what is not known to be true:
 * `kind` is "answer" (a status, and the whole body), "redirect", "large" or "foreign" (no Response at all).
 */
export async function exchange(fetch, url, method, headers, body, controller) {
  // As plain as can be: npm's undici and users' wrappers refuse a foreign Request. Not redirect: "error", which workerd
  // does not know.
  const init = { method, headers, signal: controller.signal, redirect: "manual" };
  if (body !== undefined) init.body = body;
  // Consul says nothing about caching, so a browser would decide.
  if (globalThis.location) init.cache = "no-store";
  const response = await fetch(url, init);
  const { kind, status } = look(response);
  if (kind !== "answer") return unread(kind, status, controller);
  const retryAfter = header(response, "retry-after");
  const index = header(response, "x-consul-index");
  try {
    const text = await readText(response);
    if (text === undefined) return unread("large", status, controller);
    return { kind: "answer", status, text, retryAfter, index };
  } catch (error) {
    // What a status means Consul says in the text. Only 429 is clear without.
    if (status !== 429) throw error;
    return { kind: "answer", status, text: "", retryAfter };
  }
}

// What a fetch has resolved to, which may be anything.
function look(response) {
  try {
    const { status, type, redirected, text } = response;
    if (type === "opaqueredirect" || redirected || (status >= 300 && status < 400)) return { kind: "redirect", status };
    if (status >= 200 && status < 600 && typeof status === "number" && typeof text === "function") {
      return { kind: "answer", status };
    }
  } catch {
    // Nothing to take properties from, or a getter that throws.
  }
  return { kind: "foreign", status: 0 };
}

function header(response, name) {
  try {
    const value = response.headers.get(name);
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

// A body that nobody reads would keep its connection, and with it the process, alive.
function unread(kind, status, controller) {
  controller.abort();
  return { kind, status };
}

// The whole body as text; undefined where it is too large. Read piece by piece where its size is not known, so that it
// has an end.
async function readText(response) {
  const length = header(response, "content-length");
  if (Number(length) > LIMIT_BYTES) return giveUp(response.body);
  const reader = length && !header(response, "content-encoding") ? undefined : response.body?.getReader?.();
  if (reader === undefined) return String(await response.text());
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    text += decoder.decode(value, { stream: true });
    if (text.length > LIMIT_BYTES) return giveUp(reader);
  }
}

// A fetch of the caller's own may not look at the signal.
function giveUp(body) {
  body?.cancel?.().catch(() => {});
}
