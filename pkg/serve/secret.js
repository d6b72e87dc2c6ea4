// Secrets of this server's own: made from enough chance not to be guessed, compared in a time that does not tell how
// far two of them agree.

import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

export const newSecret = (bytes = 24) => randomBytes(bytes).toString("base64url");

export const same = (given, own) => timingSafeEqual(digest(given), digest(own));

const digest = (text) => createHash("sha256").update(text).digest();
