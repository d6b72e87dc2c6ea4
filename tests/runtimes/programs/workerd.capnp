# The bundled worker and the module that it imports; it may call this machine, where the clusters are.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "program", worker = (
      modules = [
        (name = "fetch-handler.js", esModule = embed "made/fetch-handler.js"),
        (name = "consul_peering_bg.wasm", wasm = embed "made/consul_peering_bg.wasm"),
      ],
      compatibilityDate = "2025-06-01",
    )),
    (name = "internet", network = (allow = ["private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "program")],
);
