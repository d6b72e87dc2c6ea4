//! Peering tokens: refused exactly like by Consul, read like by Consul, and never shown.

use base64::Engine;
use consul_peering::rules::form::{self, Form};
use consul_peering::rules::peering_token::{self, ParsedToken, PeeringToken};
use consul_peering::rules::time::Timestamp;
use serde_json::{Value as Json, json};

use super::consul_token::{self, GO, Token};
use super::host::read_json;
use super::{certificate, consul, finding};

/// Within the validity of the certificates that the tests have.
pub const NOW: Timestamp = Timestamp::at_ms(1_800_000_000_000.0);

fn read(text: &str) -> ParsedToken {
    peering_token::read(&text.into(), read_json, NOW)
}

/// Any text as a token, and as what a token holds.
pub fn check_text(text: &str) {
    check(text);
    check(&GO.encode(text));
}

/// Any text as a token.
pub fn check(text: &str) {
    let reading = read(text);
    finding::check(&reading.findings, |field| field == "peering_token");
    assert_eq!(reading.findings, read(text).findings, "the same each time");

    let errors = finding::errors(&reading.findings);
    assert_eq!(reading.token.is_some(), errors.is_empty(), "{:?}", reading.findings);
    // More helpful than Consul, on purpose: surrounding white space is removed, and reported.
    let trimmed = text.trim();
    assert_eq!(reading.findings.iter().any(|finding| finding.rule == "trimmed"), trimmed.len() != text.len());

    let consul = consul_token::read(trimmed);
    match &consul {
        Err(why) => assert!(!errors.is_empty(), "Consul refuses it: {why}: {:?}", consul_token::body(trimmed)),
        // Stricter, on purpose: such a token would show one address and lead to another.
        Ok(token) if consul_token::is_ambiguous(trimmed) => assert!(errors.contains(&"type"), "ambiguous: {token:?}"),
        Ok(token) => {
            let form = form::recognise(&text.into());
            assert!(form.is_none_or(|form| form == Form::PeeringToken), "a token is recognised as {form:?}");
            let allowed = |rule: &&str| match *rule {
                "secret" => token.secret.is_empty(),
                "server_address" => token.addresses().any(|address| consul::leads_nowhere(address)),
                _ => false,
            };
            assert!(errors.iter().all(allowed), "Consul takes it: {:?}: {token:?}", reading.findings);
            if let Some(read) = &reading.token {
                check_read(read, token, trimmed);
            }
        }
    }
    check_hides(text, &reading);
}

fn check_read(read: &PeeringToken, token: &Token, text: &str) {
    let info = &read.info;
    assert!(read.text.expose() == text.replace(['\r', '\n'], ""), "sent in one line");
    assert!(read.secret.expose() == token.secret);
    assert_eq!(info.server_name, token.server_name);
    assert_eq!(info.peer_id, token.peer_id);
    assert_eq!(info.server_addresses, token.automatic);
    assert_eq!(info.manual_server_addresses, token.manual);
    assert_eq!(info.dialed(), if token.manual.is_empty() { &*token.automatic } else { &*token.manual });

    let non_empty_text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let named = consul::server_name_parts(&token.server_name);
    let datacenter =
        non_empty_text(&token.datacenter).or_else(|| named.and_then(|(datacenter, _)| non_empty_text(datacenter)));
    assert_eq!(info.datacenter, datacenter, "{token:?}");
    assert_eq!(info.trust_domain, named.and_then(|(_, domain)| non_empty_text(domain)), "{token:?}");
    assert_eq!(info.partition, non_empty_text(&token.partition));

    assert_eq!(info.authorities.len(), token.ca.len());
    for (authority, pem) in info.authorities.iter().zip(&token.ca) {
        let ca = certificate::check_pem(pem).unwrap();
        assert_eq!((&authority.subject, &authority.not_after), (&ca.subject, &ca.not_after.text));
        assert_eq!(authority.expired, ca.not_after.at < NOW);
    }
}

/// Neither the token nor its secret is in a finding, a `Debug` or the result: with another one in its place, all of
/// that is the same.
fn check_hides(text: &str, reading: &ParsedToken) {
    // A value of another form has fixed texts.
    if let Some(fixed) = form::recognise(&text.into()).and_then(Form::in_place_of_peering_token) {
        return assert_eq!(reading.findings.last(), Some(&fixed));
    }
    let Ok(Json::Object(body)) = consul_token::body(text.trim()) else {
        let other = text.replace(|c: char| c.is_ascii_alphanumeric(), "A");
        return assert_eq!(read(&other).findings, reading.findings, "says something of the text");
    };
    let is_secret = |key: &str, member: &Json| {
        key.eq_ignore_ascii_case("EstablishmentSecret") && member.as_str().is_some_and(|text| !text.is_empty())
    };
    let member = |(key, member): (&String, &Json)| {
        (key.clone(), if is_secret(key, member) { "another".into() } else { member.clone() })
    };
    let other = Json::Object(body.iter().map(member).collect()).to_string();
    let edge = |c: char| c.is_whitespace();
    let before = &text[..text.len() - text.trim_start_matches(edge).len()];
    let reading_of_other =
        read(&format!("{before}{}{}", GO.encode(&other), &text[text.trim_end_matches(edge).len()..]));
    assert_eq!(reading_of_other.findings, reading.findings, "says something of the secret");
    assert_eq!(shown(&reading_of_other), shown(reading), "says something of the secret");

    // A token may name any text as an address, even its own beginning.
    let beginning: String = text.trim().chars().take(12).collect();
    if !other.contains(&beginning) {
        assert!(!shown(reading).contains(&beginning), "the token shows: {}", shown(reading));
    }
}

fn shown(reading: &ParsedToken) -> String {
    let info = reading.token.as_ref().map(|token| &token.info);
    let texts = info.map(|info| texts(&json!(info))).unwrap_or_default();
    format!("{:?} {info:?} {texts}", reading.findings)
}

/// Every text in a value.
fn texts(value: &Json) -> String {
    let items = value.as_array().into_iter().flatten();
    let inner = items.chain(value.as_object().into_iter().flat_map(|members| members.values()));
    value.as_str().into_iter().map(str::to_owned).chain(inner.map(texts)).collect::<Vec<_>>().join("\n")
}
