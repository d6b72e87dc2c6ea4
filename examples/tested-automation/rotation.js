// A piece of automation, to be tested without a Consul: gives every link a new secret, one after another.
// rotation.test.js beside it is its test, against simulated clusters and what goes wrong with them.
import { isPeeringError, rotate } from "consul-peering";

/**
 * A link that fails stops no other; one that may succeed a little later is tried again at the end, once.
 *
 * @param {{ name: string, acceptor: import("consul-peering").Side, dialer: import("consul-peering").Side }[]} links
 * @param {import("consul-peering").CallOptions} [options] for each link; an abort ends it all
 */
export async function rotateAll(links, options) {
  const failed = [];
  const rotateEach = async (links, again) => {
    for (const link of links) {
      try {
        await rotate(link.acceptor, link.dialer, options);
      } catch (error) {
        if (!isPeeringError(error)) throw error;
        if (error.retryable && again) again.push(link);
        else failed.push({ name: link.name, code: error.code, hint: error.hint });
      }
    }
  };
  const later = [];
  await rotateEach(links, later);
  await rotateEach(later);
  return { rotated: links.length - failed.length, failed };
}
