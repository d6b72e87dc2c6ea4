// The options that more than one command takes. `value` names what an option takes in the help; without it, it is a
// switch.

export const CLUSTER_OPTIONS = {
  cluster: {
    type: "string",
    value: "ALIAS|URL",
    help: "the cluster to work on (default: CONSUL_HTTP_ADDR, then http://127.0.0.1:8500)",
  },
  clusters: { type: "string", value: "FILE", help: "what the aliases mean (default: ./clusters.json when there)" },
  datacenter: { type: "string", value: "NAME", help: "the datacenter this must happen in" },
  partition: { type: "string", value: "NAME", help: "the admin partition (Consul Enterprise)" },
  timeout: { type: "string", value: "TIME", help: "for the whole call: 500ms, 60s, 2m (default: 60s)" },
};

export const COMMON_OPTIONS = {
  json: { type: "boolean", help: "one JSON document on stdout; errors as one on stderr" },
  quiet: { type: "boolean", help: "no progress and no notes on stderr" },
  help: { type: "boolean", short: "h", help: "this text; after a command, that command's" },
  version: { type: "boolean", help: "the version of this package" },
};

export const META = {
  type: "string",
  multiple: true,
  value: "KEY=VALUE",
  help: "a pair to keep with the peering; may be repeated",
};

export const NO_WAIT = (until) => ({ type: "boolean", help: `return when Consul has accepted it, not when ${until}` });
