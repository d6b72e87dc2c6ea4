// wasi:http of jco, with requests to the given addresses alone:
// new WASIShim({ http: restrictedHttp(http, ["https://consul.east.example:8501"]) }).getImportObject()
export function restrictedHttp(http, addresses) {
  const allowed = addresses.map((address) => new URL(address).origin);
  const handle = (request, options) => {
    const origin = new URL(`${request.scheme().tag}://${request.authority()}`).origin;
    if (!allowed.includes(origin)) throw { tag: "HTTP-request-denied" };
    return http.outgoingHandler.handle(request, options);
  };
  return { ...http, outgoingHandler: { ...http.outgoingHandler, handle } };
}
