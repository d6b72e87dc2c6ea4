// Secrets of this server's own: random enough not to be guessed, and compared in a time that does not depend on how far
// two of them agree.

import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

export const newSecret = (bytes = 24) => randomBytes(bytes).toString("base64url");

/**
 * @param {string} given
 * @param {string} own
 */
export const same = (given, own) => timingSafeEqual(digest(given), digest(own));

/**
 * What a secret is kept and looked up by: how long a look-up takes says nothing about the secret.
 * @param {string} secret
 */
export const digestOf = (secret) => digest(secret).toString("base64");

/** @param {string} text */
const digest = (text) => createHash("sha256").update(text).digest();
