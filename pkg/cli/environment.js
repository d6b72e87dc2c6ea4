// What the environment says about clusters, under the names that Consul's own command line uses.

import { readSecretFile } from "./secrets.js";
import { UsageError } from "./usage-error.js";

const DEFAULT_ADDRESS = "127.0.0.1:8500";
const TRUE = /^(1|t|true)$/i; // as Go's ParseBool
const FALSE = /^(0|f|false)$/i;

/** Settings that would be dangerous or impossible to honour are refused, not ignored. */
export function refuseUnsupported(env) {
  if (flag(env, "CONSUL_HTTP_SSL_VERIFY") === false) {
    throw new UsageError(
      "CONSUL_HTTP_SSL_VERIFY=false is refused: the ACL token would go to whoever answers.",
      "Unset it, and name the certificate authority that signed the server's certificate in CONSUL_CACERT.",
    );
  }
  if (env.CONSUL_CAPATH) {
    throw new UsageError(
      "CONSUL_CAPATH, a directory of certificate authorities, is not supported.",
      "Unset it, and name one file in CONSUL_CACERT; a file may hold several certificates one after another.",
    );
  }
}

/** The address of the environment's cluster. Where TLS was asked for, it never falls back to http. */
export function environmentAddress(env) {
  const address = withScheme(env.CONSUL_HTTP_ADDR || DEFAULT_ADDRESS, env);
  return flag(env, "CONSUL_HTTP_SSL") ? address.replace(/^http:/, "https:") : address;
}

/** `host:port` gets a scheme; what cannot be an address is refused. */
export function withScheme(text, env) {
  if (text.startsWith("unix:")) {
    throw new UsageError(
      "unix:// addresses are not supported.",
      "Let the agent listen on a loopback port too (client_addr, ports.http), and use http://127.0.0.1:8500.",
    );
  }
  const address = text.includes("://") ? text : `${flag(env, "CONSUL_HTTP_SSL") ? "https" : "http"}://${text}`;
  if (!URL.canParse(address))
    throw new UsageError("The cluster's address is not a URL.", "Use one like http://127.0.0.1:8500.");
  const { protocol, username, password } = new URL(address);
  if (username || password) {
    throw new UsageError(
      "The cluster's address has a user name or a password in it.",
      "Leave them out; Consul knows ACL tokens only, from CONSUL_HTTP_TOKEN or a file.",
    );
  }
  if (protocol !== "http:" && protocol !== "https:") {
    throw new UsageError(`The cluster's address begins with ${protocol}//.`, "Use http:// or https://.");
  }
  return address;
}

/** The ACL token of the environment's cluster, the file first, as Consul does. */
export function environmentToken(env) {
  if (env.CONSUL_HTTP_TOKEN_FILE) return readSecretFile(env.CONSUL_HTTP_TOKEN_FILE, "CONSUL_HTTP_TOKEN_FILE");
  return env.CONSUL_HTTP_TOKEN?.trim() || undefined;
}

/** The environment's TLS settings, under the names that clusters.json has for them. */
export function environmentTls(env) {
  return {
    ca_file: env.CONSUL_CACERT || undefined,
    cert_file: env.CONSUL_CLIENT_CERT || undefined,
    key_file: env.CONSUL_CLIENT_KEY || undefined,
    tls_server_name: env.CONSUL_TLS_SERVER_NAME || undefined,
  };
}

function flag(env, name) {
  const text = env[name];
  if (!text) return undefined;
  if (TRUE.test(text)) return true;
  if (FALSE.test(text)) return false;
  throw new UsageError(`${name} is neither true nor false.`, `Set ${name} to true or false, or unset it.`);
}
