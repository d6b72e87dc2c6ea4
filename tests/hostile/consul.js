// A Consul that answers every request like a real one, except for the values of a test.
import { response } from "./responses.js";

const TRUST_DOMAIN = "11111111-2222-3333-4444-555555555555";

/**
 * The values of such a server; see startHostile.
 * @param {object} held
 * @param {object[]} [held.peerings]  as they are listed
 * @param {object} [held.peering]     as it is read, under any name; undefined: it does not exist
 * @param {string} [held.datacenter]
 * @param {unknown} [held.token]      what is made for a peering token
 */
export function consul({ peerings = [], peering, datacenter = "eu", token = "" }) {
  const answers = [
    [/^GET \/v1\/peerings\b/, () => peerings],
    [/^POST \/v1\/peering\/token$/, () => ({ PeeringToken: token })],
    [/^POST \/v1\/peering\/establish$/, () => ({})],
    [
      /^POST \/v1\/internal\/acl\/authorize$/,
      () => [
        { Resource: "peering", Access: "read", Allow: true },
        { Resource: "peering", Access: "write", Allow: true },
      ],
    ],
    [/^GET \/v1\/connect\/ca\/roots$/, () => ({ TrustDomain: `${TRUST_DOMAIN}.consul`, Roots: [] })],
    [/^GET \/v1\/catalog\/datacenters$/, () => [datacenter]],
    [/^GET \/v1\/agent\/version$/, () => ({ HumanVersion: "1.22.7" })],
  ];
  return ({ method, target }) => {
    const [, answer] = answers.find(([call]) => call.test(`${method} ${target}`)) ?? [];
    if (answer) return [json(answer())];
    if (method === "DELETE") return [response("200 OK")];
    return [peering ? json(peering) : response("404 Not Found", "Peering not found")];
  };
}

const json = (value) => response("200 OK", JSON.stringify(value), ["Content-Type: application/json"]);
