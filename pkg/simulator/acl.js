// Access control lists: which token may do what, and how Consul says no.

import { refuse, timestamp } from "./answers.js";

const ANONYMOUS =
  "anonymous token lacks permission '%'. The anonymous token is used implicitly when a request does not specify a token.";

const RESOURCES = new Set(
  "acl agent event identity intention key keyring mesh node operator peering query service session".split(" "),
);

export class Acl {
  #tokens;

  /**
   * @param {undefined | object} options undefined: ACLs are off. Otherwise `tokens` by secret, with `peering` and
   *   `operator` ("read", "write"), or `management`
   * @param {object} world where the random numbers are
   */
  constructor(options, world) {
    this.enabled = options !== undefined;
    this.defaultPolicy = this.enabled ? (options.default_policy ?? "deny") : "allow";
    this.#tokens = new Map(
      Object.entries(options?.tokens ?? {}).map(([secret, rules]) => [secret, { ...identity(rules, world), ...rules }]),
    );
  }

  /** Who asks: the query's token before the header's, that before a bearer's. Refused where nobody knows the token. */
  identify({ headers, query }) {
    const bearer = /^bearer +(\S+)/i.exec(headers.authorization ?? "")?.[1];
    const secret = query.get("token") || headers["x-consul-token"] || bearer;
    if (!this.enabled || !secret) return { anonymous: true };
    const token = this.#tokens.get(secret);
    if (!token) throw refuse(403, "ACL not found");
    return { secret, ...token };
  }

  /** Whether Consul has rights for such a thing. */
  knows(resource) {
    return RESOURCES.has(resource);
  }

  allows(token, resource, access) {
    if (!this.enabled || token.management) return true;
    // Without a rule for peerings, that for the operator counts.
    const right = token[resource] ?? (resource === "peering" ? token.operator : undefined);
    return right === undefined ? this.defaultPolicy === "allow" : right === "write" || right === access;
  }

  /** Refused with the words that Consul has for it. */
  deny(token, permission, on = "") {
    const what = token.anonymous
      ? ANONYMOUS.replace("'%'", `'${permission}'${on}`)
      : `token with AccessorID '${token.accessor}' lacks permission '${permission}'${on}`;
    return refuse(403, `Permission denied: ${what}`);
  }
}

/** What Consul notes of a token beside its rights. */
function identity({ management }, { clock, random }) {
  return {
    accessor: random.uuid(),
    policy: { ID: random.uuid(), Name: management ? "global-management" : "rules" },
    created: timestamp(clock.now(), random.between(1, 999_999)),
    hash: Buffer.from(random.hex(64), "hex").toString("base64"),
  };
}
