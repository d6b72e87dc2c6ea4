// Cases of servers that restart, or are rebuilt, under a peering.

import { setTimeout as sleep } from "node:timers/promises";

const later = (seconds) => ({ note: `${seconds} s later` });

/** A peering of `dialer` with `acceptor`, each named after the other, ACTIVE on both sides and with a heartbeat. */
export async function link(recording, acceptor, dialer) {
  const { PeeringToken } = await recording.ask(acceptor, "POST", "/v1/peering/token", { PeerName: dialer });
  await recording.ask(dialer, "POST", "/v1/peering/establish", { PeerName: acceptor, PeeringToken });
  await recording.poll(dialer, acceptor, "ACTIVE");
  await recording.poll(acceptor, dialer, "ACTIVE");
}

const both = async (recording, note) => {
  await recording.ask("eu", "GET", "/v1/peering/us", undefined, note && { note });
  await recording.ask("us", "GET", "/v1/peering/eu", undefined, note && { note });
};

export const OUTAGES = [
  {
    case: "restart-acceptor",
    why: "The acceptor's server restarts under an ACTIVE peering: PENDING on it, with the other side's CA and datacenter, until the dialer has reconnected.",
    agents: () => [
      { name: "eu", data: true },
      { name: "us", data: true },
    ],
    async run(recording, { eu }) {
      await link(recording, "eu", "us");
      await both(recording);
      await eu.kill();
      // The dialer retries less and less often.
      await sleep(40_000);
      await recording.ask("us", "GET", "/v1/peering/eu", undefined, { note: "the acceptor's server is down" });
      await eu.restart();
      await both(recording, "the acceptor's server has restarted");
      await recording.poll("eu", "us", "ACTIVE");
      await both(recording);
    },
  },
  {
    case: "restart-dialer",
    why: "The dialer's server restarts under an ACTIVE peering: what both sides show until it has reconnected.",
    agents: () => [
      { name: "eu", data: true },
      { name: "us", data: true },
    ],
    async run(recording, { us }) {
      await link(recording, "eu", "us");
      await both(recording);
      await us.kill();
      await recording.poll("eu", "us", "FAILING");
      await recording.ask("eu", "GET", "/v1/peering/us", undefined, { note: "the dialer's server is down" });
      await us.restart();
      await both(recording, "the dialer's server has restarted");
      await recording.poll("us", "eu", "ACTIVE");
      await recording.poll("eu", "us", "ACTIVE");
      await both(recording);
    },
  },
  {
    case: "rebuilt-acceptor",
    why: "The acceptor's cluster comes back empty: the same datacenter and address, a new trust domain. The dialer stays FAILING; after it is deleted a new link works.",
    agents: () => [{ name: "eu" }, { name: "us" }],
    async run(recording, { eu }) {
      await link(recording, "eu", "us");
      await recording.ask("eu", "GET", "/v1/connect/ca/roots");
      const unused = await recording.ask("eu", "POST", "/v1/peering/token", { PeerName: "later" });
      await eu.restart(); // without its data
      await recording.ask("eu", "GET", "/v1/connect/ca/roots", undefined, { note: "rebuilt" });
      await recording.ask("eu", "GET", "/v1/peerings");
      await recording.poll("us", "eu", "FAILING");
      await recording.ask("us", "GET", "/v1/peering/eu");
      await sleep(10_000);
      await recording.ask("us", "GET", "/v1/peering/eu", undefined, later(10));
      const { PeeringToken } = unused;
      const note = "a token that was made before the cluster was rebuilt";
      await recording.ask("us", "POST", "/v1/peering/establish", { PeerName: "later", PeeringToken }, { note });
      await recording.ask("us", "GET", "/v1/peering/later");
      await recording.ask("us", "DELETE", "/v1/peering/later");
      await recording.ask("us", "DELETE", "/v1/peering/eu", undefined, { note: "the stale side" });
      await recording.poll("us", "eu", "404");
      await link(recording, "eu", "us");
      await both(recording);
    },
  },
  {
    case: "rebuilt-dialer",
    why: "The dialer's cluster comes back empty: the acceptor's record belongs to a cluster that does not exist any more. A new token is for the same record, and works.",
    agents: () => [{ name: "eu" }, { name: "us" }],
    async run(recording, { us }) {
      await link(recording, "eu", "us");
      await recording.ask("eu", "GET", "/v1/peering/us");
      await us.restart(); // without its data
      await recording.ask("us", "GET", "/v1/peerings", undefined, { note: "rebuilt" });
      await recording.poll("eu", "us", "FAILING");
      await recording.ask("eu", "GET", "/v1/peering/us");
      await sleep(10_000);
      await recording.ask("eu", "GET", "/v1/peering/us", undefined, later(10));
      await link(recording, "eu", "us");
      await both(recording);
    },
  },
];
