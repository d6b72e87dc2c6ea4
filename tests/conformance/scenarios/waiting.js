// Blocking queries, and the changes that end them.

const indexOf = ({ headers }) => headers["x-consul-index"];

export const waiting = [
  {
    name: "a read that waits",
    async run(to) {
      const name = "waited-for";
      await to.token("us", name);
      const index = indexOf(await to.read("us", name));
      // Neither waits. The time is long because responses may be late on a busy machine.
      await to.wait("us", `GET /v1/peering/${name}?index=1&wait=30s`, 30_000);
      await to.wait("us", `GET /v1/peering/${name}?wait=30s`, 30_000);
      const [, token] = await Promise.all([
        to.ask("us", `GET /v1/peering/${name}?index=${index}&wait=10s`, { what: "woken by a second token" }),
        to.pause(100).then(() => to.token("us", name)),
      ]);
      // Being dialed changes it several times; the responses in between depend on timing.
      const until = async (isReached) => {
        for (let read = await to.sendUnrecorded("us", `GET /v1/peering/${name}`); !isReached(read.body);) {
          read = await to.sendUnrecorded("us", `GET /v1/peering/${name}?index=${indexOf(read)}&wait=10s`);
        }
      };
      await Promise.all([
        until((body) => body.includes("PeerCAPems")),
        to.pause(100).then(() => to.establish("eu", name, token)),
      ]);
      await to.until("us", name, "ACTIVE");
      await Promise.all([
        until((body) => body.includes("DeletedAt") || body.includes("not found")),
        to.pause(100).then(() => to.delete("us", name)),
      ]);
      await to.until("us", name, "404");
      await to.wait("us", `GET /v1/peering/${name}?index=1&wait=2s`, 2_000);
      await to.wait("us", `GET /v1/peering/${name}?index=99999999&wait=2s`, 2_000);
    },
  },
  {
    name: "a list that waits",
    async run(to) {
      const listed = await to.ask("ap", "GET /v1/peerings");
      await Promise.all([
        to.wait("ap", `GET /v1/peerings?index=${indexOf(listed)}&wait=10s`, 10_000),
        to.pause(100).then(() => to.token("ap", "listed")),
      ]);
      const made = await to.ask("ap", "GET /v1/peerings");
      await to.wait("ap", "GET /v1/peerings?index=1&wait=30s", 30_000);
      await Promise.all([
        to.wait("ap", `GET /v1/peerings?index=${indexOf(made)}&wait=1s`, 1_000),
        to.wait("ap", "GET /v1/peerings?index=99999999&wait=1s", 1_000),
      ]);
      const [woken] = await Promise.all([
        to.sendUnrecorded("ap", `GET /v1/peerings?index=${indexOf(made)}&wait=10s`),
        to.pause(100).then(() => to.delete("ap", "listed")),
      ]);
      to.note("the list has changed", woken.body !== made.body); // marked for deletion, or removed
      await to.until("ap", "listed", "404");
    },
  },
];
