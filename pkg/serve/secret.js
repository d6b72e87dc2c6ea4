// The server's own secrets: random, and compared in a time that does not depend on their common prefix.

import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

export const newSecret = (bytes = 24) => randomBytes(bytes).toString("base64url");

/**
 * @param {string} given
 * @param {string} own
 */
export const same = (given, own) => timingSafeEqual(digest(given), digest(own));

/**
 * The key by which a secret is stored and found: the time of a lookup shows nothing about the secret.
 * @param {string} secret
 */
export const digestOf = (secret) => digest(secret).toString("base64");

/** @param {string} text */
const digest = (text) => createHash("sha256").update(text).digest();
