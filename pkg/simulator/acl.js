// Access control lists: which token may do what, and how Consul says no.

import { refuse } from "./answers.js";

const ANONYMOUS =
  "anonymous token lacks permission '%'. The anonymous token is used implicitly when a request does not specify a token.";

export class Acl {
  #tokens;

  /**
   * @param {undefined | object} options undefined: ACLs are off. Otherwise `tokens` by secret, with `peering` and
   *   `operator` ("read", "write"), or `management`
   * @param {{ uuid(): string }} random
   */
  constructor(options, random) {
    this.enabled = options !== undefined;
    this.defaultPolicy = this.enabled ? (options.default_policy ?? "deny") : "allow";
    this.#tokens = new Map(
      Object.entries(options?.tokens ?? {}).map(([secret, rules]) => [secret, { accessor: random.uuid(), ...rules }]),
    );
  }

  /** Who asks: the query's token before the header's, that before a bearer's. Refused where nobody knows the token. */
  identify({ headers, query }) {
    const bearer = /^Bearer (.+)$/i.exec(headers.authorization ?? "")?.[1];
    const secret = query.get("token") || headers["x-consul-token"] || bearer;
    if (!this.enabled || !secret) return { anonymous: true };
    const token = this.#tokens.get(secret);
    if (!token) throw refuse(403, "ACL not found");
    return { secret, ...token };
  }

  allows(token, resource, access) {
    if (!this.enabled || token.management || (this.defaultPolicy === "allow" && token.anonymous)) return true;
    const granted = [token[resource], resource === "peering" ? token.operator : undefined];
    return granted.some((right) => right === "write" || right === access);
  }

  /** Refused with the words that Consul has for it. */
  deny(token, permission, on = "") {
    const what = token.anonymous
      ? ANONYMOUS.replace("'%'", `'${permission}'${on}`)
      : `token with AccessorID '${token.accessor}' lacks permission '${permission}'${on}`;
    return refuse(403, `Permission denied: ${what}`);
  }
}
