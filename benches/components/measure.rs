//! `measure COMPONENT.wasm PLAN.json`: measures the component in wasmtime. For each line `WORK COUNT` on
//! stdin, of the work below, it prints the milliseconds of one.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use wasmtime::component::{Component, Linker, bindgen};
use wasmtime::error::Context;
use wasmtime::{Engine, Result, Store, bail};

bindgen!({ path: "../../../wit", world: "consul-peering-policy" });

fn main() -> Result<()> {
    let [component, plan] = &std::env::args().skip(1).collect::<Vec<_>>()[..] else {
        bail!("usage: measure COMPONENT.wasm PLAN.json");
    };
    let engine = Engine::default();
    let linker = Linker::new(&engine);
    let plan = std::fs::read_to_string(plan)?;
    let load = || Component::from_file(&engine, component);
    let instantiate = |component: &Component| -> Result<_> {
        let mut store = Store::new(&engine, ());
        let instance = ConsulPeeringPolicy::instantiate(&mut store, component, &linker)?;
        Ok((store, instance))
    };
    let loaded = load()?;
    let stored = loaded.serialize()?;
    let (mut store, instance) = instantiate(&loaded)?;
    for line in std::io::stdin().lines() {
        let line = line?;
        let (work, count) = line.split_once(' ').context("a line is WORK COUNT")?;
        let count: u32 = count.parse()?;
        let began = Instant::now();
        for _ in 0..count {
            match work {
                "load" => drop(instantiate(&load()?)?),
                // Safe: this process has serialized it.
                "deserialize" => drop(instantiate(&unsafe { Component::deserialize(&engine, &stored) }?)?),
                "instantiate" => drop(instantiate(&loaded)?),
                "check" => {
                    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as u64;
                    instance.consul_peering_component_policy().call_check_terraform(&mut store, &plan, now)?;
                }
                _ => bail!("unknown work {work}"),
            }
        }
        println!("{}", began.elapsed().as_secs_f64() * 1e3 / f64::from(count));
    }
    Ok(())
}
