//! What the bearer may do.

use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::agent;
use super::call::Call;
use super::error::Stop;
use super::value::to_js;
use crate::consul::code::Code;

#[derive(Serialize)]
struct Permissions {
    read: bool,
    write: bool,
}

/// `permissions`: without ACLs everything is allowed.
pub async fn permissions(call: &Call) -> Result<JsValue, Stop> {
    let (read, write) = match agent::permissions(call).await {
        // 401 is how Consul says that ACLs are off.
        Err(failure) if failure.status == Some(401) && failure.code == Code::UnexpectedAnswer => (true, true),
        asked => asked?,
    };
    Ok(to_js(&Permissions { read, write }))
}
