//! Calls functions of an interface: `rust-host COMPONENT.wasm INTERFACE [ADDRESS…]`, a JSON list of calls in the first line of
//! stdin, results on stdout. The component can send requests to the addresses alone.
//!
//! A call is `[function, arguments]`. Results are JSON as the npm package has it; of an error, its payload; "cancelled" of a
//! call that ran when a second line arrived.

mod json;
#[path = "../../../../examples/components/rust/src/restricted_http.rs"]
mod restricted_http;

use std::io::{BufRead, stdin};
use std::sync::Arc;
use std::thread;

use restricted_http::RestrictedHttp;
use serde_json::Value;
use tokio::sync::Notify;
use wasmtime::component::{Component, Func, Val};
use wasmtime::error::Context;
use wasmtime::{Engine, Result, Store, bail};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [component, interface, addresses @ ..] = &arguments[..] else {
        bail!("usage: rust-host COMPONENT.wasm INTERFACE [ADDRESS…]");
    };
    let engine = Engine::default();
    let mut store = Store::new(&engine, RestrictedHttp::new(addresses)?);
    let component = Component::from_file(&engine, component)?;
    let instance = RestrictedHttp::linker(&engine)?.instantiate_async(&mut store, &component).await?;
    let interface = instance.get_export_index(&mut store, None, interface).context("the interface")?;
    let calls: Vec<(String, Value)> = serde_json::from_str(&read_line()?)?;
    let cancelled = cancelled_by_line();
    let mut results = Vec::new();
    for (name, given) in calls {
        let index = instance.get_export_index(&mut store, Some(&interface), &name).context("the function")?;
        let function = instance.get_func(&mut store, index).context("the function")?;
        // The branch that is not taken is dropped: that cancels the call.
        tokio::select! {
            result = call(&mut store, function, &given) => results.push(result?),
            () = cancelled.notified() => {
                results.push("cancelled".into());
                break; // the store cannot be used any more
            }
        }
    }
    println!("{}", serde_json::to_string(&results)?);
    Ok(())
}

fn read_line() -> Result<String> {
    let mut line = String::new();
    stdin().lock().read_line(&mut line)?;
    Ok(line)
}

fn cancelled_by_line() -> Arc<Notify> {
    let cancelled = Arc::new(Notify::new());
    let notify = cancelled.clone();
    thread::spawn(move || {
        if read_line().is_ok_and(|line| !line.is_empty()) {
            notify.notify_one();
        }
    });
    cancelled
}

async fn call(store: &mut Store<RestrictedHttp>, function: Func, given: &Value) -> Result<Value> {
    let types = function.ty(&mut *store);
    let arguments: Vec<_> =
        types.params().enumerate().map(|(at, (_, ty))| json::to_val(&given[at], &ty)).collect::<Result<_>>()?;
    let mut results = [Val::Bool(false)];
    function.call_async(&mut *store, &arguments, &mut results).await?;
    Ok(json::to_json(&results[0]))
}
