//! Responses: any status, text and body is classified, with the prefix of older servers like without.

use consul_peering::consul::code::Code;
use consul_peering::consul::response;
use serde_json::Value as Json;

use super::host::to_value;
use super::peering;

/// gRPC's codes as its Go library writes them.
pub const GRPC_CODES: [&str; 17] = [
    "OK",
    "Canceled",
    "Unknown",
    "InvalidArgument",
    "DeadlineExceeded",
    "NotFound",
    "AlreadyExists",
    "PermissionDenied",
    "ResourceExhausted",
    "FailedPrecondition",
    "Aborted",
    "OutOfRange",
    "Unimplemented",
    "Internal",
    "Unavailable",
    "DataLoss",
    "Unauthenticated",
];

/// Codes that only a call itself can find, never the text of a refusal.
const OWN_CODES: [Code; 4] = [Code::NotActive, Code::MetaFixed, Code::Network, Code::Timeout];

/// `<status> <text>`: a response as one text, for the fuzzer's inputs.
pub fn check_line(line: &str) {
    let (status, text) = line.split_once(' ').unwrap_or_default();
    check_refusal(status.parse().unwrap_or(500), text);
    check_text(text);
}

/// Any text as a body, and as JSON if it is some.
pub fn check_text(text: &str) {
    if let Ok(json) = serde_json::from_str(text) {
        check_body(&json);
    }
}

pub fn check_refusal(status: u16, text: &str) {
    let meaning = response::refusal(status, text);
    assert!(!OWN_CODES.contains(&meaning.code), "{status} {text:?}: {meaning:?}");
    let hint = meaning.hint.as_deref().unwrap_or(meaning.code.hint());
    assert!(hint.ends_with(['.', ')']), "{status} {text:?}: {hint:?}");
    let shown = response::shown(text);
    if let Some(text) = &shown {
        assert!(!text.chars().any(char::is_control), "more than a line: {text:?}");
    }
    if let Some(shown) = &shown {
        assert!((1..=1_000).contains(&shown.chars().count()), "{shown:?}");
        assert!(!shown.starts_with('<') && !shown.starts_with(char::is_whitespace), "{shown:?}");
    }
    let bare = response::without_prefix(text);
    assert!(text.contains(bare) && response::without_prefix(bare) == bare, "{bare:?}");
    assert!(!response::is_absent(status, text) || status == 404);

    // The source of the prefix never sends 401.
    if status == 401 {
        return;
    }
    let grpc = GRPC_CODES[text.len() % GRPC_CODES.len()];
    let once = format!("rpc error: code = {grpc} desc = {text}");
    for wrapped in [format!("rpc error: code = Unknown desc = {once}"), once] {
        assert_eq!(response::refusal(status, &wrapped), meaning, "{status} {wrapped:?}");
        assert_eq!(response::is_absent(status, &wrapped), response::is_absent(status, text), "{status} {wrapped:?}");
        assert_eq!(response::shown(&wrapped), shown, "{wrapped:?}");
    }
}

/// Any JSON as each of the responses that are read.
pub fn check_body(json: &Json) {
    let body = to_value(json);
    let non_empty_text = |json: &Json| json.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    assert_eq!(response::trust_domain(&body), non_empty_text(&json["TrustDomain"]), "{json}");
    assert_eq!(response::datacenter(&body), non_empty_text(&json[0]), "{json}");
    assert_eq!(response::peering_token(&body).map(str::to_owned), non_empty_text(&json["PeeringToken"]), "{json}");
    let allowed = |access: &str| {
        let items = json.as_array().into_iter().flatten();
        items.filter(|item| item["Access"] == access).map(|item| item["Allow"].as_bool()).next().flatten()
    };
    assert_eq!(response::permissions(&body), allowed("read").zip(allowed("write")), "{json}");
    peering::check(json);
    for item in json.as_array().into_iter().flatten() {
        peering::check(item);
    }
}
