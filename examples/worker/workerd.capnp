# The bundled worker, with bindings from the environment. It may connect to private addresses, where the clusters are, and
# accepts requests from this machine: put a proxy with TLS in front of it.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "worker", worker = (
      modules = [
        (name = "worker.js", esModule = embed "made/worker.js"),
        (name = "consul_peering_bg.wasm", wasm = embed "made/consul_peering_bg.wasm"),
      ],
      bindings = [
        (name = "EAST_ADDR", fromEnvironment = "EAST_ADDR"),
        (name = "WEST_ADDR", fromEnvironment = "WEST_ADDR"),
        (name = "EAST_TOKEN", fromEnvironment = "EAST_TOKEN"),
        (name = "WEST_TOKEN", fromEnvironment = "WEST_TOKEN"),
        (name = "CALLER_KEY", fromEnvironment = "CALLER_KEY"),
      ],
      compatibilityDate = "2025-06-01",
      compatibilityFlags = ["enable_request_signal"], # cancels the call when the client disconnects
    )),
    (name = "internet", network = (allow = ["private"], tlsOptions = (trustBrowserCas = true))),
  ],
  sockets = [(name = "http", address = "127.0.0.1:8787", http = (), service = "worker")],
);
