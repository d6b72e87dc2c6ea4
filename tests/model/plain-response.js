// A Response without streams. A run makes a hundred of them, and the host's own one costs more than all the rest of a
// request; the module takes whatever looks like one. What it does with the host's own is tested elsewhere.

const Host = globalThis.Response;

export class PlainResponse {
  /** A body that breaks off is a stream: that is the host's business. */
  constructor(body, init) {
    if (!(body instanceof Uint8Array)) return new Host(body, init);
    this.status = init.status;
    this.headers = { get: (name) => init.headers[name.toLowerCase()] ?? null };
    this.text = async () => Buffer.from(body).toString();
  }
}
