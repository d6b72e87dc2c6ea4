//! What a response means.
//!
//! Consul's statuses are coarse: an invalid name or token, a role conflict and a disabled feature are all 500. So the
//! text decides. Only its stable part is matched, without addresses, names and the `rpc error: …` prefix of older
//! servers.

use super::code::Code;
use super::exchange;
use super::refusals::{KnownRefusal, REFUSALS};
use crate::rules::finding::excerpt;
use crate::rules::text::{before, contains, cut};
use crate::rules::value::Value;

/// What a refusal means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning {
    pub code: Code,
    /// Whether the same call can succeed later without a change.
    pub retryable: bool,
    /// What to do, if the code's own hint is too general.
    pub hint: Option<String>,
    /// Whether Consul may have applied the write all the same.
    pub may_be_applied: bool,
}

impl From<Code> for Meaning {
    fn from(code: Code) -> Self {
        Self { code, retryable: code.retryable(), hint: None, may_be_applied: false }
    }
}

/// What a refusal (any status but 2xx) means.
pub fn refusal(status: u16, text: &str) -> Meaning {
    if exchange::failed(text) {
        let (code, retryable, hint) = exchange::meaning(text);
        return Meaning { code, retryable, hint, may_be_applied: false };
    }
    if let Some(known) = REFUSALS.iter().find(|known| known.fits(text)) {
        let hint = known.hint.or_else(|| missing_permission(known.code, text)).map(str::to_owned);
        let KnownRefusal { code, retryable, may_be_applied, .. } = *known;
        return Meaning { code, retryable, hint, may_be_applied };
    }
    Meaning::from(match status {
        400 => Code::Invalid,
        401 if text.starts_with("ACL support disabled") => Code::UnexpectedAnswer,
        401 | 403 => Code::PermissionDenied,
        404 | 405 => Code::Unsupported,
        429 => Code::RateLimited,
        500.. => Code::ServerError,
        _ => Code::UnexpectedAnswer,
    })
}

pub const NEEDS_READ: &str = "Use an ACL token with peering = \"read\".";
const NEEDS_WRITE: &str = "Use an ACL token with peering = \"write\".";

/// The hint for the permission that a denial names.
fn missing_permission(code: Code, text: &str) -> Option<&'static str> {
    match code {
        Code::PermissionDenied if contains(text, "'peering:write'") => Some(NEEDS_WRITE),
        Code::PermissionDenied if contains(text, "'peering:read'") => Some(NEEDS_READ),
        _ => None,
    }
}

/// Whether a 404 is Consul's response for a missing peering or config entry, not for an unknown path or another
/// server's page.
pub fn is_absent(status: u16, text: &str) -> bool {
    let text = without_prefix(text);
    status == 404 && ["Peering not found", "Config entry not found"].iter().any(|absent| text.starts_with(absent))
}

/// Whether a cluster peers through mesh gateways, by its config entry `mesh`.
pub fn peers_through_gateways(mesh: &Value) -> bool {
    *mesh.get("Peering").get("PeerThroughMeshGateways") == Value::Bool(true)
}

/// Whether a response is a gateway's that got none from Consul, which may have acted all the same.
pub fn is_lost(status: u16) -> bool {
    matches!(status, 502 | 504)
}

/// The text without the prefix `rpc error: code = X desc = ` (before 1.16), which may occur several times.
pub fn without_prefix(text: &str) -> &str {
    let mut rest = text.trim();
    while let Some((_, after)) = rest.strip_prefix("rpc error: code = ").and_then(|tail| cut(tail, " desc =")) {
        rest = after.trim_start();
    }
    rest
}

/// Consul's text for a message: one line, without markup, of limited length.
pub fn shown(text: &str) -> Option<String> {
    const SHOWN_CHARS: usize = 300;
    if let Some(summary) = exchange::summary(text) {
        return Some(summary);
    }
    let text = without_prefix(text);
    if text.is_empty() || text.starts_with('<') {
        return None;
    }
    Some(excerpt(before(text, "\n").trim_end(), SHOWN_CHARS))
}

/// What the bearer may do with peerings, from the response to `authorize`; None if it is not one.
pub fn permissions(body: &Value) -> Option<(bool, bool)> {
    let allowed = |access: &str| {
        body.items().iter().find(|item| item.get("Access").text() == Some(access)).and_then(|item| {
            match item.get("Allow") {
                Value::Bool(allow) => Some(*allow),
                _ => None,
            }
        })
    };
    Some((allowed("read")?, allowed("write")?))
}

/// The trust domain in the answer to `roots`.
pub fn trust_domain(body: &Value) -> Option<String> {
    body.get("TrustDomain").non_empty_text()
}

/// The agent's own datacenter in the answer to `datacenters`: the first.
pub fn datacenter(body: &Value) -> Option<String> {
    body.items().first()?.non_empty_text()
}

