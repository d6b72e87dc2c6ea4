// Automation that can be tested without Consul: gives every link a new secret, one after another.
// rotation.test.js tests it against simulated clusters and their faults.
import { isPeeringError, rotate } from "consul-peering";

/**
 * A failed link does not stop the others. A retryable failure is retried once, at the end.
 *
 * @param {{ name: string, acceptor: import("consul-peering").Side, dialer: import("consul-peering").Side }[]} links
 * @param {import("consul-peering").CallOptions} [options] for each link; an abort cancels the whole rotation
 */
export async function rotateAll(links, options) {
  const failed = [];
  const rotateEach = async (links, retries) => {
    for (const link of links) {
      try {
        await rotate(link.acceptor, link.dialer, options);
      } catch (error) {
        if (!isPeeringError(error)) throw error;
        if (error.retryable && retries) retries.push(link);
        else failed.push({ name: link.name, error });
      }
    }
  };
  const later = [];
  await rotateEach(links, later);
  await rotateEach(later);
  return { rotated: links.length - failed.length, failed };
}
