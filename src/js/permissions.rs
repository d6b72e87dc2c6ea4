//! What the bearer may do.

use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::*;

use super::agent;
use super::call::Call;
use super::error::Stop;
use crate::consul::code::Code;

/// `permissions`: without ACLs everything is allowed.
pub async fn permissions(call: &Call) -> Result<JsValue, Stop> {
    let (read, write) = match agent::permissions(call).await {
        // 401 is how Consul says that ACLs are off.
        Err(failure) if failure.status == Some(401) && failure.code == Code::UnexpectedAnswer => (true, true),
        asked => asked?,
    };
    let answer = Object::new();
    let _ = Reflect::set(&answer, &"read".into(), &read.into());
    let _ = Reflect::set(&answer, &"write".into(), &write.into());
    Ok(answer.into())
}
