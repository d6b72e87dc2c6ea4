"""Calls functions of an interface: python-host.py COMPONENT.wasm INTERFACE, a JSON list of calls on stdin, results on stdout.

A call is [function, arguments]. Results are JSON as the npm package has it; of an error, its payload.
"""

import json
import sys

from wasmtime import Engine, Store, WasiConfig
from wasmtime.component import Component, Linker, Record, Variant


def to_json(value):
    if isinstance(value, Record):
        members = {name.replace("-", "_"): to_json(member) for name, member in vars(value).items()}
        return {name: member for name, member in members.items() if name != "path" or member is not None}
    if isinstance(value, Variant):
        return to_json(value.payload)
    if isinstance(value, list):
        return [to_json(item) for item in value]
    return value


def to_argument(value):
    if isinstance(value, dict) and "tag" in value:
        return Variant(value["tag"], value.get("val"))
    if isinstance(value, dict):
        record = Record()
        for name, member in value.items():
            setattr(record, name.replace("_", "-"), to_argument(member))
        return record
    return value


engine = Engine()
store = Store(engine)
linker = Linker(engine)
if "/policy@" not in sys.argv[2]:
    store.set_wasi(WasiConfig())
    store.set_wasi_http()
    linker.add_wasip2()
    linker.add_wasi_http()
instance = linker.instantiate(store, Component.from_file(engine, sys.argv[1]))
interface = instance.get_export_index(store, sys.argv[2])
results = []
for name, arguments in json.load(sys.stdin):
    function = instance.get_func(store, instance.get_export_index(store, name, interface))
    results.append(to_json(function(store, *map(to_argument, arguments))))
    function.post_return(store)
json.dump(results, sys.stdout, ensure_ascii=False, separators=(",", ":"))
