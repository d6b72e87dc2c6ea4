// Flaws that the module would have if one of its checks were missing; the model must find each of them. A flaw wraps the
// module and behaves as the module would without the check.

/** @type {Record<string, { rule: string, of: (module: object) => object }>} `rule`: the rule that the model must find violated */
export const FLAWS = {
  "leftovers are not reported": {
    rule: "all is reported",
    of: (module) => each(module, ["establish", "generateToken", "remove"], silent),
  },
  "an aborted establish is deleted": {
    rule: "never destroyed",
    of: (module) => changed(module, "establish", deletesOnAbort),
  },
  "a refused establish is cleaned up regardless of other writers": {
    rule: "never destroyed",
    of: (module) => changed(module, "establish", cleansUpUnconditionally),
  },
  "establish does not read the existing peering": {
    rule: "never destroyed",
    of: (module) => changed(module, "establish", blind),
  },
  "generateToken does not read the existing peering": {
    rule: "never destroyed",
    of: (module) => changed(module, "generateToken", blind),
  },
  "replace deletes usable peerings": {
    rule: "never destroyed",
    of: (module) => changed(module, "generateToken", replacesAnything(module)),
  },
  "a write is repeated after its response was lost": {
    rule: "sent once",
    of: (module) => each(module, ["establish", "generateToken", "remove"], repeatsWrites),
  },
  "a write is delayed and then sent without another read": {
    rule: "never destroyed",
    of: (module) => each(module, ["establish", "generateToken"], postponesWrites),
  },
  "accepted counts as ACTIVE": {
    rule: "done is done",
    of: (module) =>
      changed(
        module,
        "establish",
        (call) => (cluster, spec, options) => call(cluster, spec, { ...options, wait: false }),
      ),
  },
  "accepted counts as deleted": {
    rule: "done is done",
    of: (module) =>
      changed(module, "remove", (call) => (cluster, name, options) => call(cluster, name, { ...options, wait: false })),
  },
  "a read returns old data": { rule: "done is done", of: (module) => changed(module, "read", remembers) },
  "the remaining time is not checked": {
    rule: "in time",
    of: (module) => each(module, ["establish", "read", "remove"], late),
  },
  "a lost response has no timeout": {
    rule: "in time",
    of: (module) => each(module, ["read", "establish", "generateToken", "remove"], hangs),
  },
  "an error repeats the peering token": { rule: "no secrets", of: (module) => changed(module, "establish", leaks) },
  "an error has an undocumented code": {
    rule: "errors are true",
    of: (module) => changed(module, "establish", renames),
  },
  "a request continues after the end of the call": {
    rule: "ends once",
    of: (module) => each(module, ["establish", "read", "remove"], ignoresAborts),
  },
};

const changed = (module, name, change) => ({ ...module, [name]: change(module[name]) });
const each = (module, names, change) => names.reduce((changing, name) => changed(changing, name, change), module);

const silent =
  (call) =>
  (cluster, what, { onProgress, ...options }) => {
    const quiet = (progress) => progress.kind === "left_behind" || onProgress(progress);
    return call(cluster, what, { ...options, onProgress: quiet }).catch((error) => {
      if (error.left_behind) error.left_behind = [];
      throw error;
    });
  };

const erase = (cluster, name) =>
  cluster.fetch(`${cluster.address}/v1/peering/${name}`, {
    method: "DELETE",
    headers: headersOf(cluster),
    signal: never(),
  });
const headersOf = ({ token }) => (token ? { "X-Consul-Token": token } : {});
const never = () => new AbortController().signal;

const deletesOnAbort = (call) => async (cluster, spec, options) => {
  try {
    return await call(cluster, spec, options);
  } catch (error) {
    if (options.signal?.aborted) await erase(cluster, spec.peer_name).catch(() => {});
    throw error;
  }
};

const cleansUpUnconditionally = (call) => async (cluster, spec, options) => {
  try {
    return await call(cluster, spec, options);
  } catch (error) {
    if (["token_spent", "unreachable", "tls_failed", "not_active"].includes(error.code))
      await erase(cluster, spec.peer_name).catch(() => {});
    throw error;
  }
};

/** Hides the existing peering until the first write. */
const blind = (call) => (cluster, what, options) => {
  const { fetch } = cluster;
  let written = false;
  const hiding = (url, init) => {
    written ||= isWrite(url, init);
    if (written || !url.includes("/v1/peering/")) return fetch(url, init);
    return new Response(`Peering not found for "${what.peer_name}"`, { status: 404 });
  };
  return call({ ...cluster, fetch: hiding }, what, options);
};
const isWrite = (url, { method }) => method === "DELETE" || /\/v1\/peering\/(establish|token)$/.test(url);

const replacesAnything = (module) => (call) => async (cluster, spec, options) => {
  if (options.replace) await module.remove(cluster, spec.peer_name, options).catch(() => {});
  return call(cluster, spec, options);
};

/** Wraps a call so that its writes are sent by `send(fetch, url, init)`. */
const withWrites = (send) => (call) => (cluster, what, options) => {
  const { fetch } = cluster;
  const writes = (url, init) => (isWrite(url, init) ? send(fetch, url, init) : fetch(url, init));
  return call({ ...cluster, fetch: writes }, what, options);
};

const repeatsWrites = withWrites((fetch, url, init) =>
  fetch(url, init).catch((error) => {
    if (init.signal.aborted) throw error;
    return fetch(url, init);
  }),
);

const POSTPONED_MS = 9_000;
const postponesWrites = withWrites(async (fetch, url, init) => {
  await new Promise((resolve) => setTimeout(resolve, POSTPONED_MS));
  return fetch(url, init);
});

const remembers = (call) => {
  const first = new Map();
  return async (cluster, name, options) => {
    const key = `${cluster.address} ${name}`;
    const now = await call(cluster, name, options);
    if (!first.has(key)) first.set(key, now);
    return first.get(key);
  };
};

const late = (call) => (cluster, what, options) =>
  call(cluster, what, { ...options, timeout: (options.timeout ?? 60_000) + 3_000 });

const hangs = (call) => (cluster, name, options) =>
  call(cluster, name, options).catch((error) => {
    if (error.code === "network") return new Promise(() => {});
    throw error;
  });

const leaks = (call) => (cluster, spec, options) =>
  call(cluster, spec, options).catch((error) => {
    if (error.hint) error.hint += ` The token was ${spec.peering_token}.`;
    throw error;
  });

const renames = (call) => (cluster, spec, options) =>
  call(cluster, spec, options).catch((error) => {
    if (error.code === "token_spent") error.code = "spent";
    throw error;
  });

/** Does not pass abort signals on to the requests. */
const ignoresAborts = (call) => (cluster, what, options) => {
  const { fetch } = cluster;
  return call({ ...cluster, fetch: (url, init) => fetch(url, { ...init, signal: never() }) }, what, options);
};
