//! The peering token: base64 of JSON with the acceptor's addresses and identity, and a secret that can be used once.
//!
//! Read like Consul 1.22 reads it when the token is used (`validatePeeringToken`), so a token that Consul would refuse
//! is never sent.

use super::address;
use super::base64;
use super::certificate;
use super::finding::{Finding, excerpt, wrong_type};
use super::form::{self, Form};
use super::host::ReadJson;
use super::reach;
use super::secret::Secret;
use super::text::{cut, is_line_break, without};
use super::time::Timestamp;
use super::token_info::{Authority, TokenInfo};
use super::token_members;
use super::value::Value;

const FIELD: &str = "peering_token";
const COPY_OR_GENERATE: &str = "Copy the whole token again, or generate a new one on the accepting cluster.";

/// A token that Consul can use.
#[derive(Clone)]
pub struct PeeringToken {
    /// As it is sent.
    pub text: Secret,
    /// The secret in it, which may occur on its own.
    pub secret: Secret,
    pub info: TokenInfo,
}

/// The findings, and the token unless one of them is an error.
pub struct ParsedToken {
    pub findings: Vec<Finding>,
    pub token: Option<PeeringToken>,
}

impl ParsedToken {
    fn only(finding: Finding) -> Self {
        Self { findings: vec![finding], token: None }
    }
}

/// Reads a token. The dates of its CAs are checked at `now`.
pub fn read(value: &Value, json: ReadJson, now: Timestamp) -> ParsedToken {
    let given = match value {
        Value::Text(text) => text,
        Value::Null => {
            return ParsedToken::only(Finding::error(
                FIELD,
                "required",
                "peering_token is missing.",
                "Generate one on the accepting cluster and pass it here.",
            ));
        }
        other => {
            return ParsedToken::only(other_form(other).unwrap_or_else(|| wrong_type(FIELD, "a string", other.kind())));
        }
    };
    let trimmed = given.trim();
    // As Consul reads it, so that a response can contain the token only in a form that is known here.
    let text = without(trimmed, is_line_break);
    let mut findings = Vec::new();
    if trimmed.len() != given.len() {
        findings.push(Finding::warning(
            FIELD,
            "trimmed",
            "peering_token has surrounding white space, which is removed.",
            "Remove it from the stored token; Consul itself refuses it.",
        ));
    }
    let body = match other_form(value) {
        Some(finding) => Err(finding),
        None => decode(&text).and_then(|text| read_body(&text, json)),
    };
    match body {
        Err(finding) => {
            findings.push(finding);
            ParsedToken { findings, token: None }
        }
        Ok(body) => {
            let info = inspect(&body, now, &mut findings);
            let secret = Secret::new(body.get_fold("EstablishmentSecret").non_empty_text().unwrap_or_default());
            let usable = !findings.iter().any(Finding::is_error);
            let token = usable.then(|| PeeringToken { text: Secret::new(text), secret, info });
            ParsedToken { findings, token }
        }
    }
}

fn error(rule: &'static str, message: &str, fix: &str) -> Finding {
    Finding::error(FIELD, rule, message, fix)
}

/// The finding for a value of another kind.
fn other_form(value: &Value) -> Option<Finding> {
    form::recognise(value)?.in_place_of_peering_token()
}

/// The content of a decoded token. Only now an encoded response with a token in it is recognised.
fn read_body(text: &str, json: ReadJson) -> Result<Value, Finding> {
    let Some(body) = json(text).filter(|body| matches!(body, Value::Object(_))) else {
        return Err(error(
            "json",
            "peering_token does not contain a JSON object: it is cut off, or is not a peering token.",
            COPY_OR_GENERATE,
        ));
    };
    let response = form::recognise(&body).filter(|form| *form == Form::Response);
    response.and_then(Form::in_place_of_peering_token).map_or(Ok(body), Err)
}

