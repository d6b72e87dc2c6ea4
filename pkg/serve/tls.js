// TLS as the page's server offers it: 1.3, or 1.2 with suites that have forward secrecy and authenticated encryption.

const SUITES = [
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "TLS_AES_128_GCM_SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
].join(":");
const YEAR_S = 31_536_000;

/**
 * For https.createServer, in addition to the certificate.
 * @type {import("node:tls").TlsOptions}
 */
export const TLS = { minVersion: "TLSv1.2", ciphers: SUITES, honorCipherOrder: true, handshakeTimeout: 10_000 };

/**
 * Not on a loopback address: browsers keep it for all ports of a host, and other servers of this machine speak plain
 * HTTP.
 * Browsers ignore it for IP addresses.
 */
export const STRICT_TRANSPORT = { "Strict-Transport-Security": `max-age=${YEAR_S}` };
