//! Consul's validation of names, meta and the size of requests.

use std::collections::BTreeMap;

use super::response::{Refusal, refuse};
use super::version::Version;

pub type Meta = BTreeMap<String, String>;

const NAME_MAX_BYTES: usize = 63;
const META_MAX_PAIRS: usize = 64;
const META_KEY_MAX_BYTES: usize = 128;
const META_VALUE_MAX_BYTES: usize = 512;
const MB: usize = 1024 * 1024;
const RECEIVED_MAX_BYTES: usize = 4 * MB;
const SENT_MAX_BYTES: usize = 8 * MB;

pub fn check_name(name: &str, version: &Version) -> Result<(), Refusal> {
    let any_case = version.allows_capitals();
    let is_alphanumeric =
        |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || (any_case && byte.is_ascii_uppercase());
    let bytes = name.as_bytes();
    let is_valid = (1..=NAME_MAX_BYTES).contains(&bytes.len())
        && bytes.iter().all(|byte| is_alphanumeric(byte) || *byte == b'-')
        && [bytes.first(), bytes.last()].into_iter().flatten().all(is_alphanumeric);
    if is_valid {
        return Ok(());
    }
    let lower = if any_case { "" } else { "lower case " };
    Err(refuse(
        500,
        format!(
            "{name} is not a valid peer name: a valid peering name must consist of {lower}alphanumeric characters or \
             '-', and must start and end with an alphanumeric character"
        ),
    ))
}

pub fn check_meta(meta: &Meta) -> Result<(), Refusal> {
    let refused = |why: String| Err(refuse(500, format!("meta tags failed validation: {why}")));
    if meta.len() > META_MAX_PAIRS {
        return refused(format!("Node metadata cannot contain more than {META_MAX_PAIRS} key/value pairs"));
    }
    for (key, value) in meta {
        if let Some(why) = pair_error(key, value) {
            return refused(format!("Couldn't load metadata pair ('{key}', '{value}'): {why}"));
        }
    }
    Ok(())
}

fn pair_error(key: &str, value: &str) -> Option<String> {
    if key.is_empty() {
        Some("Key cannot be blank".into())
    } else if !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')) {
        Some("Key contains invalid characters".into())
    } else if key.len() > META_KEY_MAX_BYTES {
        Some(format!("Key is too long (limit: {META_KEY_MAX_BYTES} characters)"))
    } else if key.starts_with("consul-") {
        Some("Key prefix 'consul-' is reserved for internal use".into())
    } else if value.len() > META_VALUE_MAX_BYTES {
        Some(format!("Value is too long (limit: {META_VALUE_MAX_BYTES} characters)"))
    } else {
        None
    }
}

/// Checks whether a request fits into a gRPC message from an agent to its server. The HTTP API itself has no limit.
/// `texts`: its string fields. `repeated`: the items of its list fields, where empty ones count as well.
pub fn check_size(texts: &[&str], meta: Option<&Meta>, repeated: &[String]) -> Result<(), Refusal> {
    let pairs = meta.into_iter().flatten().map(|(key, value)| field_size(key.len()) + field_size(value.len()));
    let present = texts.iter().filter(|text| !text.is_empty()).map(|text| text.len());
    let size: usize = present.chain(repeated.iter().map(String::len)).chain(pairs).map(field_size).sum();
    if size > SENT_MAX_BYTES {
        return Err(refuse(429, format!("trying to send message larger than max ({size} vs. {SENT_MAX_BYTES})")));
    }
    if size > RECEIVED_MAX_BYTES {
        return Err(refuse(429, format!("grpc: received message larger than max ({size} vs. {RECEIVED_MAX_BYTES})")));
    }
    Ok(())
}

/// The size of a field in Protocol Buffers: its number, its length and its bytes.
fn field_size(bytes: usize) -> usize {
    let bits = usize::BITS - bytes.leading_zeros();
    1 + bits.div_ceil(7).max(1) as usize + bytes
}
