// A CA for a test, and certificates for a server and its clients, created by Consul's own command.
import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** @param {string} folder where they are to be  @param {string} datacenter of the server  @returns paths of PEM files */
export function makeCertificates(folder, datacenter) {
  const tls = (...words) => execFileSync(process.env.CONSUL, ["tls", ...words], { cwd: folder, stdio: "ignore" });
  tls("ca", "create");
  tls("cert", "create", "-server", "-dc", datacenter);
  tls("cert", "create", "-client", "-dc", datacenter);
  const ca_file = join(folder, "consul-agent-ca.pem");
  const pair = (role) => ({
    ca_file,
    cert_file: join(folder, `${datacenter}-${role}-consul-0.pem`),
    key_file: join(folder, `${datacenter}-${role}-consul-0-key.pem`),
  });
  return { server: pair("server"), client: pair("client") };
}