/// Go's standard base64, without line breaks.
fn decode(text: &str) -> Result<String, Finding> {
    if text.is_empty() {
        return Err(error("required", "peering_token is empty.", "Generate one on the accepting cluster."));
    }
    if text.bytes().any(|byte| matches!(byte, b'-' | b'_')) {
        return Err(error(
            "base64",
            "peering_token is in the URL-safe alphabet of base64 (- and _), which Consul does not read.",
            "Write + for - and / for _, or copy the token as Consul returned it.",
        ));
    }
    if let Some(position) =
        text.bytes().position(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'+' | b'/' | b'='))
    {
        return Err(error(
            "base64",
            &format!("peering_token is not base64: see character {}.", position + 1),
            COPY_OR_GENERATE,
        ));
    }
    let bytes = base64::decode(text).ok_or_else(|| {
        error(
            "base64",
            "peering_token is not complete base64: it is cut off or has lost its padding.",
            COPY_OR_GENERATE,
        )
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// All of Consul's checks of a decoded token.
fn inspect(body: &Value, now: Timestamp, findings: &mut Vec<Finding>) -> TokenInfo {
    if !token_members::is_of(body, &token_members::TOKEN) {
        findings.push(error(
            "type",
            "peering_token has a member of the wrong type, or a duplicate member.",
            COPY_OR_GENERATE,
        ));
    }
    let remote = body.get_fold("Remote");
    let server_name = body.get_fold("ServerName").non_empty_text().unwrap_or_default();
    let named = server_name.strip_prefix("server.").and_then(|rest| cut(rest, ".peering."));
    let non_empty_text = |text: &str| Value::from(text).non_empty_text();
    let certificates = body.get_fold("CA").texts();
    let info = TokenInfo {
        datacenter: remote
            .get_fold("Datacenter")
            .non_empty_text()
            .or_else(|| named.and_then(|(name, _)| non_empty_text(name))),
        partition: remote.get_fold("Partition").non_empty_text(),
        trust_domain: named.and_then(|(_, domain)| non_empty_text(domain)),
        peer_id: body.get_fold("PeerID").non_empty_text().unwrap_or_default(),
        server_addresses: body.get_fold("ServerAddresses").texts(),
        manual_server_addresses: body.get_fold("ManualServerAddresses").texts(),
        authorities: certificates.iter().filter_map(|pem| authority(pem, now, findings)).collect(),
        server_name,
    };
    check_addresses(&info, findings);
    if info.server_name.is_empty() && !certificates.is_empty() {
        findings.push(error(
            "server_name",
            "peering_token has a CA but no server name to check it against.",
            COPY_OR_GENERATE,
        ));
    }
    if info.peer_id.is_empty() {
        findings.push(error("peer_id", "peering_token does not say which peering it is for.", COPY_OR_GENERATE));
    }
    if body.get_fold("EstablishmentSecret").non_empty_text().is_none() {
        findings.push(error(
            "secret",
            "peering_token has no establishment secret, so no server will accept it.",
            COPY_OR_GENERATE,
        ));
    }
    info
}

fn authority(pem: &str, now: Timestamp, findings: &mut Vec<Finding>) -> Option<Authority> {
    let Some(ca) = certificate::read(pem) else {
        findings.push(error("ca", "peering_token has a CA certificate that cannot be read.", COPY_OR_GENERATE));
        return None;
    };
    let expired = ca.expired(now);
    if expired {
        let message = format!("The CA {} in peering_token expired on {}.", excerpt(&ca.subject, 80), ca.not_after.text);
        findings.push(Finding::warning(
            FIELD,
            "ca_expired",
            &message,
            "Generate a new token on the accepting cluster.",
        ));
    } else if ca.too_early(now) {
        let message =
            format!("The CA {} in peering_token is not valid before {}.", excerpt(&ca.subject, 80), ca.not_before.text);
        findings.push(Finding::warning(
            FIELD,
            "ca_not_yet",
            &message,
            "Compare this machine's clock with the servers'.",
        ));
    }
    Some(Authority { subject: ca.subject, not_before: ca.not_before.text, not_after: ca.not_after.text, expired })
}

/// Consul checks all addresses, and dials the manual ones if it has any.
fn check_addresses(info: &TokenInfo, findings: &mut Vec<Finding>) {
    if info.dialed().is_empty() {
        let message = "peering_token names no server addresses, so nothing can be dialed.";
        findings.push(error("server_addresses", message, COPY_OR_GENERATE));
    }
    for address in info.manual_server_addresses.iter().chain(&info.server_addresses) {
        if let Err(fault) = address::parse(address) {
            let message = format!("peering_token's address \"{}\" is not host:port.", excerpt(address, 60));
            findings.push(error("server_address", &message, fault.fix()));
        }
    }
    let dialed: Vec<_> = info.dialed().iter().filter_map(|text| Some((&**text, address::parse(text).ok()?))).collect();
    reach::check_in_token(FIELD, &dialed, findings);
    reach::check_names(FIELD, &dialed, findings);
}

#[cfg(test)]
pub(crate) mod tests;
