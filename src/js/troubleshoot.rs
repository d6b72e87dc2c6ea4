//! `troubleshoot`, as `src/js/api.js` calls it.

use js_sys::Promise;
use wasm_bindgen::prelude::*;

use super::call::start;
use super::options::is_absent;
use super::pair::{input, read_side};
use super::value::to_js;
use crate::operations::troubleshoot::troubleshoot as perform;

#[wasm_bindgen(js_name = troubleshoot)]
pub fn troubleshoot(side: &JsValue, other: &JsValue, options: &JsValue) -> Promise {
    let mut input = input("troubleshoot", options);
    let service = input.options.text("service", &mut input.findings);
    let mut here = read_side(side, "side", &mut input);
    let mut there = if is_absent(other) { None } else { read_side(other, "other", &mut input) };
    if let (Some(here), Some(there)) = (&mut here, &mut there) {
        here.alias.clone_from(&there.peer_name);
        there.alias.clone_from(&here.peer_name);
    }
    start(input, async move |call| {
        let Some(here) = here else { return Ok(JsValue::UNDEFINED) };
        here.warn(&call);
        if let Some(there) = &there {
            there.warn(&call);
        }
        Ok(to_js(&perform(&call, &here, there.as_ref(), service.as_deref()).await?))
    })
}
