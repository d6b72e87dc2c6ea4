// Recorded requests carry peering tokens of servers that no longer exist. Each is given as the token that the simulator
// made at the same step; one that was altered before it was sent, altered in the same way.

const TOKEN_IN_BODY = /("PeeringToken": ?")([^"]*)"/;

const decode = (token) => JSON.parse(Buffer.from(token, "base64").toString());
const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64");

export class RecordedTokens {
  #tokens = new Map(); // recorded to simulated
  #parts = new Map(); // the same for the texts in them

  /** Notes which token was made in the place of a recorded one. */
  learn(recordedBody, simulatedBody) {
    const [recorded, simulated] = [recordedBody, simulatedBody].map((body) => TOKEN_IN_BODY.exec(body)?.[2]);
    if (!recorded || !simulated) return;
    this.#tokens.set(recorded, simulated);
    const [from, to] = [decode(recorded), decode(simulated)];
    for (const key of ["CA", "ServerAddresses"])
      from[key].forEach((text, index) => this.#parts.set(text, to[key][index]));
    for (const key of ["ServerName", "PeerID", "EstablishmentSecret"]) this.#parts.set(from[key], to[key]);
  }

  /** A recorded request's body, with the token that belongs there now. */
  translate(body) {
    return body.replace(TOKEN_IN_BODY, (_, key, text) => `${key}${this.#token(text)}"`);
  }

  #token(text) {
    // As JSON has them: spaces around it, line breaks within.
    const [, before, token, after] = /^( *)(.*?)( *)$/.exec(text);
    const breaks = [...token.matchAll(/(?:\\[rn])+/g)];
    const plain = token.replace(/(?:\\[rn])+/g, "");
    let translated = this.#tokens.get(plain) ?? this.#altered(plain);
    for (const { 0: lineBreak, index } of breaks) {
      const at = Math.min(index, translated.length);
      translated = translated.slice(0, at) + lineBreak + translated.slice(at);
    }
    return before + translated + after;
  }

  #altered(token) {
    let value;
    try {
      value = decode(token);
    } catch {
      return token; // nonsense stays the nonsense that it was
    }
    const translate = (part) => {
      if (typeof part === "string") return this.#parts.get(part) ?? part;
      if (Array.isArray(part)) return part.map(translate);
      if (part === null || typeof part !== "object") return part;
      return Object.fromEntries(Object.entries(part).map(([key, each]) => [key, translate(each)]));
    };
    const translated = translate(value);
    return JSON.stringify(translated) === JSON.stringify(value) ? token : encode(translated);
  }
}
