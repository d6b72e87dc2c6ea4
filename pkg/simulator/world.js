// What the simulated clusters share: the clock, the random numbers, and the network between their servers.

import { splitHostPort } from "./go.js";

export class World {
  #clusters = new Map();
  #timers = new Set();

  constructor({ speed, random, clock }) {
    this.random = random;
    this.clock = {
      now: clock.now,
      setTimeout: (action, ms, how) => {
        const timer = clock.setTimeout(
          () => {
            this.#timers.delete(timer);
            action();
          },
          ms,
          how,
        );
        this.#timers.add(timer);
        return timer;
      },
      clearTimeout: (timer) => {
        this.#timers.delete(timer);
        clock.clearTimeout(timer);
      },
    };
    /** How long something takes that takes Consul `ms`. */
    this.pace = (ms) => ms / speed;
  }

  add(cluster, agent) {
    cluster.agent = agent;
    this.#clusters.set(cluster.name, cluster);
  }

  named(name) {
    const cluster = this.#clusters.get(name);
    if (!cluster)
      throw new TypeError(`there is no cluster "${name}"; there are ${[...this.#clusters.keys()].join(", ")}`);
    return cluster;
  }

  /** The cluster whose servers answer at an address to that TLS name, or why nobody does, in gRPC's words. */
  dial(address, serverName, cas) {
    const unavailable = (why) => ({
      error: `rpc error: code = Unavailable desc = connection error: desc = "${why}"`,
    });
    const cluster = [...this.#clusters.values()].find(({ options }) => options.reachable.includes(address));
    if (!cluster || cluster.trouble === "down") {
      const { host, port } = splitHostPort(address);
      const isIp = host === "" || /^[0-9.]+$/.test(host) || host.includes(":");
      const shown = `${host.includes(":") ? `[${host}]` : host}:${Number(port)}`;
      const why = isIp ? `dial tcp ${shown}: connect: connection refused` : `dial tcp: lookup ${host}: no such host`;
      return unavailable(`transport: Error while dialing: ${why}`);
    }
    if (cas.length === 0) return unavailable("error reading server preface: EOF"); // not in plain text
    const failed = "transport: authentication handshake failed: tls: failed to verify certificate: x509:";
    if (serverName !== cluster.serverName) {
      return unavailable(`${failed} certificate is valid for ${cluster.serverName}, not ${serverName}`);
    }
    if (!cas.includes(cluster.authority.pem)) {
      return unavailable(`${failed} certificate signed by unknown authority`);
    }
    return { cluster };
  }

  stop() {
    for (const timer of this.#timers) this.clock.clearTimeout(timer);
  }
}
