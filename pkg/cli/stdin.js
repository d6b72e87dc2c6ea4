// Reads stdin until the command is stopped.

/**
 * @template T
 * @param {{ stdin: NodeJS.ReadStream, signal: AbortSignal }} from
 * @param {(stdin: NodeJS.ReadStream) => Promise<T>} read
 * @returns {Promise<T>}
 */
export async function fromStdin({ stdin, signal }, read) {
  const stop = () => stdin.destroy(signal.reason);
  signal.throwIfAborted();
  signal.addEventListener("abort", stop);
  try {
    return await read(stdin);
  } finally {
    signal.removeEventListener("abort", stop);
    stdin.unref?.();
  }
}

/**
 * The bytes of a stream, a few more than `limit` at most.
 * @param {number} limit
 * @param {AsyncIterable<Buffer>} stream
 */
export async function readUpTo(limit, stream) {
  /** @type {Buffer[]} */
  const chunks = [];
  let length = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > limit) break;
  }
  return Buffer.concat(chunks);
}