/// The token in the answer to a token request.
pub fn peering_token(body: &Value) -> Option<&str> {
    body.get("PeeringToken").text().filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::host::tests::read_json;

    #[test]
    fn reads_texts_of_older_servers() {
        for (status, text, code) in [
            (
                500,
                "rpc error: code = Unknown desc = peering must be enabled to use this endpoint",
                Code::PeeringDisabled,
            ),
            (500, "cannot create a peering within the same partition (ENT) or cluster (OSS)", Code::SameCluster),
            (
                500,
                "conflict - peering token's server name matches the current cluster's server name, \"x\"",
                Code::SameCluster,
            ),
            (500, "Cannot switch peering dialing mode from true to false", Code::RoleConflict),
            (500, "rpc error: code = Internal desc = there is no active peering for \"1\"", Code::Terminated),
            (500, "failed to write peering: cannot write to peering that is marked for deletion", Code::Deleting),
            (500, "failed to exchange peering secret: rpc error: code = Unavailable", Code::Unreachable),
            (500, "No path to datacenter", Code::WrongDatacenter),
            (500, "No cluster leader", Code::NotReady),
        ] {
            assert_eq!(refusal(status, text).code, code, "{text}");
        }
    }

    #[test]
    fn a_denial_names_the_missing_permission() {
        let hint = |text: &str| refusal(403, text).hint;
        let denied = "Permission denied: token with AccessorID '1' lacks permission";
        assert_eq!(hint(&format!("{denied} 'peering:write'")).as_deref(), Some(NEEDS_WRITE));
        assert_eq!(hint(&format!("{denied} 'peering:read' on 'x'")).as_deref(), Some(NEEDS_READ));
        assert_eq!(hint("Permission denied"), None);
    }

    #[test]
    fn classifies_an_unknown_text_by_its_status() {
        for (status, text, code) in [
            (400, "", Code::Invalid),
            (401, "ACL support disabled", Code::UnexpectedAnswer),
            (401, "<html>login</html>", Code::PermissionDenied),
            (403, "<html>no</html>", Code::PermissionDenied),
            (404, "<html>no such page</html>", Code::Unsupported),
            (405, "method PUT not allowed", Code::Unsupported),
            (418, "", Code::UnexpectedAnswer),
            (429, "slow down", Code::RateLimited),
            (499, "", Code::UnexpectedAnswer),
            (500, "boom", Code::ServerError),
            (503, "rate limit exceeded for operation \"read\"", Code::RateLimited),
            (503, "<html>maintenance</html>", Code::ServerError),
            (504, "", Code::ServerError),
        ] {
            assert_eq!(refusal(status, text).code, code, "{status} {text}");
        }
    }

    #[test]
    fn a_peering_is_missing_only_by_the_response_of_consul() {
        assert!(is_absent(404, "Peering not found for \"x\""));
        assert!(is_absent(404, "rpc error: code = NotFound desc = Peering not found for \"x\""));
        assert!(is_absent(404, "Config entry not found for \"mesh\" / \"mesh\""));
        assert!(!is_absent(404, "Invalid URL path: not a recognized HTTP API endpoint\n"));
        assert!(!is_absent(404, "<html>Peering not found</html>"));
        assert!(!is_absent(500, "Peering not found for \"x\""));
    }

    #[test]
    fn a_gateways_status_leaves_the_outcome_open() {
        assert!(is_lost(502) && is_lost(504));
        assert!(!is_lost(500) && !is_lost(503));
    }

    #[test]
    fn a_shown_text_is_one_line_without_prefix_or_markup() {
        assert_eq!(shown("rpc error: code = A desc = rpc error: code = B desc = why\nmore").as_deref(), Some("why"));
        assert_eq!(shown("rpc error: no code").as_deref(), Some("rpc error: no code"));
        assert_eq!(shown("<html>"), None);
        assert_eq!(shown(" \n"), None);
        assert_eq!(shown("rpc error: code = Unknown desc = "), None);
        assert_eq!(shown(&"x".repeat(301)).unwrap().chars().count(), 301);
    }

    #[test]
    fn reads_bodies_and_ignores_invalid_ones() {
        let permitted = |json: &str| permissions(&read_json(json).unwrap());
        assert_eq!(
            permitted(
                r#"[{"Resource":"peering","Access":"read","Allow":true},{"Resource":"peering","Access":"write","Allow":false}]"#
            ),
            Some((true, false))
        );
        assert_eq!(permitted("[]"), None);
        assert_eq!(permitted(r#"[{"Access":"read","Allow":1},{"Access":"write","Allow":true}]"#), None);
        assert_eq!(trust_domain(&read_json(r#"{"TrustDomain":"t.consul"}"#).unwrap()).as_deref(), Some("t.consul"));
        assert_eq!(trust_domain(&read_json(r#"{"TrustDomain":""}"#).unwrap()), None);
        assert_eq!(datacenter(&read_json(r#"["eu","us"]"#).unwrap()).as_deref(), Some("eu"));
        assert_eq!(datacenter(&read_json("[]").unwrap()), None);
        assert_eq!(peering_token(&read_json(r#"{"PeeringToken":"x"}"#).unwrap()), Some("x"));
        assert_eq!(peering_token(&read_json(r#"{"PeeringToken":""}"#).unwrap()), None);
    }
}
