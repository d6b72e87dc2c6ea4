//! What the host brings along: environment variables, files, the page's own origin.

use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::value::member;

/// An environment variable that is set and not empty; none in a page.
pub fn variable(name: &str) -> Option<String> {
    let process = member(&js_sys::global(), "process");
    member(&member(&process, "env"), name).as_string().filter(|text| !text.is_empty())
}

/// The origin of the page or worker, where there is one.
pub fn origin() -> Option<String> {
    member(&member(&js_sys::global(), "location"), "origin").as_string().filter(|origin| origin.starts_with("http"))
}

/// The text of a file, on hosts that have Node's file system.
pub fn file(path: &str) -> Option<String> {
    let process = member(&js_sys::global(), "process");
    let builtin: Function = member(&process, "getBuiltinModule").dyn_into().ok()?;
    let files = builtin.call1(&process, &"node:fs".into()).ok()?;
    let read: Function = member(&files, "readFileSync").dyn_into().ok()?;
    read.call2(&files, &path.into(), &"utf8".into()).ok()?.as_string()
}
