//! What the host brings along: environment variables, files, the page's own origin.

use js_sys::Function;
use wasm_bindgen::prelude::*;

use web_sys::AbortController;

use super::value::member;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = globalThis)]
    static GLOBAL: JsValue;
}

fn global(key: &str) -> JsValue {
    GLOBAL.with(|global| member(global, key))
}

/// The host's fetch, looked up each time: tests and tools put others in its place.
pub fn fetch() -> Option<Function> {
    global("fetch").dyn_into().ok()
}

/// A way to give a request up, which every host with a fetch has.
pub fn abort_controller() -> Option<AbortController> {
    AbortController::new().ok()
}

/// An environment variable that is set and not empty; none in a page.
pub fn variable(name: &str) -> Option<String> {
    let process = global("process");
    member(&member(&process, "env"), name).as_string().filter(|text| !text.is_empty())
}

/// The origin of the page or worker, where there is one.
pub fn origin() -> Option<String> {
    member(&global("location"), "origin").as_string().filter(|origin| origin.starts_with("http"))
}

/// The text of a file, on hosts that have Node's file system.
pub fn file(path: &str) -> Option<String> {
    let process = global("process");
    let builtin: Function = member(&process, "getBuiltinModule").dyn_into().ok()?;
    let files = builtin.call1(&process, &"node:fs".into()).ok()?;
    let read: Function = member(&files, "readFileSync").dyn_into().ok()?;
    read.call2(&files, &path.into(), &"utf8".into()).ok()?.as_string()
}
