// The certificate of a simulated cluster's authority: made once, for real, in the shape of Consul's own. Its subject
// and its SAN name the trust domain, which is how one side of a peering can tell who the other is.

import { createHash, generateKeyPairSync, sign } from "node:crypto";

const DAY_MS = 86_400_000;
const VALID_DAYS = 3_649; // ten years, as Consul's

/** @returns {{ pem: string, keyId: string, fingerprint: string, notBefore: Date, notAfter: Date }} */
export function makeAuthority(trustDomain, label, now) {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const keyInfo = publicKey.export({ type: "spki", format: "der" });
  const keyId = createHash("sha256").update(keyInfo).digest();
  const notBefore = new Date(Math.floor(now / 1000) * 1000);
  const notAfter = new Date(notBefore.getTime() + VALID_DAYS * DAY_MS);
  const name = sequence(
    set(sequence(oid(0x55, 4, 3), printable(`pri-${label}.consul.ca.${trustDomain.slice(0, 8)}.consul`))),
  );
  const algorithm = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2)); // ecdsa-with-SHA256
  const body = sequence(
    tagged(0xa0, integer(2)),
    integer(7),
    algorithm,
    name,
    sequence(utcTime(notBefore), utcTime(notAfter)),
    name,
    keyInfo,
    tagged(
      0xa3,
      sequence(
        extension([0x55, 0x1d, 0x0f], tagged(0x03, Buffer.from([1, 0x86])), true), // key usage
        extension([0x55, 0x1d, 0x13], sequence(tagged(0x01, Buffer.from([0xff]))), true), // a CA
        extension([0x55, 0x1d, 0x0e], tagged(0x04, keyId)), // subject key id
        extension([0x55, 0x1d, 0x23], sequence(tagged(0x80, keyId))), // authority key id
        extension([0x55, 0x1d, 0x11], sequence(tagged(0x86, Buffer.from(`spiffe://${trustDomain}`)))), // SAN
      ),
    ),
  );
  const signature = sign("sha256", body, privateKey);
  const certificate = sequence(body, algorithm, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return { pem: toPem(certificate), keyId: colons(keyId), fingerprint: fingerprint(certificate), notBefore, notAfter };
}

const toPem = (der) =>
  `-----BEGIN CERTIFICATE-----\n${der
    .toString("base64")
    .match(/.{1,64}/g)
    .join("\n")}\n-----END CERTIFICATE-----\n`;
const colons = (bytes) => bytes.toString("hex").match(/../g).join(":");
const fingerprint = (der) => colons(createHash("sha1").update(der).digest());

// DER: tag, length, content.
function tagged(tag, ...parts) {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

const sequence = (...parts) => tagged(0x30, ...parts);
const set = (...parts) => tagged(0x31, ...parts);
const integer = (value) => tagged(0x02, Buffer.from([value]));
const oid = (...bytes) => tagged(0x06, Buffer.from(bytes));
const printable = (text) => tagged(0x13, Buffer.from(text));
const utcTime = (date) => tagged(0x17, Buffer.from(`${date.toISOString().replace(/\D/g, "").slice(2, 14)}Z`));
const extension = (id, value, critical) =>
  sequence(oid(...id), ...(critical ? [tagged(0x01, Buffer.from([0xff]))] : []), tagged(0x04, value));
