//! `check-plan POLICY.wasm PLAN.json`: checks the output of `terraform show -json` with the component, and prints the findings
//! as JSON. Exits 1 if one of them is an error.

use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use wasmtime::component::{Component, Linker, bindgen};
use wasmtime::{Engine, Result, Store, bail};

bindgen!({
    path: "../../../wit",
    world: "consul-peering-policy",
    additional_derives: [serde::Serialize],
});

fn main() -> Result<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    let (Some(policy), Some(plan)) = (arguments.next(), arguments.next()) else {
        bail!("usage: check-plan POLICY.wasm PLAN.json");
    };
    let engine = Engine::default();
    let mut store = Store::new(&engine, ());
    let component = Component::from_file(&engine, policy)?;
    // Nothing is linked: the component imports nothing, so it can do nothing but compute.
    let instance = ConsulPeeringPolicy::instantiate(&mut store, &component, &Linker::new(&engine))?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as u64;
    let plan = std::fs::read_to_string(plan)?;
    let findings = instance.consul_peering_component_policy().call_check_terraform(&mut store, &plan, now)?;
    println!("{}", serde_json::to_string(&findings)?);
    Ok(ExitCode::from(u8::from(findings.iter().any(|finding| finding.severity == "error"))))
}
