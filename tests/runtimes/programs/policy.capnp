# The bundled worker and the module that it imports, without a network.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "policy", worker = (
      modules = [
        (name = "policy-handler.js", esModule = embed "made/policy-handler.js"),
        (name = "consul_peering_bg.wasm", wasm = embed "made/consul_peering_bg.wasm"),
      ],
      globalOutbound = "nowhere",
      compatibilityDate = "2025-06-01",
    )),
    (name = "nowhere", network = (allow = [])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "policy")],
);
