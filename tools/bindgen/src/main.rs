//! `bindgen MODULE.wasm FOLDER`: writes the module with its JavaScript bindings into a folder.
use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let module = arguments.next().context("usage: bindgen MODULE.wasm FOLDER")?;
    let folder = arguments.next().context("usage: bindgen MODULE.wasm FOLDER")?;
    Bindgen::new().input_path(module).web(true)?.typescript(false).omit_default_module_path(true).generate(folder)
}
