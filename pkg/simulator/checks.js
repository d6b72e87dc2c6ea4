// What Consul checks of a request before it acts, in its order and its words.

import { X509Certificate } from "node:crypto";
import { decodeBase64, GoError, splitHostPort } from "./go.js";
import { decodeStruct, parseJson } from "./json.js";
import { refuse } from "./answers.js";

const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const ANY_CASE_NAME = /^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/; // until 1.14.4
const META_MAX_PAIRS = 64;
const META_KEY = /^[a-zA-Z0-9_-]+$/;
const META_KEY_MAX_BYTES = 128;
const META_VALUE_MAX_BYTES = 512;

export function checkName(name, { anyCase }) {
  if (!(anyCase ? ANY_CASE_NAME : NAME).test(name)) {
    const rule = `a valid peering name must consist of ${anyCase ? "" : "lower case "}alphanumeric characters or '-'`;
    throw refuse(
      500,
      `${name} is not a valid peer name: ${rule}, and must start and end with an alphanumeric character`,
    );
  }
}

export function checkMeta(meta) {
  const pairs = Object.entries(meta ?? {});
  const refused = (why) => refuse(500, `meta tags failed validation: ${why}`);
  if (pairs.length > META_MAX_PAIRS) {
    throw refused(`Node metadata cannot contain more than ${META_MAX_PAIRS} key/value pairs`);
  }
  for (const [key, value] of pairs) {
    const wrong =
      key === ""
        ? "Key cannot be blank"
        : !META_KEY.test(key)
          ? "Key contains invalid characters"
          : key.length > META_KEY_MAX_BYTES
            ? `Key is too long (limit: ${META_KEY_MAX_BYTES} characters)`
            : key.startsWith("consul-")
              ? "Key prefix 'consul-' is reserved for internal use"
              : Buffer.byteLength(value) > META_VALUE_MAX_BYTES
                ? `Value is too long (limit: ${META_VALUE_MAX_BYTES} characters)`
                : undefined;
    if (wrong) throw refused(`Couldn't load metadata pair ('${key}', '${value}'): ${wrong}`);
  }
}

const PEERING_TOKEN = {
  type: "structs.PeeringToken",
  fields: {
    CA: "strings",
    ManualServerAddresses: "strings",
    ServerAddresses: "strings",
    ServerName: "string",
    PeerID: "string",
    EstablishmentSecret: "string",
    Remote: { type: "structs.PeeringTokenRemote", fields: { Partition: "string", Datacenter: "string" } },
  },
};

/** What stands in a peering token; refused where it cannot be used. */
export function readPeeringToken(text) {
  let token;
  try {
    token = decodeStruct(parseJson(decodeBase64(text), { whole: true }), PEERING_TOKEN);
  } catch (error) {
    if (!(error instanceof GoError)) throw error;
    throw refuse(
      500,
      error.message.startsWith("illegal base64") ? `failed to decode token: ${error.message}` : error.message,
    );
  }
  for (const pem of token.CA ?? []) checkCertificate(pem);
  const { ServerAddresses: automatic, ManualServerAddresses: manual } = token;
  if (!automatic?.length && !manual?.length) throw refuse(500, "peering token server addresses value is empty");
  for (const address of [...(manual ?? []), ...(automatic ?? [])]) {
    if (!isServerAddress(address)) throw refuse(500, `${address} is not a valid peering server address`);
  }
  if (token.CA?.length && token.ServerName === "") throw refuse(500, "peering token server name value is empty");
  if (token.PeerID === "") throw refuse(500, "peering token peer ID value is empty");
  return token;
}

function checkCertificate(pem) {
  const invalid = (why) => refuse(500, `peering token invalid CA: ${why}`);
  if (!/-----BEGIN [^-]+-----[^-]*-----END [^-]+-----/.test(pem)) throw invalid("no PEM-encoded data found");
  if (!pem.includes("-----BEGIN CERTIFICATE-----")) throw invalid("first PEM-block should be CERTIFICATE type");
  try {
    new X509Certificate(pem);
  } catch {
    throw invalid("x509: malformed certificate");
  }
}

function isServerAddress(address) {
  const port = splitHostPort(address)?.port ?? "";
  return /^[+-]?[0-9]+$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535;
}
