//! Responses in Consul's format: status, headers, body.

use serde::Serialize;
use serde_json::ser::{PrettyFormatter, Serializer};

use super::http::{Headers, Response};
use super::version::Version;

/// The size of most bodies.
const BODY_BYTES: usize = 2_048;

/// An error that becomes the response.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub status: u16,
    pub text: String,
    pub headers: Headers,
}

pub fn refuse(status: u16, text: impl Into<String>) -> Refusal {
    Refusal { status, text: text.into(), headers: Headers::new() }
}

impl Refusal {
    #[must_use]
    pub fn with_headers(mut self, headers: Headers) -> Self {
        self.headers = headers;
        self
    }
}

fn respond(status: u16, content_type: &str, mut headers: Headers, body: String) -> Response {
    headers.insert("content-type".into(), content_type.into());
    Response { status, headers, body }
}

pub fn text(status: u16, body: impl Into<String>, headers: Headers) -> Response {
    respond(status, "text/plain; charset=utf-8", headers, body.into())
}

pub fn html(status: u16, body: impl Into<String>, headers: Headers) -> Response {
    respond(status, "text/html; charset=utf-8", headers, body.into())
}

/// A response without a body and Content-Type.
pub fn bare(status: u16, headers: Headers) -> Response {
    Response { status, headers, body: String::new() }
}

/// JSON in Consul's format, indented by four spaces.
pub fn json(value: &impl Serialize, headers: Headers) -> Response {
    let mut body = Vec::with_capacity(BODY_BYTES);
    let mut serializer = Serializer::with_formatter(&mut body, PrettyFormatter::with_indent(b"    "));
    value.serialize(&mut serializer).expect("values of the simulator serialize");
    let body = String::from_utf8(body).expect("JSON is UTF-8");
    respond(200, "application/json", headers, safe_in_html(body))
}

/// JSON on one line, like Go's.
pub fn compact(value: &impl Serialize) -> String {
    safe_in_html(serde_json::to_string(value).expect("values of the simulator serialize"))
}

/// The empty object on one line.
pub fn empty_object() -> Response {
    respond(200, "application/json", Headers::new(), "{}".into())
}

fn safe_in_html(json: String) -> String {
    const UNSAFE: [char; 5] = ['<', '>', '&', '\u{2028}', '\u{2029}'];
    // Most texts need no escaping, and comparing bytes in chunks is fast.
    let is_special = |byte: &u8| matches!(byte, b'<' | b'>' | b'&' | 0x80..);
    if !json.as_bytes().chunks(64).any(|chunk| chunk.iter().fold(false, |found, byte| found | is_special(byte))) {
        return json;
    }
    let mut safe = String::with_capacity(json.len() + 16);
    for character in json.chars() {
        if UNSAFE.contains(&character) {
            safe.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            safe.push(character);
        }
    }
    safe
}

/// Success without a body.
pub fn empty(version: &Version, headers: Headers) -> Response {
    if version.types_empty_responses() {
        respond(200, "application/json; charset=utf-8", headers, String::new())
    } else {
        bare(200, headers)
    }
}

/// A redirect like that of Go's router: for GET, the body has a link.
pub fn redirect(method: &str, status: u16, reason: &str, location: &str) -> Response {
    let headers = Headers::from([("location".into(), location.into())]);
    if !matches!(method, "GET" | "HEAD") {
        return bare(status, headers);
    }
    let link = location.replace('&', "&amp;");
    html(status, format!("<a href=\"{link}\">{reason}</a>.\n\n"), headers)
}

/// The headers of a query that can block.
pub fn query_headers(index: u64, knows_leader: bool) -> Headers {
    Headers::from([
        ("x-consul-index".into(), index.to_string()),
        ("x-consul-knownleader".into(), knows_leader.to_string()),
        ("x-consul-lastcontact".into(), "0".into()),
        ("x-consul-query-backend".into(), "blocking-query".into()),
    ])
}
