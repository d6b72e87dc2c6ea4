// One small program that every runtime runs unchanged: connects two clusters, watches, checks health, fails and is
// aborted, and returns its observations as plain data.

/**
 * @param {object} consul the package
 * @param {{ eu: string, us: string, odd: string }} addresses two clusters, and a server that is not Consul
 */
export async function program(consul, { eu, us, odd }) {
  const early = errorOf(() => consul.validatePeerName("eu"));
  await Promise.all([consul.init(), consul.init()]);

  const names = ["eu-west", "EU", ""].map((name) => consul.validatePeerName(name).map(({ rule }) => rule));

  const steps = new Set();
  const { acceptor, dialer, changed } = await consul.connect(
    { cluster: eu, peer_name: "us" },
    { cluster: us, peer_name: "eu", meta: { from: "program" } },
    { onProgress: ({ kind }) => steps.add(kind) },
  );

  await consul.wait(us, "eu", (peering) => peering !== null && consul.health(peering).verdict === "healthy");
  const healthy = await consul.read(us, "eu");

  const own = await consul.generateToken(us, { peer_name: "own" });
  const { peer_id } = consul.inspectToken(own);
  const accepts = await consul.read(us, "own");
  const codes = {
    invalid: await code(consul, consul.establish(us, { peer_name: "far", peering_token: "no token" })),
    same_cluster: await code(consul, consul.establish(us, { peer_name: "far", peering_token: own })),
    acl_token_unknown: await code(consul, consul.list({ address: us, token: "unknown-token" })),
    broken: await code(consul, consul.list(`${odd}/broken`)),
    redirected: await code(consul, consul.list(`${odd}/redirected`)),
    silent: await code(consul, consul.list(`${odd}/silent`, { timeout: 100 })),
  };

  const enough = { reason: "enough" };
  const controller = new AbortController();
  setTimeout(() => controller.abort(enough), 50);
  const stopped = await consul
    .list(`${odd}/silent`, { signal: controller.signal })
    .catch((reason) => reason === enough);

  // The states in between depend on timing.
  const watched = [];
  let gone;
  for await (const peering of consul.watch(us, "eu")) {
    watched.push(peering?.state ?? "GONE");
    if (peering === null) break;
    gone ??= consul.disconnect({ cluster: eu, peer_name: "us" }, { cluster: us, peer_name: "eu" });
  }
  const { a, b } = await gone;
  await consul.delete(us, "own");

  return {
    early,
    names,
    linked: { states: [acceptor.state, dialer.state], meta: dialer.meta, changed, hasSteps: steps.has("step") },
    health: consul.health(healthy),
    token_leads_to_its_peering: peer_id === accepts.id,
    codes,
    stopped,
    watched: [watched[0], watched.at(-1)],
    gone: [a.id === acceptor.id, b.id === dialer.id, await consul.list(eu), await consul.list(us)],
  };
}

function errorOf(call) {
  try {
    return call();
  } catch (error) {
    return error.message;
  }
}

/** An error's code, and whether it is this package's by every check that a caller has. */
const code = (consul, call) =>
  call.then(
    () => "no error",
    (error) =>
      consul.isPeeringError(error) && error instanceof consul.PeeringError && error instanceof Error
        ? error.code
        : String(error),
  );
