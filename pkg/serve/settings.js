// The server's settings from options and environment, and the refusal of those that would let others than the operator
// read along or sign in.

import { checkTls, readPem } from "../cli/pem.js";
import { readSecretFile } from "../cli/secrets.js";
import { UsageError } from "../cli/usage-error.js";
import { readListenAddress } from "./listen-address.js";

/**
 * @import { Values } from "../cli/options.js"
 * @import { ListenAddress } from "./listen-address.js"
 */

// Not 8600, which comes next to Consul's own ports: an agent's DNS uses it.
const DEFAULT_ADDRESS = "127.0.0.1:8700";
const PASSWORD = "CONSUL_PEERING_PASSWORD";
const SHORTEST = 12;

/**
 * @param {Values} values
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ listenAddress: ListenAddress, tls?: { cert: string, key: string }, password?: string }>}
 */
export async function readSettings(values, env) {
  const listenAddress = await readListenAddress(values.listen ?? DEFAULT_ADDRESS);
  const tls = readTls(values);
  const password = readPassword(values, env);
  if (!listenAddress.loopback && !(tls && password !== undefined)) {
    throw new UsageError(
      `Listening on ${listenAddress.name} requires TLS and a password, because other machines can reach it.`,
      `Pass --tls-cert and --tls-key, and the password in --password-file or ${PASSWORD}; or leave out --listen and ` +
        "forward the port with ssh -L.",
    );
  }
  return { listenAddress, tls, password };
}

/** @param {Values} values */
function readTls({ "tls-cert": cert, "tls-key": key }) {
  if (!cert && !key) return undefined;
  if (!cert || !key) {
    const [given, missing] = cert ? ["--tls-cert", "--tls-key"] : ["--tls-key", "--tls-cert"];
    throw new UsageError(`${given} requires ${missing}.`, "Pass both --tls-cert and --tls-key.");
  }
  const pems = {
    cert: readPem(cert, "server's certificate", "CERTIFICATE"),
    key: readPem(key, "server's key", "PRIVATE KEY"),
  };
  return checkTls(pems, { cert, key });
}

/**
 * @param {Values} values
 * @param {NodeJS.ProcessEnv} env
 */
function readPassword({ "password-file": file }, env) {
  const password = file ? readSecretFile(file, "--password-file", { repeat: false }) : env[PASSWORD];
  if (!password || password.length >= SHORTEST) return password || undefined;
  throw new UsageError(
    `The password is shorter than ${SHORTEST} characters.`,
    "Use a longer one: it gives all permissions of the server's ACL tokens.",
  );
}
