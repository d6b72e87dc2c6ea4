// A server that a test needs: on loopback, closed after the test.
import { once } from "node:events";

/**
 * Listens on a free port. Returns the address.
 * @param {import("node:net").ListenOptions} [options]
 */
export async function listen(t, server, options) {
  server.listen({ host: "127.0.0.1", port: 0, ...options });
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections?.();
  });
  return `http://127.0.0.1:${server.address().port}`;
}
