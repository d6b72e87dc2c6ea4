//! The JavaScript boundary, in Node and in a page: for any behaviour of a host's `fetch`, a call settles, with a value,
//! with a `PeeringError` or with the signal's own reason.
//!
//! A promise that never settles is the worst that can happen, so every call here races a timer.

#![cfg(target_arch = "wasm32")]

mod calls;
mod requests;
mod responses;

use consul_peering::js::{offline, single, task};
use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::*;

const PEERING: &str = r#"'{"ID":"1","Name":"us","State":"ACTIVE"}'"#;
const ADDRESS: &str = "http://eu.test:8500";

/// The value of a JavaScript expression.
fn js(expression: &str) -> JsValue {
    Function::new_no_args(&format!("return ({expression})")).call0(&JsValue::UNDEFINED).expect(expression)
}

/// The result of a function, passed as an expression, for a value.
fn apply(function: &str, value: &JsValue) -> JsValue {
    js(function).unchecked_into::<Function>().call1(&JsValue::UNDEFINED, value).expect(function)
}

fn get(object: &JsValue, key: &str) -> JsValue {
    Reflect::get(object, &key.into()).unwrap_or_else(|_| panic!("no {key}"))
}

fn text(object: &JsValue, key: &str) -> String {
    get(object, key).as_string().unwrap_or_else(|| panic!("{key} is no text"))
}

/// A cluster whose fetch has this body; `calls` has its arguments.
fn cluster(fetch_body: &str) -> JsValue {
    let make = format!(
        "const calls = [];
         const cluster = {{ address: '{ADDRESS}', fetch(url, init) {{ calls.push({{ url, init }}); {fetch_body} }} }};
         // Not enumerable: the module refuses unknown keys.
         return Object.defineProperty(cluster, 'calls', {{ value: calls }})"
    );
    Function::new_no_args(&make).call0(&JsValue::UNDEFINED).expect("the fetch compiles")
}

fn calls(cluster: &JsValue) -> Array {
    get(cluster, "calls").unchecked_into()
}

/// How a call ends; panics if it does not.
async fn end(promise: Promise) -> Result<JsValue, JsValue> {
    const NEVER: &str = "it never settled";
    let late = js(&format!("new Promise((resolve) => setTimeout(resolve, 60_000, '{NEVER}'))"));
    let first = Promise::race(&Array::of2(&promise, &late));
    let ended = JsFuture::from(first).await;
    assert!(ended.as_ref().ok().and_then(JsValue::as_string).as_deref() != Some(NEVER), "{NEVER}");
    ended
}

/// How several calls end.
async fn ends(promises: &[Promise]) -> Array {
    end(Promise::all_settled(&promises.iter().collect::<Array>())).await.expect("all settle").unchecked_into()
}

async fn read(cluster: &JsValue, options: &JsValue) -> Result<JsValue, JsValue> {
    end(single::read(cluster, &"us".into(), options)).await
}

/// Reads from each of these clusters end with this code.
async fn all_fail(clusters: &[JsValue], code: &str) {
    let reads = clusters.iter().map(|cluster| single::read(cluster, &"us".into(), &JsValue::UNDEFINED));
    let ended = ends(&reads.collect::<Vec<_>>()).await;
    for (ended, cluster) in ended.iter().zip(clusters) {
        let fetch = String::from(get(cluster, "fetch").unchecked_into::<Function>().to_string());
        assert_eq!(text(&ended, "status"), "rejected", "{fetch}");
        assert_peering_error(&get(&ended, "reason"), code);
    }
}

/// The `PeeringError` of a read with this code.
async fn failed_read(cluster: &JsValue, code: &str) -> JsValue {
    let error = read(cluster, &JsValue::UNDEFINED).await.expect_err("it must fail");
    assert_peering_error(&error, code);
    error
}

fn assert_peering_error(error: &JsValue, code: &str) {
    assert!(error.is_instance_of::<js_sys::Error>(), "no Error: {error:?}");
    assert_eq!(text(error, "name"), "PeeringError");
    assert_eq!(text(error, "code"), code, "{}", text(error, "message"));
    assert!(text(error, "hint").len() > 20);
}

/// Another realm, if possible: a frame's in a page, a context of `node:vm` in Node.
const REALM: &str = "(globalThis.document ? document.body.appendChild(document.createElement('iframe')).contentWindow \
     : process.getBuiltinModule('node:vm').runInNewContext('globalThis'))";

fn in_a_page() -> bool {
    js("typeof document === 'object'").is_truthy()
}
