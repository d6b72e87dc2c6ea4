//! Reading one peering, or all of them.

use futures_util::future::try_join;
use serde::Serialize;
use serde_wasm_bindgen::preserve;
use wasm_bindgen::prelude::*;

use super::agent::{ask, check_datacenter, datacenter_if_named};
use super::call::Call;
use super::error::{Failure, Stop};
use super::fetch::{Answer, unexpected};
use super::value::{pick, to_js};
use crate::consul::peering::Peering;
use crate::consul::request;
use crate::rules::finding::excerpt;

/// What a message says of a list that cannot be read: it repeats a name of any length.
const FAULT_MAX_CHARS: usize = 300;

#[wasm_bindgen(module = "/src/js/peering.js")]
extern "C" {
    #[wasm_bindgen(js_name = peering)]
    fn to_peering(raw: &JsValue) -> JsValue;
    #[wasm_bindgen(js_name = peerings)]
    /// A text where it is no list of peerings.
    fn to_peerings(raw: &JsValue) -> JsValue;
}

/// A peering as it was read: for the caller, and for decisions.
pub struct Seen {
    pub object: JsValue,
    pub peering: Peering,
}

/// Reads the peering of this name; nothing where there is none.
pub async fn look(call: &Call, name: &str) -> Result<Option<Box<Seen>>, Failure> {
    let Some(raw) = fetch_raw(call, name).await? else { return Ok(None) };
    let object = to_peering(&raw);
    match Peering::read(&pick(&raw, &Peering::KEYS)) {
        // Its own name goes into the path of a deletion; Consul holds older ones in upper case.
        Some(peering) if !peering.name.eq_ignore_ascii_case(name) => Err(unexpected("a peering of another name")),
        Some(peering) if !object.is_undefined() => Ok(Some(Box::new(Seen { object, peering }))),
        _ => Err(unexpected("an object that is no peering")),
    }
}

async fn fetch_raw(call: &Call, name: &str) -> Result<Option<JsValue>, Failure> {
    let request = request::read(name, call.cluster.place.partition.as_deref());
    match ask(call, &request).await? {
        Answer::Absent => Ok(None),
        answer => answer.json().map(Some),
    }
}

/// `read`: the peering, or null.
pub async fn read(call: &Call, name: &str) -> Result<JsValue, Stop> {
    let (raw, own) = try_join(fetch_raw(call, name), datacenter_if_named(call)).await?;
    check_read(call, own)?;
    let Some(raw) = raw else { return Ok(JsValue::NULL) };
    Ok(or_unexpected(to_peering(&raw), "an object that is no peering")?)
}

/// `list`: all peerings.
pub async fn list(call: &Call) -> Result<JsValue, Stop> {
    let (peerings, own) = try_join(all(call), datacenter_if_named(call)).await?;
    check_read(call, own)?;
    Ok(peerings)
}

/// All peerings, whatever datacenter they are in.
pub async fn all(call: &Call) -> Result<JsValue, Failure> {
    let request = request::list(call.cluster.place.partition.as_deref());
    to_list(&ask(call, &request).await?.json()?)
}

/// Consul's list as the package's.
fn to_list(raw: &JsValue) -> Result<JsValue, Failure> {
    let list = to_peerings(raw);
    list.as_string().map_or(Ok(list), |what| Err(unexpected(&excerpt(&what, FAULT_MAX_CHARS))))
}

#[derive(Serialize)]
struct Peeked {
    index: Option<f64>,
    #[serde(with = "preserve")]
    value: JsValue,
}

/// `peek`, one look of a watch: `{ value, index }`, once the index is another or `wait` ms are over. The first look has
/// index 0 and comes back at once. No index: this Consul does not wait, or the answer does not say (a 404, CORS).
pub async fn peek(call: &Call, name: Option<&str>, index: u64, wait: u32) -> Result<JsValue, Stop> {
    let partition = call.cluster.place.partition.as_deref();
    let mut request = name.map_or_else(|| request::list(partition), |name| request::read(name, partition));
    if index > 0 {
        request = request::blocking(request, index, wait);
    } else {
        check_read(call, datacenter_if_named(call).await?)?;
    }
    let (value, index) = match ask(call, &request).await? {
        Answer::Absent => (JsValue::NULL, None),
        Answer::Body(text, index) => {
            let raw = Answer::Body(text, None).json()?;
            let value = match name {
                Some(_) => or_unexpected(to_peering(&raw), "an object that is no peering")?,
                None => to_list(&raw)?,
            };
            (value, index)
        }
    };
    Ok(to_js(&Peeked { index, value }))
}

/// A read harms nothing, so it is refused only where the datacenter is known to be another.
fn check_read(call: &Call, own: Option<String>) -> Result<(), Failure> {
    if own.is_some() { check_datacenter(call, own.as_deref()) } else { Ok(()) }
}

fn or_unexpected(object: JsValue, what: &str) -> Result<JsValue, Failure> {
    if object.is_undefined() { Err(unexpected(what)) } else { Ok(object) }
}
