"""python check_plan.py PLAN.json: what is wrong with the peerings of a Terraform plan. Exits 1 if there is an error."""

import sys
import time

from wasmtime import Engine, Store
from wasmtime.component import Component, Linker

engine = Engine()
store = Store(engine)
component = Component.from_file(engine, "consul-peering-policy.wasm")
policy = Linker(engine).instantiate(store, component)  # nothing is linked: it imports nothing
interface = policy.get_export_index(store, "consul-peering:component/policy@0.1.0")
check = policy.get_func(store, policy.get_export_index(store, "check-terraform", interface))

findings = check(store, open(sys.argv[1]).read(), time.time_ns() // 1_000_000)
for finding in findings:
    print(finding.severity, finding.path or "plan", finding.message, finding.fix)
sys.exit(any(finding.severity == "error" for finding in findings))
