"""Calls functions of an interface: python-host.py COMPONENT.wasm INTERFACE [ADDRESS...], a JSON list of calls in the first
line of stdin, results on stdout. With addresses, the component can send requests to them alone, over TLS with CA_FILE,
CERT_FILE, KEY_FILE.

A call is [function, arguments]. Results are JSON as the npm package has it; of an error, its payload; "cancelled" of a
call that ran when a second line arrived.
"""

import json
import os
import pathlib
import ssl
import sys
import threading

from wasmtime import Engine, Store, WasiConfig
from wasmtime.component import Component, Linker, Record, Variant

sys.path.append(str(pathlib.Path(__file__).parents[2] / "examples" / "components"))
from restricted_http import Cancelled, RestrictedHttp


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
    if isinstance(value, list):  # of headers, the only list among the arguments
        return [tuple(item) for item in value]
    return value


calls = json.loads(sys.stdin.readline())
engine = Engine()
store = Store(engine)
linker = Linker(engine)
if sys.argv[3:]:
    context = ssl.create_default_context(cafile=os.environ.get("CA_FILE"))
    if "CERT_FILE" in os.environ:
        context.load_cert_chain(os.environ["CERT_FILE"], os.environ["KEY_FILE"])
    http = RestrictedHttp(sys.argv[3:], context)
    http.add_to(linker)
    threading.Thread(target=lambda: sys.stdin.readline() and http.cancel(), daemon=True).start()
elif "/policy@" not in sys.argv[2]:
    store.set_wasi(WasiConfig())
    store.set_wasi_http()
    linker.add_wasip2()
    linker.add_wasi_http()
instance = linker.instantiate(store, Component.from_file(engine, sys.argv[1]))
interface = instance.get_export_index(store, sys.argv[2])
results = []
for name, arguments in calls:
    function = instance.get_func(store, instance.get_export_index(store, name, interface))
    try:
        results.append(to_json(function(store, *map(to_argument, arguments))))
    except Cancelled:
        results.append("cancelled")
        break  # the store cannot be used any more
    function.post_return(store)
json.dump(results, sys.stdout, ensure_ascii=False, separators=(",", ":"))
