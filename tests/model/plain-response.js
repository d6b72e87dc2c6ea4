// A Response without streams, because a run creates hundreds of them, and the host's class costs more than the rest of a
// request. The module accepts any object with its members; other tests use the host's class.

const Host = globalThis.Response;

export class PlainResponse {
  /** An interrupted body is a stream, which needs the host's class. */
  constructor(body, init) {
    if (!(body instanceof Uint8Array)) return new Host(body, init);
    this.status = init.status;
    this.headers = { get: (name) => init.headers[name.toLowerCase()] ?? null };
    this.text = async () => Buffer.from(body).toString();
  }
}
