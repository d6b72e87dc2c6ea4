//! `component MODULE.wasm COMPONENT.wasm`: writes the module as a component. `component --imports COMPONENT.wasm`: prints what
//! a component imports, a line each.
use std::ffi::OsString;
use std::fs;

use anyhow::{Context, Result, bail};
use wit_component::{ComponentEncoder, DecodedWasm, decode};

const USAGE: &str = "usage: component MODULE.wasm COMPONENT.wasm, or component --imports COMPONENT.wasm";

fn main() -> Result<()> {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let [first, component] = &arguments[..] else { bail!(USAGE) };
    if first == "--imports" {
        return print_imports(&fs::read(component)?);
    }
    let bytes = ComponentEncoder::default().validate(true).module(&fs::read(first)?)?.encode()?;
    fs::write(component, bytes).context("the component cannot be written")
}

fn print_imports(component: &[u8]) -> Result<()> {
    let DecodedWasm::Component(resolve, world) = decode(component)? else { bail!("this is not a component") };
    for key in resolve.worlds[world].imports.keys() {
        println!("{}", resolve.name_world_key(key));
    }
    Ok(())
}
