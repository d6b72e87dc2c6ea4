"""measure.py COMPONENT.wasm PLAN.json: measures the component in wasmtime. For each line `WORK COUNT` on
stdin, of the work below, it prints the milliseconds of one."""

import sys
import time

from wasmtime import Engine, Store
from wasmtime.component import Component, Linker

engine = Engine()
plan = open(sys.argv[2]).read()
linker = Linker(engine)


def load():
    component = Component.from_file(engine, sys.argv[1])
    instantiate(component)
    return component


def instantiate(component):
    store = Store(engine)
    return store, linker.instantiate(store, component)


def deserialize():
    instantiate(Component.deserialize(engine, stored))


component = load()
stored = component.serialize()
store, policy = instantiate(component)
interface = policy.get_export_index(store, "consul-peering:component/policy@0.1.0")
function = policy.get_func(store, policy.get_export_index(store, "check-terraform", interface))


def check():
    function(store, plan, time.time_ns() // 1_000_000)
    function.post_return(store)


work = {"load": load, "deserialize": deserialize, "instantiate": lambda: instantiate(component), "check": check}
for line in sys.stdin:
    name, count = line.split()
    began = time.perf_counter()
    for _ in range(int(count)):
        work[name]()
    print((time.perf_counter() - began) * 1000 / int(count), flush=True)
