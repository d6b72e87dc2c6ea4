/** Calls a fetch of any make. An async function, so that whatever it throws or answers with comes back as a promise. */
export async function callFetch(fetch, url, init) {
  return fetch(url, init);
}

// More than this is no answer of a peering call: 100,000 peerings with a CA each are 150 MB.
const LIMIT_BYTES = 256 * 1024 * 1024;

function giveUp(body) {
  body?.cancel?.().catch(() => {});
}

/**
 * The whole body of an answer as text; undefined where it is too large. Read piece by piece where its size is not
 * known, so that it has an end.
 */
export async function readText(response) {
  const length = response.headers?.get?.("content-length");
  if (Number(length) > LIMIT_BYTES) return giveUp(response.body);
  const packed = response.headers?.get?.("content-encoding");
  const reader = length && !packed ? undefined : response.body?.getReader?.();
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
