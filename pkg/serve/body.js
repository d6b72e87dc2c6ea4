// Bodies, up to a length.

/** A request's. @returns {Promise<Buffer | undefined>} nothing, where there is more than that */
export async function readBody(incoming, longest) {
  // What is left of one that is too long is not read; its connection is still needed for the answer.
  const body = await readUpTo(incoming.iterator({ destroyOnReturn: false }), longest);
  return body.length > longest ? undefined : body;
}

/** Anybody's: a little more than that, where there is more. */
export async function readUpTo(body, longest) {
  const pieces = [];
  let length = 0;
  for await (const piece of body) {
    pieces.push(piece);
    if ((length += piece.length) > longest) break;
  }
  return Buffer.concat(pieces);
}
