"""python connect.py EAST WEST: links two Consul clusters, given by their addresses. ACL tokens: EAST_TOKEN, WEST_TOKEN."""

import json
import os
import sys

from wasmtime import Engine, Store, WasiConfig
from wasmtime.component import Component, Linker, Record

engine = Engine()
store = Store(engine)
store.set_wasi(WasiConfig())  # no files, no variables, no arguments
store.set_wasi_http()
linker = Linker(engine)
linker.add_wasip2()
linker.add_wasi_http()
peering = linker.instantiate(store, Component.from_file(engine, "consul-peering.wasm"))


def record(**members):
    made = Record()
    for name, value in members.items():
        setattr(made, name, value)
    return made


def side(address, token, peer_name):
    cluster = record(address=address, token=token, datacenter=None, partition=None, headers=[])
    return record(cluster=cluster, spec=json.dumps({"peer_name": peer_name, "server_external_addresses": []}))


interface = peering.get_export_index(store, "consul-peering:component/peering@0.1.0")
connect = peering.get_func(store, peering.get_export_index(store, "connect", interface))
east = side(sys.argv[1], os.environ.get("EAST_TOKEN"), "west")
west = side(sys.argv[2], os.environ.get("WEST_TOKEN"), "east")
result = connect(store, east, west, record(timeout=60_000))
if result.tag == "err":
    sys.exit(f"{result.payload.code}: {result.payload.message} {result.payload.hint}")
for half in (result.payload.acceptor, result.payload.dialer):
    print(*(json.loads(half)[key] for key in ("peer_name", "role", "state")))
